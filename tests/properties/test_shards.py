"""How the work is cut up leaves no trace: any number of shards and threads gives the same bytes."""

from __future__ import annotations

import math
import threading
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, evaluate, shards
from fidelity_engine.db import Database
from fidelity_engine.room import NoRoom
from fidelity_engine.stages.emit import named
from fidelity_engine.stages.load import events
from fidelity_engine.stages.load.paths import Size
from properties.districts import seeded
from properties.writer import write_district


def written(folder: Path, made: tuple[dict[str, Any], str], threads: int) -> tuple[bytes, list[dict[str, Any]]]:
    """The file of verdicts, and the findings without the id of the run."""
    district, as_of = made
    moment = datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)
    folder.mkdir()
    with Engine.from_file(write_district(district, folder), threads=threads).evaluate(as_of=moment) as result:
        result.verdicts.write(folder / "verdicts.csv")
        findings = [asdict(replace(finding, run_id="")) for finding in result.findings]
    return (folder / "verdicts.csv").read_bytes(), findings


@pytest.mark.parametrize("seed", range(200, 205))
def test_the_same_bytes_whatever_the_number_of_shards_and_threads(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A district in one piece and the same one, subject by subject and source by source, also in a file: verdicts and findings are equal to the byte."""
    whole = written(tmp_path / "whole", seeded(seed), threads=1)
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    monkeypatch.setattr(shards, "CELLS", 1)
    monkeypatch.setattr(shards, "BESIDE_FILE", 1)
    monkeypatch.setattr(events, "AT_ONCE", 1)
    assert written(tmp_path / "shards", seeded(seed), threads=3) == whole
    monkeypatch.setattr(evaluate, "size_of", lambda ruleset: Size(math.inf, math.inf))
    assert written(tmp_path / "file", seeded(seed), threads=2) == whole


@pytest.mark.parametrize("seed", [206, 207, 214, 221])
def test_rows_joined_as_they_are_written_are_those_sorted_whole(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells sorted as four numbers, then shown, are the same bytes: in memory and in a file, whatever the number of threads."""
    whole = written(tmp_path / "whole", seeded(seed), threads=1)[0]
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    district, as_of = seeded(seed)
    moment = datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)
    path = write_district(district, tmp_path)
    large = Size(math.inf, math.inf)
    for size, threads, names, joined in ((Size(), 3, 0, 10**6), (large, 3, 10**6, 10**6), (large, 1, 0, 10**6), (Size(), 2, 0, 0)):
        monkeypatch.setattr(evaluate, "size_of", lambda ruleset, size=size: size)
        monkeypatch.setattr(named, "MOST_NAMES", names)
        monkeypatch.setattr(named, "MOST_JOINED", joined)
        with Engine.from_file(path, threads=threads).evaluate(as_of=moment) as result:
            result.verdicts.write(tmp_path / "verdicts.csv")
            assert result.scope is not None
            laid = result.scope.db.rows("select count(*) from duckdb_tables() where table_name = 'ordered_cell'")[0][0]
            assert bool(laid) is bool(joined) and len(result.verdicts) > 6
            assert result.scope.db.one("select current_setting('threads')") == threads
        assert (tmp_path / "verdicts.csv").read_bytes() == whole


@pytest.mark.parametrize("seed", [206, 207, 214, 221])
@pytest.mark.parametrize("names", [0, 10**6])
def test_verdicts_written_while_findings_are_looked_for_are_the_same_bytes(
    seed: int, names: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written ahead by a helper the file is the one that is written when it is asked for, and the findings are the same."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    monkeypatch.setattr(named, "MOST_NAMES", names)
    district, as_of = seeded(seed)
    moment = datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)
    engine, found, copied = Engine.from_file(write_district(district, tmp_path), threads=3), [], []
    run = Database.run

    def watched(db: Database, sql: str, values: Any = None) -> None:
        if "/verdicts.parquet" in sql or "/ahead.parquet" in sql:
            copied.append(threading.current_thread() is threading.main_thread())
        run(db, sql, values)

    monkeypatch.setattr(Database, "run", watched)
    for ahead in (False, True):
        with engine.evaluate(as_of=moment, write_ahead=ahead) as result:
            result.verdicts.write(tmp_path / "verdicts.parquet")
            found.append(((tmp_path / "verdicts.parquet").read_bytes(), [replace(one, run_id="") for one in result.findings]))
    assert found[0] == found[1] and copied == [True, False]


@pytest.mark.parametrize("at", ["ahead.parquet", "table ordered_cell"])
def test_what_cannot_be_written_ahead_is_written_when_it_is_asked_for(at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk while findings are looked for ends no run: whoever asks for the file gets it, or hears why not."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    district, as_of = seeded(206)
    run, full = Database.run, []

    def fill(db: Database, sql: str, values: Any = None) -> None:
        if at in sql and not full:
            full.append(sql)
            raise NoRoom(28, "No space left on device")
        run(db, sql, values)

    monkeypatch.setattr(Database, "run", fill)
    engine = Engine.from_file(write_district(district, tmp_path), threads=3)
    with engine.evaluate(as_of=date.fromisoformat(as_of[:10]), write_ahead=True) as result:
        result.verdicts.write(tmp_path / "verdicts.parquet")
        assert full and (tmp_path / "verdicts.parquet").stat().st_size
