"""Sources that are brought while the roster is read: what comes of it is the same, and a faulty roster is told as soon."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine
from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load import ahead

from .loaded import HEAD

RULES = HEAD + """evidence:
  log: {read: log.csv, delivers: [meeting], coverage: always, columns: {team: {column: place, LOOKED_UP}}}
  other: {read: other.jsonl, delivers: [meeting], coverage: always}
rules:
  - {id: a.meets, title: Meets, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
"""
FILES = {
    "schools.csv": "school\ns0\n", "staff.csv": "staff,school\np0,s0\n", "teams.csv": "team,name,school\nt0,North,s0\nt1,South,s0\n",
    "log.csv": "id,place,start\n1,PLACE,2025-09-03 09:00\n1,PLACE,2025-09-03 09:00\n2,t9,2025-09-04 09:00\n",
    "other.jsonl": '{"id": 1, "team": "t1", "start": "2025-09-03 10:00"}\n',
}


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bool]]:
    """Source → whether it was staged while something else was done, for each that was."""
    found: dict[str, bool] = {}
    stage = ahead.staged_rows

    def watched(sources: Any, number: int, spec: Any, opened: Any) -> Any:
        found[spec.name] = not sources.db.rows("select 1 from duckdb_tables() where table_name = 'subject'")
        return stage(sources, number, spec, opened)

    monkeypatch.setattr(ahead, "staged_rows", watched)
    yield found


def district(folder: Path, place: str = "t0", looked_up: str = "split: ''", **changed: str) -> Path:
    """A rule file with its files. `changed`: file → another content."""
    files: Mapping[str, str] = FILES | {name.replace("_", "."): text for name, text in changed.items()}
    for name, text in files.items():
        (folder / name).write_text(text.replace("PLACE", place))
    (folder / "rules.yaml").write_text(RULES.replace(", LOOKED_UP", looked_up and f", {looked_up}"))
    return folder / "rules.yaml"


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_account_is_the_same_with_and_without_helpers(tmp_path: Path, staged: dict[str, bool], threads: int) -> None:
    """One row accepted, its copy a duplicate, one of an unknown team, whoever brings them; with a helper, before there is a roster."""
    with Engine.from_file(district(tmp_path, looked_up=""), threads=threads).evaluate() as result:
        counts = [(one.source, one.read, one.accepted, one.duplicates, one.quarantined) for one in result.summary.sources]
    assert counts == [("log", 3, 1, 1, 1), ("other", 1, 1, 0, 0)] and set(staged) == {"log", "other"}


def test_what_is_looked_up_in_the_roster_comes_after_it(tmp_path: Path, staged: dict[str, bool]) -> None:
    """A column that says names of teams needs the roster first; the other source does not."""
    with Engine.from_file(district(tmp_path, "North", "by: name"), threads=2).evaluate() as result:
        assert [one.accepted for one in result.summary.sources] == [1, 1]
    assert staged == {"log": False, "other": True}


def test_a_faulty_roster_is_told_and_nobody_is_left_behind(tmp_path: Path) -> None:
    """Half a roster ends the run with its own mistake, however the sources are, and no helper stays at work."""
    before = threading.active_count()
    engine = Engine.from_file(district(tmp_path, looked_up="", teams_csv="team,school\nt0,nowhere\n", other_jsonl="\0\0"), threads=3)
    with pytest.raises(FidelityError, match="nowhere"):
        engine.evaluate()
    assert threading.active_count() == before


def test_a_reader_that_does_more_than_name_files_is_asked_once_the_roster_is_sound(tmp_path: Path) -> None:
    """A reader of a plugin may take long: it is not asked for anything where the roster is faulty."""
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "slow.py").write_text(
        "from pathlib import Path\nfrom fidelity_engine.plugin.spec import Reader, Rows, hookimpl\n"
        "def read(request):\n    Path(request.paths[0].parent, 'asked').touch()\n    return Rows(['id', 'place', 'start'], [])\n"
        "@hookimpl\ndef fidelity_readers():\n    return [Reader('slow', ('.slow',), read)]\n")
    rules = district(tmp_path, looked_up="", teams_csv="team,school\nt0,nowhere\n")
    rules.write_text(rules.read_text().replace("log.csv", "log.slow") + "plugins: [./local]\n")
    (tmp_path / "log.slow").touch()
    with pytest.raises(FidelityError, match="nowhere"):
        Engine.from_file(rules).evaluate()
    assert not (tmp_path / "asked").exists()
    (tmp_path / "teams.csv").write_text(FILES["teams.csv"])
    Engine.from_file(rules).evaluate().close()
    assert (tmp_path / "asked").exists()


def test_rows_are_in_the_order_of_the_file_while_they_are_brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The roster's end does not end the order for sources that are still under way; once all are there it is given up."""
    seen = []
    columns = ahead.staged_rows

    def slow(*given: Any) -> Any:
        db: Database = given[0].db
        while not db.rows("select 1 from duckdb_tables() where table_name = 'subject'"):
            pass
        seen.append(db.one("select current_setting('preserve_insertion_order')"))
        return columns(*given)

    monkeypatch.setattr(ahead, "staged_rows", slow)
    with Engine.from_file(district(tmp_path, looked_up=""), threads=2).evaluate() as result:
        assert result.scope is not None
        seen.append(result.scope.db.one("select current_setting('preserve_insertion_order')"))
    assert seen == [True, True, False]
