"""The roster: who is expected, where, and on which dates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from fidelity_engine.db import Database
from fidelity_engine.errors import Mistakes
from fidelity_engine.model.rule import RosterFiles
from fidelity_engine.relations import ROSTER, check
from fidelity_engine.stages.load.cells import WEEKDAYS
from fidelity_engine.stages.load.subjects import merged

HERE = Path(__file__).parent
CASES = YAML(typ="safe").load((HERE / "roster.yaml").read_text(encoding="utf-8"))
BAD = YAML(typ="safe").load((HERE / "roster.bad.yaml").read_text(encoding="utf-8"))
FILES = ("schools", "teams", "staff", "members", "calendar")


def load(district: Callable[..., Any], case: dict[str, Any]) -> Any:
    """The district of a case."""
    return district({name: case[name] for name in FILES if name in case}, name="Example")


def span_text(loaded: Any, first: date, last: date) -> str:
    """A span as a case writes it."""
    ends = loaded.info.span
    return f"{'first' if first == ends.first else first}..{'last' if last == ends.last else last}"


def spans_of(loaded: Any) -> dict[str, list[str]]:
    """Subject → its spans."""
    found: dict[str, list[str]] = {}
    for kind, subject, first, last in loaded.rows(
        "select subject_kind, subject, from_date, until_date from subject left join span using (subject_no) order by all"
    ):
        found.setdefault(f"{kind} {subject}", []).extend([span_text(loaded, first, last)] if first else [])
    return found


def members_of(loaded: Any) -> dict[str, list[str]]:
    """Subject → who is active in it when."""
    found: dict[str, list[str]] = {key: [] for key in spans_of(loaded)}
    for kind, subject, staff, first, last, bits, expected in loaded.rows(
        "select subject_kind, subject, staff, from_date, until_date, weekdays, expected"
        " from member join subject using (subject_no) join person using (staff_no) order by all"
    ):
        days = ";".join(name for place, name in enumerate(WEEKDAYS) if bits >> place & 1)
        words = [staff, span_text(loaded, first, last), "" if bits == 127 else days, "" if expected else "not expected"]
        found[f"{kind} {subject}"].append(" ".join(word for word in words if word))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_cases(district: Callable[..., Any], case: dict[str, Any]) -> None:
    """Subjects, spans, members, schools and calendars are as the case says."""
    loaded = load(district, case)
    if "subjects" in case:
        found = loaded.rows("select subject_kind, subject, name, school, students, grades from subject order by subject_no")
        assert [list(row) for row in found] == case["subjects"]
    spans, members = spans_of(loaded), members_of(loaded)
    assert {key: spans[key] for key in case.get("spans", {})} == case.get("spans", {})
    wanted = {key: sorted(rows) for key, rows in case.get("members_of", {}).items()}
    assert {key: sorted(members[key]) for key in wanted} == wanted
    at: dict[str, list[str]] = {}
    for kind, subject, school in loaded.rows(
        "select j.subject_kind, j.subject, s.school from subject j join subject_school using (subject_no)"
        " join school s on s.school_no = subject_school.school_no order by all"
    ):
        at.setdefault(f"{kind} {subject}", []).append(school)
    assert {key: at[key] for key in case.get("schools_of", {})} == case.get("schools_of", {})
    classes = {f"{kind} {subject}": n for kind, subject, n in loaded.rows("select subject_kind, subject, class_no from subject")}
    assert all(len({classes[key] for key in group}) == 1 for group in case.get("same_class", ()))
    assert all(len({classes[key] for key in group}) == len(group) for group in case.get("other_class", ()))
    schools = {school: (start, end, grades) for school, start, end, grades in loaded.rows(
        "select school, day_start, day_end, grades from school")}
    assert {key: list(schools[key][:2]) for key in case.get("bells", {})} == case.get("bells", {})
    assert {key: schools[key][2] for key in case.get("grades_of", {})} == case.get("grades_of", {})


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["says"])
def test_bad(district: Callable[..., Any], case: dict[str, Any]) -> None:
    """Every mistake of a roster is told at once, with its row and its mend."""
    with pytest.raises(Mistakes) as caught:
        load(district, case)
    assert sorted(str(caught.value).splitlines()) == sorted(case["mistakes"])


def test_mistakes_come_in_the_order_of_their_rows(district: Callable[..., Any]) -> None:
    """Row 10 comes after row 9, as in the file."""
    rows = "".join(f"t{n},nowhere\n" for n in range(12))
    with pytest.raises(Mistakes) as caught:
        district({"teams": f"team,school\n{rows}"})
    assert [error.where.line for error in caught.value.errors] == list(range(1, 13))


def test_many_mistakes_of_one_kind_are_counted(district: Callable[..., Any]) -> None:
    """A file in which every row is wrong does not fill the screen."""
    rows = "".join(f"t{n},nowhere\n" for n in range(1000))
    with pytest.raises(Mistakes) as caught:
        district({"teams": f"team,school\n{rows}"})
    assert len(caught.value.errors) == 201
    assert "800 more rows" in str(caught.value)


def test_relations(district: Callable[..., Any]) -> None:
    """The roster's relations have the columns that the next stages read, with and without staff."""
    for files in ({}, {"staff": "staff,school\np1,lincoln\n", "members": "team,staff\ng1,p1\n"}):
        loaded = district(files)
        for relation, columns in ROSTER.items():
            check(loaded.db, relation, columns)


def test_numbers_are_dense_and_in_the_order_of_ids(district: Callable[..., Any]) -> None:
    """Schools, staff and subjects are numbered from one without gaps, by id."""
    loaded = district({
        "schools": "school,grades\nz,1\na,2;1\n", "teams": "team,school\ny,z\nb,a\n", "staff": "staff,school\nq,a\nc,z\nq,z\n",
    })
    assert loaded.rows("select school_no, school from school order by school_no") == [(1, "a"), (2, "z")]
    assert loaded.rows("select staff_no, staff from person order by staff_no") == [(1, "c"), (2, "q")]
    subjects = loaded.rows("select subject_no, subject from subject order by subject_no")
    assert [number for number, _ in subjects] == list(range(1, len(subjects) + 1))
    assert [subject for _, subject in subjects] == ["b", "y", "a/01", "a/02", "z/01", "a", "z", "c", "q", "district"]


def test_attributes(district: Callable[..., Any]) -> None:
    """Roster columns are attributes: text, but for lists, dates and students; a declared type holds."""
    loaded = district({
        "schools": "school,grades,school_level,students,region\nlincoln,1;2,elementary,300,north\n",
        "teams": "team,school,kind,grades,students,stage,tags,hours\ng1,lincoln,grade-level,1,84,new,a;b,1.5\n",
        "staff": "staff,school,roles,union\np1,lincoln,coach;general_ed,yes\n",
    }, roster=RosterFiles.model_validate({
        "schools": "schools.csv", "staff": "staff.csv",
        "teams": {"read": "teams.csv", "columns": {"tags": {"column": "tags", "split": ";"}, "hours": {"column": "hours", "type": "number"}}},
    }))
    assert loaded.info.attributes["team"] == {
        "school_level": "text", "team": "text", "name": "text", "school": "text", "kind": "text", "grades": "list", "from": "date",
        "until": "date", "students": "number", "stage": "text", "tags": "list", "hours": "number",
    }
    assert loaded.rows('select students, stage, tags, hours, school_level, grades from attribute_team') == [
        (84, "new", ["a", "b"], pytest.approx(1.5), "elementary", ["01"])]
    assert loaded.rows("select grade, grades, region, school from attribute_grade order by 1") == [
        ("01", ["01"], "north", "lincoln"), ("02", ["02"], "north", "lincoln")]
    assert loaded.rows('select staff, roles, "union", school_level, from_date, until_date from attribute_staff') == [
        ("p1", ["coach", "general_ed"], "yes", "elementary", date(1900, 1, 1), date(2200, 12, 31))]
    for kind, attributes in loaded.info.attributes.items():
        dates = {"from_date", "until_date"} if kind == "staff" else set()
        assert {"subject_no", *attributes} == set(loaded.db.columns(f"attribute_{kind}")) - dates, kind


def test_columns_are_mapped(district: Callable[..., Any]) -> None:
    """Fields come from the columns that the rule file names: renamed, translated, constant, split, or by a date format."""
    loaded = district(
        {"teams": "Code,Campus,Type,Start,Grades,name\n'01,Lincoln Elementary,GL,9/15/2025,1|2,Team\n"},
        roster=RosterFiles.model_validate({"schools": "schools.csv", "teams": {"read": "teams.csv", "columns": {
            "team": "Code", "school": {"column": "Campus", "map": {"Lincoln Elementary": "lincoln"}},
            "kind": {"column": "Type", "map": {"GL": "grade-level"}}, "from": {"column": "Start", "format": "%m/%d/%Y"},
            "grades": {"column": "Grades", "split": "|"}, "stage": {"value": "new"},
        }}}),
    )
    assert loaded.rows('select team, name, school, kind, "from", grades, stage from attribute_team') == [
        ("01", "Team", "lincoln", "grade-level", date(2025, 9, 15), ["01", "02"], "new")]
    assert "Type" not in loaded.info.attributes["team"]


def test_a_format_reads_times_of_the_day(district: Callable[..., Any]) -> None:
    """Bell times are read as the declared format says, and what it does not fit is a mistake."""
    bells = {name: {"column": name, "format": "%I:%M %p"} for name in ("day_start", "day_end")}
    text = "school,day_start,day_end\nlincoln,8:05 AM,3:10 PM\nroosevelt,{},\n"
    loaded = district({"schools": text.format("")}, roster={"schools": {"read": "schools.csv", "columns": bells}, "teams": {"read": "teams.csv"}})
    assert loaded.rows("select day_start, day_end from school order by school") == [(485, 910), (None, None)]
    with pytest.raises(Mistakes, match="day_start '08:00' cannot be read"):
        district({"schools": text.format("08:00")}, roster={"schools": {"read": "schools.csv", "columns": bells}, "teams": {"read": "teams.csv"}})


def test_a_mapped_column_must_be_there(district: Callable[..., Any]) -> None:
    """A column that the rule file names and the file lacks is a mistake."""
    files = {"schools": "schools.csv", "teams": {"read": "teams.csv", "columns": {"kind": "typ"}}}
    with pytest.raises(Mistakes, match="no column 'typ'"):
        district(roster=RosterFiles.model_validate(files))


def test_a_missing_file_is_a_mistake_with_the_others(district: Callable[..., Any]) -> None:
    """Files that are not there are told with all other mistakes, not one by one."""
    files = {"schools": "missing.csv", "teams": "teams.csv", "staff": "gone.csv"}
    with pytest.raises(Mistakes) as caught:
        district({"teams": "team,school,from\ng1,lincoln,soon\n"}, roster=RosterFiles.model_validate(files))
    told = str(caught.value)
    assert "missing.csv" in told
    assert "gone.csv" in told
    assert "from 'soon'" in told
    assert "unknown school" not in told


def test_a_file_without_reader_is_a_mistake(district: Callable[..., Any], tmp_path: Path) -> None:
    """A format that no reader knows, and a reader that does not exist, are named."""
    (tmp_path / "teams.doc").write_text("x")
    files = {"schools": {"read": "schools.csv", "reader": "scroll"}, "teams": "teams.doc"}
    with pytest.raises(Mistakes) as caught:
        district(roster=RosterFiles.model_validate(files))
    assert "unknown reader 'scroll'" in str(caught.value)
    assert "'.doc'" in str(caught.value)


ROWS = {
    "schools": [{"school": "lincoln", "grades": ["1", "K"], "students": 300}],
    "teams": [{"team": "g1", "school": "lincoln", "from": date(2025, 9, 15), "stage": "new"}],
    "staff": [{"staff": "p1", "school": "lincoln", "roles": ["coach", "general_ed"]}],
    "members": [{"team": "g1", "staff": "p1", "weekdays": ["mon"], "expected": False}],
}


@pytest.mark.parametrize("form", ["mappings", "arrow"])
def test_given_rows_stand_in_place_of_files(district: Callable[..., Any], form: str) -> None:
    """Rows may be given as mappings or Arrow data; lists, dates, numbers and booleans are understood."""
    rows: dict[str, Any] = dict(ROWS)
    if form == "arrow":
        arrow = pytest.importorskip("pyarrow")
        rows = {name: arrow.Table.from_pylist(listed) for name, listed in ROWS.items()}
    loaded = district(given=rows, roster=None)
    assert loaded.rows("select students, grades from school") == [(300, ["01", "KG"])]
    assert spans_of(loaded)["team g1"] == ["2025-09-15..last"]
    assert members_of(loaded)["team g1"] == ["p1 first..last mon not expected"]
    assert loaded.info.counts == {"schools": 1, "teams": 1, "staff": 1, "members": 1, "calendar": 61, "terms": 0}
    assert (loaded.info.has_staff, loaded.info.has_members) == (True, True)


def test_given_lists_may_be_empty_or_absent(district: Callable[..., Any]) -> None:
    """A rule test about a school needs no team."""
    for rows in ({"schools": [{"school": "a"}], "teams": []}, {"schools": [{"school": "a"}]}):
        loaded = district(given=rows, roster=None)
        assert loaded.rows("select subject from subject order by 1") == [("a",), ("district",)]
        assert (loaded.info.has_staff, loaded.info.has_members) == (False, False)


def test_members_without_staff_are_unknown(district: Callable[..., Any]) -> None:
    """Without staff, what needs staff is unknown: memberships alone expect nobody and are no mistake."""
    loaded = district({"members": "team,staff\ng1,p1\n"})
    assert loaded.rows("select * from member") == []
    assert (loaded.info.has_staff, loaded.info.has_members) == (False, False)


def test_no_roster_is_a_mistake(district: Callable[..., Any]) -> None:
    """A rule file without a roster, and no rows in its place."""
    with pytest.raises(Mistakes, match="no roster"):
        district(roster=None)


def test_a_hostile_cell_stays_text(district: Callable[..., Any]) -> None:
    """Quotes in ids, names and column names do no harm."""
    loaded = district({
        "schools": "school,name\nlin'coln,\"x'); drop table school; --\"\n",
        "teams": "team,school,\"odd \"\" column\"\n\"g\"\"1\",lin'coln,1\n",
    })
    assert loaded.rows("select team, \"odd \"\" column\" from attribute_team") == [('g"1', "1")]
    assert loaded.rows("select name from school") == [("x'); drop table school; --",)]


SPANS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 25), st.integers(0, 12)).map(lambda t: (t[0], t[1], t[1] + t[2])), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SPANS)
def test_merged_spans_hold_the_same_dates(database: Database, spans: list[tuple[int, int, int]]) -> None:
    """Merged spans are disjoint, no two touch, and they hold exactly the dates of their pieces."""
    day = date(2025, 9, 1)
    values = {"k": [key for key, _, _ in spans], "f": [day + timedelta(days=a) for _, a, _ in spans],
              "u": [day + timedelta(days=b) for _, _, b in spans]}
    pieces = "select unnest($k::integer[]) as k, unnest($f::date[]) as from_date, unnest($u::date[]) as until_date"
    found = sorted(database.rows(merged(pieces, "k"), values))
    dates = {(key, day + timedelta(days=n)) for key, a, b in spans for n in range(a, b + 1)}
    assert {(key, first + timedelta(days=n)) for key, first, last in found for n in range((last - first).days + 1)} == dates
    for (key, _, last), (other, first, _) in pairwise(found):
        assert key != other or first > last + timedelta(days=1)


ASSIGNED = st.lists(
    st.tuples(st.sampled_from(["p1", "p2"]), st.sampled_from(["lincoln", "roosevelt"]), st.integers(0, 50), st.integers(0, 15)),
    min_size=1, max_size=6)
JOINED = st.lists(st.tuples(st.sampled_from(["p1", "p2"]), st.integers(0, 50), st.integers(0, 20)), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ASSIGNED, JOINED)
def test_membership_like_a_loop(district: Callable[..., Any], assigned: list[Any], joined: list[Any]) -> None:
    """On each date the members of a team and of a school are those that plain loops over the rows find."""
    first = date(2025, 9, 1)
    on = lambda n: first + timedelta(days=n)  # noqa: E731
    people = {staff for staff, *_ in assigned}
    joined = [row for row in joined if row[0] in people]
    loaded = district(given={
        "staff": [{"staff": p, "school": s, "from": on(a), "until": on(a + n)} for p, s, a, n in assigned],
        "members": [{"team": "g1", "staff": p, "from": on(a), "until": on(a + n)} for p, a, n in joined],
    })
    members = loaded.rows(
        "select subject_kind, subject, staff, from_date, until_date from member join subject using (subject_no)"
        " join person using (staff_no)")
    for n in range(0, 70, 3):
        day = on(n)
        active = [(p, s) for p, s, a, length in assigned if a <= n <= a + length]
        team = [p for p, a, length in joined if a <= n <= a + length and p in {q for q, _ in active}]
        found = [(subject, p) for _, subject, p, start, end in members if start <= day <= end]
        assert sorted(p for subject, p in found if subject == "g1") == sorted(team)
        assert {p for subject, p in found if subject == "lincoln"} == {p for p, s in active if s == "lincoln"}
        assert {p for subject, p in found if subject == "district"} == {p for p, _ in active}
        assert len([1 for subject, _ in found if subject == "district"]) == len({p for p, _ in active})


def test_files_of_every_format_say_the_same(district: Callable[..., Any], tmp_path: Path) -> None:
    """csv, jsonl, json and parquet of the same teams give the same relation; JSON and parquet values keep their type."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [
        {"team": "007", "school": "lincoln", "grades": ["1", "K"], "from": "2025-09-15", "students": 20, "hours": 1.5, "isnew": True},
        {"team": "g2", "school": "lincoln", "grades": None, "from": None, "students": None, "hours": None, "isnew": None},
    ]
    (tmp_path / "teams.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (tmp_path / "teams.json").write_text(json.dumps(rows))
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "teams.parquet")
    (tmp_path / "teams.tsv").write_text("team\tschool\tgrades\tfrom\tstudents\n'007\tlincoln\t1;K\t2025-09-15\t20\ng2\tlincoln\t\t\t\n")
    query = 'select team, grades, "from", students from attribute_team order by team'
    for form in ("jsonl", "json", "parquet", "tsv"):
        loaded = district(roster=RosterFiles.model_validate({"schools": "schools.csv", "teams": f"teams.{form}"}))
        assert loaded.rows(query) == [("007", ["01", "KG"], date(2025, 9, 15), 20), ("g2", None, None, None)], form
        types = loaded.info.attributes["team"]
        assert form == "tsv" or (types["hours"], types["isnew"]) == ("number", "boolean"), form


@pytest.mark.parametrize(
    ("name", "text", "row"),
    [
        ("teams.csv", "team,school\na,lincoln\nb,lincoln,extra\nc,lincoln\n", "teams.csv:row 2"),
        ("teams.csv", 'team,school\n"a,lincoln\n', "teams.csv:row 1"),
        ("teams.jsonl", '{"team": "a", "school": "lincoln"}\n{"team": \n', "teams.jsonl:row 2"),
    ],
)
def test_a_row_that_cannot_be_taken_apart_ends_the_run(
    district: Callable[..., Any], tmp_path: Path, name: str, text: str, row: str
) -> None:
    """Half a roster accuses: a damaged row is a mistake with its place, never skipped."""
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / name).write_text(text)
    with pytest.raises(Mistakes) as caught:
        district(roster=RosterFiles.model_validate({"schools": "schools.csv", "teams": f"damaged/{name}"}))
    assert f"damaged/{row}: " in str(caught.value)
