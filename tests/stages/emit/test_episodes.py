"""Episodes in SQL against a plain walk through the cells of one subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fidelity_engine.db import Database
from fidelity_engine.stages.emit.episodes import EPISODE, create_episodes, episodes

START = date(2025, 9, 1)
LETTERS = {"M": ("met", "active"), "x": ("missed", "active"), "w": ("missed", "waived"), "n": ("no_data", "active"), "o": ("open", "active")}


def walk(cells: Sequence[str], fires: int, clears: int) -> Iterator[tuple[int, int, bool]]:
    """(first missed cell, missed cells, resolved) of each episode: chapter 4 as a loop."""
    run: list[int] = []
    fired, mets, skipped = False, 0, 0
    for at, letter in enumerate(cells):
        if letter not in "Mx":
            skipped += 1
            if not fired and skipped > max(4, fires):
                run = []
            continue
        skipped = 0
        if letter == "x":
            run.append(at)
            mets, fired = 0, fired or len(run) >= fires
            continue
        mets += 1
        if not fired:
            run = []
        elif mets == clears:
            yield run[0], len(run), True
            run, fired, mets = [], False, 0
    if fired:
        yield run[0], len(run), False


def found(db: Database, cells: Sequence[str], fires: int, clears: int, small: bool = True) -> list[tuple[int, int, bool]]:
    """The same from the engine's statements, as they are for a small district or for a large one."""
    db.run("""create or replace table verdict (rule_no int, subject_no int, window_no int, window_start date, window_end date,
        due date, verdict varchar, disposition varchar)""")
    for at, letter in enumerate(cells):
        day = START + timedelta(7 * at)
        db.run("insert into verdict values (0, 7, ?, ?, ?, ?, ?, ?)", [at, day, day + timedelta(6), day, *LETTERS[letter]])
    db.run(f"create or replace table rule_row as select 0 as rule_no, {fires} as fires, {clears} as clears, 'active' as mode")
    db.run("create or replace table verdict_number as from verdict where rowid % 3 = 0")          # of a large one: some are rulings, some are not
    db.run("create or replace table ruling as select (rowid + 1)::int as ruling_no, * from verdict where rowid % 3 > 0")
    db.run("create or replace table verdict_cell as select rule_no, subject_no, ruling_no, disposition from ruling")
    create_episodes(SimpleNamespace(db=db, is_small=small, has_waivers="w" in cells, has_disputes=False))  # type: ignore[arg-type]
    assert small or not db.rows(f"select {EPISODE} from ({episodes()}) except select {EPISODE} from episode")
    rows = db.records("select * from episode order by since")
    return [((row["since"] - START).days // 7, row["windows_missed"], row["resolved"]) for row in rows]


@pytest.fixture(scope="module")
def db() -> Any:
    database = Database()
    yield database
    database.close()


@pytest.mark.parametrize(("cells", "fires", "clears", "expected"), [
    ("xx", 2, 1, [(0, 2, False)]),
    ("x", 2, 1, []),
    ("xMx", 2, 1, []),
    ("xxM", 2, 1, [(0, 2, True)]),
    ("xnx", 2, 1, [(0, 2, False)]),
    ("xnnnnnx", 2, 1, []),
    ("xxnnnnnx", 2, 1, [(0, 3, False)]),
    ("xxMxM", 2, 2, [(0, 3, False)]),
    ("xxMMxx", 2, 2, [(0, 2, True), (4, 2, False)]),
    ("xwx", 2, 1, [(0, 2, False)]),
])
def test_table(db: Database, cells: str, fires: int, clears: int, expected: list[tuple[int, int, bool]]) -> None:
    """Runs, gaps, waived cells and clearing, one sentence each of the specification."""
    assert found(db, cells, fires, clears) == found(db, cells, fires, clears, small=False) == expected
    assert list(walk(cells, fires, clears)) == expected


@settings(max_examples=80, deadline=None)
@given(st.text("MMxxxwno", max_size=24), st.integers(1, 3), st.integers(1, 3))
def test_any_sequence(cells: str, fires: int, clears: int) -> None:
    """For any sequence of cells the statements and the walk agree."""
    with_db = Database()
    try:
        assert found(with_db, cells, fires, clears) == found(with_db, cells, fires, clears, small=False) == list(walk(cells, fires, clears))
    finally:
        with_db.close()
