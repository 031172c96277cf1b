"""Chapter 8, formulas, markup, terminals, personal data, hostile and huge input: what leaves the engine."""

from __future__ import annotations

import csv
import json
import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.cli import exit_code
from fidelity_engine.errors import FidelityError
from fidelity_engine.result import Result

from .conftest import RULES, District

FORMULAS = ("=1+1", "+1", "-1", "@x", "\tx", "\rx")
PERSON, NAME = "t-777", "Teresa Secret"


@pytest.mark.parametrize("start", FORMULAS)
def test_formulas_are_guarded_in_csv_and_exact_in_jsonl(start: str, evaluated: Callable[..., Result], tmp_path: Path) -> None:
    """A team whose id is a formula has a leading apostrophe in csv of verdicts and quarantine, and none in jsonl."""
    quoted = f'"{start}"'
    with evaluated(teams__csv=f"team,name,school\n{quoted},{quoted},lincoln\n", members__csv=f"team,staff\n{quoted},t-777\n",
                   log__csv=f"id,team,start\n{quoted},{quoted},never\n{quoted},{quoted},2025-09-02\n2,{quoted},2025-09-03\n") as result:  # fmt: skip
        result.verdicts.write(tmp_path / "v.csv")
        result.verdicts.write(tmp_path / "v.jsonl")
        result.quarantine_write(tmp_path / "q.csv")
    with (tmp_path / "v.csv").open(newline="") as file:
        assert {row["subject"] for row in csv.DictReader(file)} == {f"'{start}"}
    assert {json.loads(line)["subject"] for line in (tmp_path / "v.jsonl").read_text().splitlines()} == {start}
    with (tmp_path / "q.csv").open(newline="") as file:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in csv.reader(file) for cell in row)


def test_verdicts_are_made_once_for_all_who_want_them(
    evaluated: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Parquet file has the same bytes without asking the engine; what could not be made whole is made anew."""
    with evaluated() as result:
        run, asked = result.scope.db.run, []
        monkeypatch.setattr(result.scope.db, "run", lambda sql, *values: (asked.append(sql), run(sql, *values)))
        with pytest.raises(FidelityError, match="could not be written"):
            result.verdicts.write(tmp_path / "nowhere" / "v.parquet")
        for name in ("a.parquet", "b.parquet"):
            result.verdicts.write(tmp_path / name)
        assert sum(sql.startswith("copy") for sql in asked) == 1
        (result.scope.db.outbox / "verdicts.parquet").unlink()
        monkeypatch.setattr(result.scope.db, "run", lambda sql, *values: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(FidelityError, match="No space"):
            result.verdicts.write(tmp_path / "c.parquet")
        assert not list(result.scope.db.outbox.glob("*.parquet"))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_terminals_are_not_driven_by_data(district: District, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and marks of writing direction in names, ids and reasons are shown, not sent."""
    evil = "\x1b]0;owned\x07\x1b[2J\u202egnp"
    schools, log = f"school,name\nlincoln,{evil}\n", f"id,team,start\n1,{evil},x\n"
    path = district(teams__csv=f"team,name,school,kind\ng2,{evil},lincoln,x\n", schools__csv=schools, log__csv=log)
    for command in ("run --no-store", "run --no-store --format md", "sources", "check --with-data", "calendar show", "describe"):
        exit_code([*command.split(), str(path)])
        out, err = capsys.readouterr()
        assert not set("\x1b\x07\u202e") & set(out + err), command


def test_people_are_in_no_output(district: District, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """Ids and names of people stand in no report, log, list of sources or verdict file; `explain` shows ids when asked."""
    caplog.set_level(logging.DEBUG)
    rule = RULES.replace("measure: {kind: count, event: meeting}", "measure: {kind: participation, per: person, event: meeting}")
    path = district(rule, log__csv=f"id,team,start,participants\n1,g2,2025-09-02T10:00,{PERSON}\n2,g9,2025-09-03,{PERSON}\n3,g2,bad,{PERSON}\n")
    for form in ("text", "json", "jsonl", "csv", "md"):
        exit_code(["--log", "debug", "run", str(path), "--no-store", "--format", form, "--verdicts", str(path.with_name("v.csv"))])
    exit_code(["sources", str(path)])
    exit_code(["check", str(path), "--with-data"])
    exit_code(["explain", str(path), "a.rule", "g2", "2025-09-03"])
    told = "".join(capsys.readouterr()) + caplog.text + path.with_name("v.csv").read_text()
    assert PERSON not in told and NAME not in told
    exit_code(["explain", str(path), "a.rule", "g2", "2025-09-03", "--show-people"])
    assert PERSON in capsys.readouterr().out


def test_errors_of_hostile_rows_hold_no_values(district: District, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read is told by count, place and reason; the row itself goes to the quarantine file alone."""
    path = district(log__csv=f'id,team,start\n1,g2,2025-09-02\n2,g2,2025-09-03\n3,g2,{NAME}\n4,g2,"{NAME}\n')
    exit_code(["--log", "debug", "run", str(path), "--no-store", "--quarantine", str(path.with_name("q.csv"))])
    assert NAME not in "".join(capsys.readouterr())
    assert NAME in path.with_name("q.csv").read_text()


def test_no_rule_about_people_unless_allowed(district: District) -> None:
    """A rule of staff needs `privacy: {person_level: true}`."""
    text = RULES.replace("of: team", "of: staff")
    with pytest.raises(FidelityError, match="person_level"):
        Engine.from_file(district(text))
    with Engine.from_file(district(f"{text}privacy: {{person_level: true}}\n")).evaluate() as result:
        assert {row["subject"] for row in result.verdicts.rows()} == {PERSON}


def test_means_of_few_are_suppressed(district: District) -> None:
    """Fewer values than `min_n` give no mean: nobody can be read out of it."""
    text = RULES.replace("kind: count, event: meeting", "kind: mean, event: meeting, field: score").replace(
        "coverage: always", "columns: {score: {column: score, type: number}}, coverage: always")
    rows = "".join(f"{n},g2,2025-09-02,{n}\n" for n in range(9))
    with Engine.from_file(district(text, log__csv="id,team,start,score\n" + rows)).evaluate() as result:
        row = next(iter(result.verdicts.rows()))
        assert (row["verdict"], row["reason"], row["value"], row["low"]) == ("not_applicable", "suppressed: too few values to show", None, None)


def test_quarantine_in_memory_is_bounded(evaluated: Callable[..., Result]) -> None:
    """Of many bad rows the first twenty of each reason are told, and all are counted."""
    rows = "".join(f"{n},g2,2025-09-02\n" for n in range(1_000)) + "".join(f"b{n},g2,never\n" for n in range(900))
    with evaluated(log__csv="id,team,start\n" + rows) as result:
        assert result.scope
        assert result.summary.quarantine == {"log": {"bad_timestamp": 900}}
        assert result.scope.db.one("select count(*) from quarantine") == 20


@pytest.mark.parametrize("bound", ["MOST_REJECTED", "LARGEST_REJECTED"])
@pytest.mark.parametrize(("file", "row"), [("log.csv", "1,2,3,4,5\n"), ("log.jsonl, reader: xapi", "nothing\n")])
def test_rows_that_cannot_be_taken_apart_are_bounded(bound: str, file: str, row: str, district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that is something else not every row is kept: beyond a bound it is no file."""
    monkeypatch.setattr(f"fidelity_engine.builtin.readers.opening.{bound}", 50)
    path = district(RULES.replace("read: log.csv", f"read: {file}"), **{file.partition(",")[0]: "id,team,start\n" + row * 60})
    with Engine.from_file(path).evaluate() as result:
        (source,) = result.summary.sources
        assert not source.readable and "rows that cannot be taken apart" in str(source.cause)


@pytest.mark.parametrize("content", [
    b"", b"\x00" * 1_000, b"\xff\xfe\x00", b"id,team,start\n" + b'"' * 100_001, b"id,team,start\n" + b"," * 1_000_000, b"x" * 3_000_000,
    ("id,team,start\n" + "".join(f'{n},g2,"' for n in range(2_000))).encode(), b"id,id,id\n1,2,3\n", b"\xef\xbb\xbf\n\n\n", b"PK\x03\x04" + b"\x00" * 100,
])  # fmt: skip
def test_hostile_files_end_as_unreadable_sources(content: bytes, evaluated: Callable[..., Result]) -> None:
    """Whatever stands where a log should be, the run goes on and names the source."""
    with evaluated(log__csv=content) as result:
        (source,) = result.summary.sources
        assert not source.readable or source.accepted == 0
        assert source.read == source.accepted + source.duplicates + source.quarantined


def test_files_that_are_written_are_the_owners(district: District) -> None:
    """The engine's own folder is 0700 while it works, and nothing of it is left."""
    with Engine.from_file(district(RULES)).evaluate() as result:
        assert result.scope
        folder = result.scope.db.folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert not folder.exists()


