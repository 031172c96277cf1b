"""Evidence: each row ends as an event or in the quarantine, and means the same every night."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loaded import CASES, SOURCE, as_said, load

from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load import versions, write_quarantine


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    """What the case says becomes of the rows of its source, and each that was read is one thing or another."""
    as_said(load(tmp_path, case), case)


TWICE = [case for case in CASES if {"duplicates", "quarantined"} & set(case.get("counts", ()))]


@pytest.mark.parametrize("case", TWICE, ids=lambda case: case["says"])
def test_case_of_many_rows_that_stand_twice(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where the rows that are dropped are too many to be named one by one."""
    monkeypatch.setattr(versions, "FEW", -1)
    as_said(load(tmp_path, case), case)


ROWS = [
    {"id": 7, "school": 1, "team": 12, "start": "2025-11-03T10:00", "minutes": 45, "participants": [101, 102, 999, 999]},
    {"id": 8, "school": 1, "team": 99, "start": "2025-11-04T10:00", "minutes": 30, "participants": []},
    {"id": 9, "school": None, "team": 99, "start": "2025-11-05T10:00", "minutes": 30, "participants": [101]},
    {"id": 10, "school": None, "team": 99, "start": "2025-11-06T10:00", "minutes": 30, "participants": None},
    {"id": 10, "school": 1, "team": 12, "start": "2025-11-07T10:00", "minutes": 30, "participants": [102, -5]},
    {"id": 11, "school": 1, "team": 12, "start": None, "minutes": 30, "participants": None},
    {"id": 12, "school": 1, "team": 12, "start": "2025-11-07T11:00", "minutes": 20, "participants": [102]},
    {"id": 12, "school": 1, "team": 12, "start": "2025-11-07T11:00", "minutes": 25, "participants": [101]},
    {"id": 13, "school": 1, "team": 12, "start": "2025-11-08T11:00", "minutes": 25, "participants": [101]},
    {"id": 13, "school": 1, "team": 12, "start": "2025-11-08T11:00", "minutes": 25, "participants": [101]},
]
NUMBERED = {
    "schools.csv": "school,name,grades\n1,One,3\n",
    "teams.csv": "team,name,school,kind,grades\n12,Twelve,1,grade-level,3\n",
    "staff.csv": "staff,name,school,roles,grades\n101,A,1,general_ed,3\n102,B,1,special_ed,3\n",
}
SEEN = ["id", "start", "minutes", "team_no", "school_no", "participants", "unknown_participants", "roles", "grades", "team"]
USED = {"said": {"calendar": {"weekdays": ["mon", "tue", "wed", "thu", "fri"]}}, "uses": ["participants", "roles", "grades", "team"], "people": True}


def _written(folder: Path, form: str) -> None:
    """The rows in one of the formats."""
    db = Database(threads=1)
    json_rows = "\n".join(json.dumps(row) for row in ROWS)
    (folder / "log.jsonl").write_text(json_rows, encoding="utf-8")
    types = "{id: 'BIGINT', school: 'INTEGER', team: 'INTEGER', start: 'TIMESTAMP', minutes: 'SMALLINT', participants: 'INTEGER[]'}"
    scan = f"read_json('{folder}/log.jsonl', columns={types})"
    if form == "parquet":
        db.run(f"copy (select * from {scan}) to '{folder}/log.parquet'")
    if form == "csv":
        db.run(f"copy (select * replace (array_to_string(participants, ';') as participants) from {scan}) to '{folder}/log.csv' (header)")
    db.close()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_all_formats_mean_the_same(form: str, tmp_path: Path) -> None:
    """One set of rows gives the same events and the same quarantine whichever format it comes in."""
    _written(tmp_path, form)
    loaded = load(tmp_path, {"files": NUMBERED, "source": {"read": f"log.{form}"}, **USED})
    assert loaded.counts() == {"read": 10, "accepted": 6, "duplicates": 1, "quarantined": 3, "unknown_participants": 2}
    assert loaded.quarantine() == [["unknown_team", 4], ["missing_field", 6], ["superseded", 7]]
    nobody = [None, "0", None] if form == "csv" else ["[]", "0", "[]"]        # csv cannot write an empty list
    assert loaded.events(SEEN) == [
        ["7", "2025-11-03 10:00:00", "45.000000", "1", "1", "[101, 102]", "1", "[general_ed, special_ed]", "[03]", "12"],
        ["8", "2025-11-04 10:00:00", "30.000000", None, "1", *nobody, None, None],
        ["9", "2025-11-05 10:00:00", "30.000000", None, "1", "[101]", "0", "[general_ed]", "[03]", None],
        ["10", "2025-11-07 10:00:00", "30.000000", "1", "1", "[102]", "1", "[special_ed]", "[03]", "12"],
        ["12", "2025-11-07 11:00:00", "25.000000", "1", "1", "[101]", "0", "[general_ed]", "[03]", "12"],
        ["13", "2025-11-08 11:00:00", "25.000000", "1", "1", "[101]", "0", "[general_ed]", "[03]", "12"],
    ]


ATTENDEES = ["(7, 12, 101, timestamp '2025-11-03 10:00')", "(7, 12, 102, timestamp '2025-11-03 10:00')", "(7, 12, 5, timestamp '2025-11-03 10:00')",
             "(8, 12, 102, timestamp '2025-11-04 10:00')", "(9, 12, null, timestamp '2025-11-05 10:00')"]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_row_per_attendee_in_all_formats(form: str, tmp_path: Path) -> None:
    """People are collected, whatever type their ids have; 5 is on no roster, and nobody knows who came to 9."""
    db = Database(threads=1)
    db.run(f"copy (select * from (values {', '.join(ATTENDEES)}) t(id, team, who, start)) to '{tmp_path}/log.{form}' (format {form})")
    name = tmp_path / f"log.{form}l" if form == "json" else tmp_path / f"log.{form}"
    (tmp_path / f"log.{form}").rename(name)
    source = {"read": name.name, "one_event_per": "id", "columns": {"participants": "who"}}
    loaded = load(tmp_path, {"files": NUMBERED, "source": source, **USED})
    assert loaded.counts() == {"read": 5, "accepted": 3, "merged": 2, "unknown_participants": 1}
    assert loaded.events(["id", "participants", "unknown_participants"]) == [["7", "[101, 102]", "1"], ["8", "[102]", "0"], ["9", None, "0"]]


NORMS = {"read": "n.csv", "delivers": ["norm_review"], "coverage": "always", "columns": {"topic": "what"}}


def test_times_that_only_parquet_can_hold(tmp_path: Path) -> None:
    """Dates at the ends of time, and lengths of years, cost their rows or their ends; the others stay."""
    db = Database(threads=1)
    far = "make_timestamp(4611686018427387904)"
    rows = [f"('a', {far}, make_timestamp(-4611686018427387904))", f"('b', make_timestamp(-4611686018427387904), {far})",
            "('c', timestamp '2025-11-03 10:00', timestamp '2025-11-03 11:00')"]  # fmt: skip
    db.run(f"copy (select *, 'g3' as team from (values {', '.join(rows)}) t(id, start, \"end\")) to '{tmp_path}/ends.parquet'")
    db.run(f"copy (select 'g3' as team, * from (values ('d', date '5000000-01-01'), ('e', date '2025-11-04')) t(id, start)) to '{tmp_path}/days.parquet'")
    lengths = "('f', 180000000::decimal(18,6)), ('g', -20160), ('h', 45)"
    db.run(f"copy (select 'g3' as team, timestamp '2025-11-05 10:00' as start, * from (values {lengths}) t(id, minutes)) to '{tmp_path}/long.parquet'")
    sources = {name: {**SOURCE, "read": f"{name}.parquet"} for name in ("ends", "days", "long")}
    loaded = load(tmp_path, {"sources": sources, "uses": ["minutes"]})
    reasons = loaded.db.rows("select source, reason, row from quarantine order by all")
    assert reasons == [("days", "bad_timestamp", 1), ("ends", "ends_before_start", 1), ("long", "ends_before_start", 2)]
    ends = dict(loaded.db.rows(f"select id, \"end\"::varchar from {loaded.evidence.relations['meeting']} where date between '2025-01-01' and '2026-01-01'"))
    assert ends == {"c": "2025-11-03 11:00:00", "e": None, "f": "2368-02-01 10:00:00", "h": "2025-11-05 10:45:00"}


def test_rows_given_in_place_of_all_sources(tmp_path: Path) -> None:
    """A list of rows goes to the sources that they name, or that alone deliver their type; mapped or canonical names."""
    given = [
        {"type": "meeting", "id": "a", "team": "g3", "start": datetime(2025, 11, 3, 10), "minutes": 30},
        {"type": "norm_review", "team": "g3", "start": date(2025, 11, 4), "topic": "own"},
        {"source": "norms", "team": "g4", "start": "2025-11-05", "what": "mapped", "type": "norm_review"},
    ]
    case = {"sources": {"log": SOURCE, "norms": NORMS}, "type": "norm_review", "uses": ["topic"]}
    loaded = load(tmp_path, case, given)
    assert loaded.events(["team_no", "start", "topic"], "norm_review") == [
        ["2", "2025-11-04 00:00:00", "own"], ["3", "2025-11-05 00:00:00", "mapped"],
    ]
    assert loaded.counts("log") == {"read": 1, "accepted": 1}


def test_rows_given_for_one_source(tmp_path: Path) -> None:
    """A mapping replaces the sources that it names; the others are read from their files."""
    files = {"log.csv": "id,team,start\na,g3,2025-11-03T10:00\nb,g3,2025-11-03T11:00\n"}
    loaded = load(tmp_path, {"sources": {"log": SOURCE, "norms": NORMS}, "files": files}, {"norms": []})
    assert (loaded.counts("log"), loaded.counts("norms")) == ({"read": 2, "accepted": 2}, {})


@pytest.mark.parametrize("column", ["id", "meeting_no"])
@pytest.mark.parametrize("arrow", [False, True])
def test_given_rows_need_no_id(column: str, arrow: bool, tmp_path: Path) -> None:
    """Rows of a program that have no id get one from their content, also where the rule file says which column of the file holds it."""
    rows: Any = [{"type": "meeting", "team": "g3", "start": f"2025-11-{day:02d}T10:00"} for day in (3, 4, 4)]
    if arrow:
        rows = pytest.importorskip("pyarrow").Table.from_pylist(rows)
    loaded = load(tmp_path, {"sources": {"log": {**SOURCE, "columns": {"id": column}}}}, rows)
    assert loaded.counts("log") == {"read": 3, "accepted": 2, "duplicates": 1} and loaded.quarantine() == []


def test_a_given_row_without_a_type_says_so(tmp_path: Path) -> None:
    """Where several sources deliver, nobody guesses what a row is; the mend says how to tell it."""
    with pytest.raises(FidelityError, match=r"events:row 1: the row has no `type`.*Give each row its `type`, such as meeting"):
        load(tmp_path, {"sources": {"log": SOURCE, "norms": NORMS}}, [{"team": "g3", "start": "2025-11-03T10:00"}])


def test_arrow_in_place_of_a_source(tmp_path: Path) -> None:
    """An Arrow table is read with its own types, row numbers are its rows."""
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({
        "id": [1, 2, 3], "team": ["g3", "gX", "g4"], "start": [datetime(2025, 11, d, 10) for d in (3, 4, 5)], "n": [1.5, None, 3.0],
        "participants": [["ann"], None, []],
    })
    loaded = load(tmp_path, {"uses": ["n", "participants"], "people": True}, {"log": table})
    assert loaded.quarantine() == [["unknown_team", 2]]
    assert loaded.events(["id", "n", "participants"]) == [["1", "1.500000", "[ann]"], ["3", "3.000000", "[]"]]


def test_a_relation_of_duckdb_in_place_of_a_source(tmp_path: Path) -> None:
    """What another connection holds comes as its rows; one for several sources is refused with a mend, since nobody knows whose they are."""
    rows = duckdb.connect().sql("select 'a' as id, 'g3' as team, timestamp '2025-11-03 10:00' as start, 45 as minutes")
    assert load(tmp_path, {}, {"log": rows}).events(["id", "minutes"]) == [["a", "45.000000"]]
    assert load(tmp_path, {}, rows).events(["id", "minutes"]) == [["a", "45.000000"]]
    with pytest.raises(FidelityError, match="one table was given for several sources"):
        load(tmp_path, {"sources": {"log": SOURCE, "norms": NORMS}}, rows)


def test_given_values_that_are_none(tmp_path: Path) -> None:
    """What is no number, or holds itself, is a bad value of its field; keys that are no texts become texts."""
    row = {"team": "g3", "start": "2025-11-03T10:00"}
    own: dict[str, Any] = {}
    own["self"] = own
    given = [
        {**row, "id": "a", "minutes": float("nan")}, {**row, "id": "b", "minutes": Decimal("NaN")}, {**row, "id": "c", "topic": own},
        {**row, "id": "d", "minutes": 30, 7: "x"}, {**row, "id": "e", "start": float("inf")},
    ]
    loaded = load(tmp_path, {"uses": ["topic"]}, given)
    assert loaded.counts() == {"read": 5, "accepted": 4, "quarantined": 1, "bad_values": 3}
    assert loaded.quarantine() == [["bad_timestamp", 5]]
    assert loaded.events(["id", "minutes"]) == [["a", None], ["b", None], ["c", None], ["d", "30.000000"]]


@pytest.mark.parametrize(("given", "message"), [
    ({"lok": []}, "there is no source `lok`. Did you mean `log`?"),
    ([{"type": "party"}], "no source can deliver an event of type `party`"),
    ([{"source": "nix"}], "there is no source `nix`"),
    ([5], "events:row 1: a row is a mapping of fields, not int"),
    (5, "events: rows were expected here, not int"),
    ({"log": None}, "log: rows were expected here, not NoneType"),
    ({"log": "abc"}, "log: rows were expected here, not str"),
    ({"log": [5]}, "log:row 1: a row is a mapping of fields, not int"),
])
def test_rows_that_belong_nowhere(given: Any, message: str, tmp_path: Path) -> None:
    """Rows of no source are a mistake of the caller, with a mend."""
    with pytest.raises(FidelityError, match=re.escape(message)):
        load(tmp_path, {}, given)


LOG = "id,team,start,minutes,topic,participants\na,g3,2025-11-03T10:00,45,maths,ann\n"
PROBLEMS = [
    ({"where": {"minuts": {"gte": 30}}}, "there is no field `minuts`", "Did you mean `minutes`?"),
    ({"where": {"topic": {"gte": 30}}}, "`gte` does not fit `topic`, which is a text field", "Declare `type: number` for the column"),
    ({"where": {"topic": {"gte": "a"}}}, "`gte` does not fit `topic`, which is a text field", "A text field knows"),
    ({"where": {"topic": 30}}, "`topic` is text and `30` is a number", "Declare `type: number`"),
    ({"where": {"team": 1902}}, None, ""),
    ({"distinct": "topik"}, "there is no field `topik`", "Did you mean `topic`?"),
    ({"kind": "total", "field": "topic"}, "`topic` is a text field, and a number is needed", "Declare `type: number`"),
    ({"kind": "total", "field": "minutes"}, None, ""),
]


@pytest.mark.parametrize(("measure", "message", "mend"), PROBLEMS)
def test_filters_that_do_not_fit(measure: dict[str, Any], message: str | None, mend: str, tmp_path: Path) -> None:
    """A field that no source has, or that has another type than the filter needs, is told with its rule and a mend."""
    rule = {
        "id": "r.y", "title": "y", "expect": {"of": "team", "each": "week"}, "judge": {"at_least": 1},
        "measure": {"kind": "count", "event": "meeting", **measure},
    }
    problems = load(tmp_path, {"files": {"log.csv": LOG}, "rules": [rule]}).evidence.problems
    assert [problem.message for problem in problems] == ([message] if message else [])
    assert all(mend in problem.mend and problem.rule == "r.y" and problem.path[:2] == ("rules", 0) for problem in problems)


@pytest.mark.parametrize("measure", [{"where": {"state": "Held"}}, {"where": {"any": [{"state": {"present": True}}, {"topic": "x"}]}}, {"distinct": ["state"]}])
@pytest.mark.parametrize(("file", "text"), [
    ("log.csv", "id,team,start,state,topic\na,g3,2025-11-03T10:00,Held,x\n"),
    ("log.jsonl", '{"id": "a", "team": "g3", "start": "2025-11-03T10:00", "state": "Held", "topic": "x"}'),
    ("log.csv", None),
])
def test_a_column_that_is_read_as_another_field_is_no_field(file: str, text: str | None, measure: dict[str, Any], tmp_path: Path) -> None:
    """A rule that asks for a column by the name that the file gives it is told under which name it is read."""
    source = {"read": file, "columns": {"outcome": {"column": "state"}}}
    rule = {
        "id": "r.y", "title": "y", "expect": {"of": "team", "each": "week"}, "judge": {"at_least": 1},
        "measure": {"kind": "count", "event": "meeting", **measure},
    }
    problems = load(tmp_path, {"files": {file: text} if text else {}, "source": source, "rules": [rule]}).evidence.problems
    assert [(problem.message, problem.mend) for problem in problems] == [
        ("there is no field `state`", "That column is read as `outcome`: write that."),
    ]


def test_a_field_that_no_json_row_has_filled_yet(tmp_path: Path) -> None:
    """In JSON a field exists once a row fills it, so that one may be missing for now; a slip of the pen is still told."""
    files = {"log.jsonl": '{"id": "a", "team": "g3", "start": "2025-11-03T10:00", "topic": "x"}'}
    case = {"files": files, "source": {"read": "log.jsonl"}, "uses": ["decision"]}
    loaded = load(tmp_path, case)
    assert loaded.events(["id", "decision"]) == [["a", None]]
    assert [p.message for p in load(tmp_path, {**case, "uses": ["topics"]}).evidence.problems] == ["there is no field `topics`"]


@pytest.mark.parametrize(("file", "text"), [
    ("log.jsonl", '{"id": "a", "team": "g3", "start": "2025-11-03T10:00", "topic": "x", "": "y"}'),
    ("log.json", '[{"id": "a", "team": "g3", "start": "2025-11-03T10:00", "topic": "x", "": null}]'),
    ("log.csv", "id,team,,start,topic\na,g3,y,2025-11-03T10:00,x\n"),
])
def test_a_column_without_a_name_hinders_nobody(file: str, text: str, tmp_path: Path) -> None:
    """As a sheet exports a column that has no heading."""
    loaded = load(tmp_path, {"files": {file: text}, "source": {"read": file}, "uses": ["topic"]})
    assert loaded.events(["id", "topic"]) == [["a", "x"]]


def test_signs_of_life(tmp_path: Path) -> None:
    """Days and deliveries are those of all known events, of types that no rule uses and of cancelled ones too."""
    source = {
        "type": {"column": "kind"}, "delivers": ["meeting", "training"], "columns": {"school": {"column": "at", "split": ";"}},
        "coverage": {"through": "last_record"},
    }
    rows = [
        "a,meeting,lincoln;roosevelt,2025-11-03T10:00,,", "b,training,lincoln,2025-11-04T10:00,,cancelled",
        "c,training,,2025-11-05T10:00,,", "d,training,roosevelt,2025-08-20T10:00,2025-11-20T10:00,",
        "e,meeting,lincoln,2025-11-06T10:00,2026-01-20T10:00,", "f,party,lincoln,2025-11-07T10:00,,",
    ]
    files = {"log.csv": "\n".join(["id,kind,at,start,recorded_at,status", *rows])}
    db = load(tmp_path, {"files": files, "source": source}).db
    assert db.rows("select school_no, date::varchar from source_day order by all") == [
        (1, "2025-11-03"), (1, "2025-11-04"), (2, "2025-08-20"), (2, "2025-11-03"), (None, "2025-11-05"),
    ]
    assert db.rows("select type, school_no from delivery order by all") == [
        ("meeting", 1), ("meeting", 2), ("training", 1), ("training", None),
    ]
    assert db.rows("select date::varchar from last_record") == [("2025-11-20",)]


def test_the_quarantine_tells_the_first_twenty_and_keeps_all(tmp_path: Path) -> None:
    """Sentences are told for twenty rows of a reason and hold no values; the file has every row with its text."""
    good = "".join(f"g{n},g3,2025-11-03T10:00,\n" for n in range(40))
    bad = "".join(f"b{n},secret-team,2025-11-03T10:00,=1+1\n" for n in range(25))
    files = {"log.csv": f"id,team,start,topic\n{good}{bad}short,row\n"}
    loaded = load(tmp_path, {"files": files})
    assert loaded.counts() == {"read": 66, "accepted": 40, "quarantined": 26}
    assert loaded.db.rows("select reason, rows from quarantine_count order by all") == [("unknown_team", 25), ("unreadable_row", 1)]
    assert loaded.db.one("select count(*) from quarantine where reason = 'unknown_team'") == 20
    assert not loaded.db.one("select count(*) from quarantine where sentence like '%secret%'")
    loaded.db.fence()
    assert write_quarantine(loaded.db, loaded.db.outbox / "q.csv") == 26
    rows = list(csv.DictReader((loaded.db.outbox / "q.csv").open(encoding="utf-8", newline="")))
    assert [row["row"] for row in rows] == [str(n) for n in range(41, 67)]
    assert json.loads(rows[0]["raw"]) == {"id": "b0", "team": "secret-team", "start": "2025-11-03T10:00", "topic": "=1+1"}
    assert (rows[-1]["reason"], rows[-1]["raw"]) == ("unreadable_row", "short,row")


def test_many_small_files_keep_their_order(tmp_path: Path) -> None:
    """A hundred files of a pattern: of two versions the one in the later file holds, and places name file and row."""
    files = {f"logs/{n:03}.csv": f"id,team,start,minutes\nsame,g3,2025-11-03T10:00,{n}\n{n},g3,2025-11-04T10:00,x\n" for n in range(100)}
    loaded = load(tmp_path, {"files": files, "source": {"read": "logs/*.csv"}})
    assert loaded.counts() == {"read": 200, "accepted": 101, "quarantined": 99, "bad_values": 100}
    assert loaded.events(["id", "minutes"])[0] == ["same", "99.000000"]
    assert loaded.db.rows("select place, row from bad_value where row is not null") == [(f"{n:03}.csv", 2) for n in range(20)]


def test_a_status_that_is_none_is_told_as_such(tmp_path: Path) -> None:
    """A word that is no status is told as that, not as no text, and the event is held."""
    log = "id,team,start,status\na,g3,2025-11-03T10:00,no show\nb,g3,2025-11-03T11:00,cancelled\n"
    loaded = load(tmp_path, {"files": {"log.csv": log}})
    told = loaded.db.rows("select row, sentence from bad_value where row is not null")
    assert told == [(1, "`status` (column `status`) is none of held, planned, cancelled; it counts as missing.")]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_stay_in_their_order_where_values_are_looked_up(form: str, tmp_path: Path) -> None:
    """Names of teams and addresses of people are found in the roster, and rows are still told by their number; the later version holds."""
    rows = [{"id": f"r{n % 90:02}", "team": ("Grade 4", "Grade 3", "Grade 9")[n % 3], "start": f"2025-11-03T10:{n % 60:02}", "minutes": "x" if n == 77 else n}
            for n in range(100)]  # fmt: skip
    table = "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)])
    text = table if form == "csv" else "\n".join(map(json.dumps, rows))
    source = {"read": f"log.{form}", "columns": {"team": {"column": "team", "by": "name"}}}
    loaded = load(tmp_path, {"files": {f"log.{form}": text}, "source": source})
    assert loaded.db.rows("select field, row from bad_value where row is not null") == [("minutes", 78)]
    unknown = loaded.db.rows("select row from quarantine where reason = 'unknown_team' order by row")
    assert [row for (row,) in unknown] == [n for n in range(1, 101) if n % 3 == 0][:20]
    older = loaded.db.rows("select row from quarantine where reason = 'superseded' order by row")
    assert [row for (row,) in older] == [n + 1 for n in range(10) if n % 3 != 2]


def test_bad_values_are_listed(tmp_path: Path) -> None:
    """Values that do not convert are counted per field, with the rows of the first."""
    files = {"log.csv": "id,team,start,minutes,status\na,g3,2025-11-03T10:00,x,\nb,g3,2025-11-03T10:00,y,Done\nc,g3,2025-11-03T10:00,5,held\n"}
    db = load(tmp_path, {"files": files}).db
    assert db.rows("select field, row, rows from bad_value order by all") == [
        ("minutes", 1, 1), ("minutes", 2, 1), ("minutes", None, 2), ("status", 2, 1), ("status", None, 1),
    ]


def test_measures_with_declared_fields_get_them(tmp_path: Path) -> None:
    """The fields that a plain function declares are made for it, whether or not a filter names them."""
    files = {"log.csv": LOG}
    loaded = load(tmp_path, {"files": files, "uses": ["topic", "roles", "weekday", "source", "type", "grade_count"]})
    assert loaded.events(["topic", "roles", "weekday", "source", "type", "grade_count"]) == [
        ["maths", "[general_ed]", "mon", "log", "meeting", "1"],
    ]
