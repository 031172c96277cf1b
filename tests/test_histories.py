"""Histories: lists of packed cells say what the cells say, however many are made at a time."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from fidelity_engine import histories
from fidelity_engine.db import Database
from fidelity_engine.histories import ACTIVE, JUDGED, create_histories, is_met, place, said_dates, said_no

START = date(2025, 9, 1)
CELLS = [  # subject, window, verdict, disposition
    (7, 2, "missed", "active"), (7, 0, "met", "active"), (7, 1, "no_data", "active"), (7, 3, "missed", "waived"),
    (3, 5, "met", "disputed"), (3, 4, "missed", "active"), (900_000, 0, "met", "active"),
]


def district(small: bool) -> SimpleNamespace:
    """A scope over these cells of two rules; the large one keeps those of rule 1 as numbers of their own."""
    db = Database()
    db.run("""create table verdict (rule_no int, subject_no int, window_no int, window_start date, window_end date, due date,
        verdict varchar, disposition varchar)""")
    for rule in (0, 1, 2):
        for subject, window, verdict, disposition in CELLS:
            day = START + timedelta(7 * window)
            dates = [day, day + timedelta(6), day + timedelta(8)]
            db.run("insert into verdict values (?, ?, ?, ?, ?, ?, ?, ?)", [rule, subject, window, *dates, verdict, disposition])
    db.run("create table rule_row as select unnest([0, 1, 2]) as rule_no, unnest(['active', 'active', 'trial']) as mode")
    db.run("create table subject as select unnest([3, 7, 900000]) as subject_no")
    db.run("create table verdict_number as from verdict where rule_no = 1")
    db.run("create table ruling as select (rowid + 1)::int as ruling_no, * from verdict where rule_no <> 1")
    db.run("create table verdict_cell as select rule_no, subject_no, ruling_no, disposition from ruling")
    return SimpleNamespace(db=db, is_small=small, has_waivers=True, has_disputes=False)


def told(scope: SimpleNamespace) -> list[tuple[object, ...]]:
    """Every cell of every history, unpacked."""
    return scope.db.rows(f"""select h.rule_no, h.subject_no, h.newest, {place('cell')}, {is_met('cell')}, cell & {JUDGED} <> 0, cell & {ACTIVE} <> 0,
        d.window_no, d.window_start, d.window_end, d.due
        from (select *, unnest(cells) as cell from history) h join {said_dates(scope)} d on d.said_no = {said_no('cell')} order by all""")


@pytest.mark.parametrize("unjudged", [[], [0], [0, 1]])
@pytest.mark.parametrize("at_once", [None, 500_000, 1_000_000])
def test_a_large_district_has_the_histories_of_a_small_one(unjudged: list[int], at_once: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rulings, numbers and parts of the subjects lead to the same lists as one table of verdicts."""
    small, large = district(small=True), district(small=False)
    if at_once:
        large.db.in_file = True
        monkeypatch.setattr(histories, "AT_ONCE", at_once)
    for scope in (small, large):
        create_histories(scope, unjudged)
    assert told(small) == told(large)
    assert {(rule, subject, window) for rule, subject, *_, window, _, _, _ in told(small)} == {
        (rule, subject, window) for rule in (0, 1) for subject, window, verdict, disposition in CELLS
        if rule in unjudged or (verdict in ("met", "missed") and disposition != "waived")}
    large.db.in_file = False
    small.db.close(), large.db.close()


def test_places_of_whole_histories_count_cells() -> None:
    """Where a history holds all cells, the places of two tell how many lie between them."""
    scope = district(small=True)
    create_histories(scope, [0, 1])
    assert scope.db.rows(f"select list_transform(cells, lambda cell: {place('cell')}) from history where rule_no = 0 and subject_no = 7") == [([1, 2, 3, 4],)]
    scope.db.close()


def test_where_no_rule_is_active_there_are_none() -> None:
    """A large district whose rules are all on trial has the relation, and nothing in it."""
    scope = district(small=False)
    scope.db.run("update rule_row set mode = 'trial'")
    scope.db.in_file = True
    create_histories(scope, [])
    assert scope.db.rows("select count(*) from history") == [(0,)]
    scope.db.in_file = False
    scope.db.close()
