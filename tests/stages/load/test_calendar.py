"""The calendar: which dates are instructional for whom, counted by ordinals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from fidelity_engine.db import Database
from fidelity_engine.engine import Engine
from fidelity_engine.errors import Mistakes
from fidelity_engine.model.measure import ResponseParameters
from fidelity_engine.model.rule import ShortCalendar
from fidelity_engine.relations import CALENDAR, check
from fidelity_engine.stages.load import classes
from fidelity_engine.stages.load.calendar import distance
from fidelity_engine.stages.load.calendar_check import TermNote

HERE = Path(__file__).parent
CASES = YAML(typ="safe").load((HERE / "calendar.yaml").read_text(encoding="utf-8"))
BAD = YAML(typ="safe").load((HERE / "calendar.bad.yaml").read_text(encoding="utf-8"))
FIRST, LAST = date(2025, 9, 1), date(2025, 10, 31)
CLASS_OF = "select subject, class_no from subject where subject_kind in ('school', 'district')"


def files_of(case: dict[str, Any]) -> dict[str, str]:
    """The files that a case writes."""
    files = {name: case[name] for name in ("schools", "calendar", "terms") if name in case}
    if "schools" in case:
        files["teams"] = "team,school\ng1,lincoln\n"
    if case.get("filler"):
        commas = "," * files["calendar"].splitlines()[0].count(",")
        place = files["calendar"].splitlines()[0].split(",").index("kind")
        for n in range((LAST - FIRST).days + 1):
            day = FIRST + timedelta(days=n)
            if day.weekday() < 5 and str(day) not in {row.split(",")[0] for row in open_rows(files["calendar"])}:
                files["calendar"] += f"{day}{commas[:place]}instructional{commas[place:]}\n"
    return files


def open_rows(text: str) -> list[str]:
    """The rows of a calendar that are for all schools."""
    header = text.splitlines()[0].split(",")
    scopes = [header.index(name) for name in ("school", "calendar") if name in header]
    return [row for row in text.splitlines()[1:] if not any(row.split(",")[scope] for scope in scopes)]


def load(district: Callable[..., Any], case: dict[str, Any]) -> Any:
    """The district of a case."""
    said = {name: case[name] for name in ("short", "period") if name in case}
    if "period" in said:
        said["period"] = {key: str(value) for key, value in said["period"].items()}
    return district(files_of(case), **said)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_cases(district: Callable[..., Any], case: dict[str, Any]) -> None:
    """Dates, kinds, bells, usual weeks, ends and terms are as the case says."""
    loaded = load(district, case)
    classes = dict(loaded.rows(CLASS_OF))
    days = {(row[0], row[1]): row[2:] for row in loaded.rows(
        "select class_no, date, instructional, counts, kind, bell_start, bell_end from day")}
    for key, column, expected in (
        ("instructional", 0, True), ("closed", 0, False), ("counts", 1, True), ("not_counts", 1, False),
    ):
        for school, listed in case.get(key, {}).items():
            assert {day: days[classes[school], day][column] for day in listed} == dict.fromkeys(listed, expected), (key, school)
    for school, kinds in case.get("kind", {}).items():
        assert {day: days[classes[school], day][2] for day in kinds} == kinds
    for school, bells in case.get("bells", {}).items():
        assert {day: list(days[classes[school], day][3:]) for day in bells} == bells
    for key in ("usual_week", "ends_on"):
        found = dict(loaded.rows(f"select class_no, {key} from calendar_class"))
        assert {school: found[classes[school]] for school in case.get(key, {})} == case.get(key, {})
    for school, terms in case.get("terms_of", {}).items():
        assert [term for (term,) in loaded.rows(f"select term from term where class_no = {classes[school]} order by from_date")] == terms


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["says"])
def test_bad(district: Callable[..., Any], tmp_path: Path, case: dict[str, Any]) -> None:
    """Every mistake of a calendar is told at once, with its place and its mend."""
    with pytest.raises(Mistakes) as caught:
        load(district, case)
    assert str(caught.value).splitlines() == [line.replace("{}", str(tmp_path)) for line in case["mistakes"]]


def test_relations(district: Callable[..., Any]) -> None:
    """The calendar's relations have the columns that the next stages read."""
    loaded = district()
    for relation, columns in CALENDAR.items():
        check(loaded.db, relation, columns)


def test_schools_with_the_same_calendar_share_a_class(district: Callable[..., Any]) -> None:
    """Classes differ by rows of their own, terms of their own and time zone, and by nothing else."""
    loaded = district({
        "schools": "school,timezone\na,\nb,\nc,America/Chicago\nd,\ne,\nf,\ng,\n",
        "teams": "team,school\nt,a\n",
        "calendar": "date,school,kind\n2025-09-01,,instructional\n2025-10-31,,instructional\n"
                    "2025-09-03,d,weather\n2025-09-03,e,weather\n",
        "terms": "term,from,until,school\nT,2025-09-01,2025-10-31,\nU,2025-09-01,2025-10-31,f\nU,2025-09-01,2025-10-31,g\n",
    })
    groups: dict[int, str] = {}
    for school, class_no in loaded.rows("select school, class_no from school order by school"):
        groups[class_no] = groups.get(class_no, "") + school
    assert sorted(groups.values()) == ["ab", "c", "de", "fg"]


DATE, BELL = st.sampled_from(["2025-09-03", "2025-09-04"]), st.sampled_from(["", "08:00", "09:00"])
ROW = st.tuples(DATE, st.sampled_from(["weather", "partial", "instructional"]), BELL)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_classes_of_long_calendars_are_those_of_short_ones(district: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    """Whether the rows of a school are listed or added up: the same schools share a class, also where the order of two rows tells."""
    rows = data.draw(st.lists(ROW, min_size=1, max_size=4))
    of_school = {"a": rows, "b": data.draw(st.permutations(rows)), "c": data.draw(st.permutations(rows)), "d": data.draw(st.lists(ROW, max_size=4))}
    written = "".join(f"{day},{school},{kind},{bell}\n" for school, theirs in of_school.items() for day, kind, bell in theirs)
    files = {
        "schools": "school\na\nb\nc\nd\n", "teams": "team,school\nt,a\n",
        "calendar": f"date,school,kind,day_start\n2025-09-01,,instructional,\n2025-10-31,,instructional,\n{written}",
    }
    asked = "select school, min(school) over (partition by class_no) from school order by school"
    monkeypatch.setattr(classes, "MANY", 100_000)
    listed = district(files).rows(asked)
    monkeypatch.setattr(classes, "MANY", 0)
    assert district(files).rows(asked) == listed


def test_last_day_over_is_that_of_the_zone(district: Callable[..., Any]) -> None:
    """A school farther west lags a day behind on a date, and the district waits for it."""
    loaded = district({"schools": "school,timezone\na,\nb,America/Chicago\n", "teams": "team,school\nt,a\n"}, as_of="2025-09-10")
    over = dict(loaded.rows("select s.subject, c.last_over from subject s join calendar_class c using (class_no)"))
    assert over["a"] == date(2025, 9, 10)
    assert over["b"] == over["district"] == date(2025, 9, 9)


def test_usual_week_can_be_fixed(district: Callable[..., Any]) -> None:
    """Rule tests judge by a usual week of five days, whatever their calendar."""
    loaded = district(short={"weekdays": ["mon", "tue"]}, usual_week=5)
    assert set(loaded.rows("select usual_week from calendar_class")) == {(5,)}


def test_stated_days_that_differ_are_noted(district: Callable[..., Any]) -> None:
    """A stated total that differs from the dates is a note: once for all schools, or per school."""
    rows = "date,school,kind\n2025-09-01,,instructional\n2025-09-02,,instructional\n2025-10-31,,instructional\n2025-09-02,lincoln,weather\n"
    terms = "term,from,until,days\nT1,2025-09-01,2025-09-30,2\nT2,2025-10-01,2025-10-31,9\n"
    assert district({"calendar": rows, "terms": terms}).info.term_notes == [
        TermNote("T1", "lincoln", 2, 1), TermNote("T2", None, 9, 1),
    ]


def test_a_rule_by_terms_needs_terms(district: Callable[..., Any]) -> None:
    """A rule with `each: term` and a calendar without terms is a mistake, not an empty grid; one that is off needs none."""
    rule = {
        "id": "a.b", "title": "t", "expect": {"of": "team", "each": "term"}, "measure": {"kind": "count", "parameters": None},
        "judge": {"direction": "at_least"},
    }
    with pytest.raises(Mistakes, match="no terms"):
        district(rules=(rule,))
    assert district(rules=(rule | {"mode": "off"},)).rows("select count(*) from day") != [(0,)]


def test_given_rows_stand_in_place_of_files(district: Callable[..., Any]) -> None:
    """Calendar rows may be given as mappings or Arrow data, with dates as dates."""
    arrow = pytest.importorskip("pyarrow")
    rows = [{"date": FIRST, "school": None, "kind": "instructional"}, {"date": LAST, "school": None, "kind": "make_up"}]
    for data in (rows, arrow.Table.from_pylist(rows)):
        loaded = district(given={"calendar": data})
        assert loaded.rows("select date from day where instructional and class_no = 1 order by date") == [(FIRST,), (LAST,)]


def test_a_short_calendar_can_be_given(district: Callable[..., Any]) -> None:
    """The short form in place of a calendar file, as rule tests have it."""
    loaded = district(given={"calendar": ShortCalendar.model_validate({"closed": ["2025-09-01..2025-10-30"]})})
    assert loaded.rows("select date from day where instructional and class_no = 1") == [(LAST,)]


SHORT = """fidelity: 1
timezone: America/Detroit
period: {from: 2025-09-01, until: 2025-10-31}
roster: {schools: schools.csv, teams: teams.csv}
calendar:
  closed_for: {roosevelt: [2025-10-01]}
  terms: {fall: 2025-09-01..2025-10-10, winter: 2025-10-06..2025-10-24, spring: 2026-01-05..2026-06-12}
evidence: {log: {read: log.csv, delivers: meeting, coverage: always}}
rules:
  - {id: a.b, title: T, expect: {of: team, each: term}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
"""


def test_mistakes_of_the_short_form_have_their_place(tmp_path: Path) -> None:
    """Terms of the rule file that overlap, or without a day of school, stand where the file says them; given ones are rows."""
    files = {"schools": "school\nlincoln\n", "teams": "team,school\ng1,lincoln\n", "log": "id,start,team\n"}
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    engine = Engine.from_text(SHORT, tmp_path, "r.yaml")
    with pytest.raises(Mistakes) as caught:
        engine.evaluate(as_of="2025-10-31")
    assert [str(error).partition(". ")[0] for error in caught.value.errors] == [
        "r.yaml:6:16: unknown school 'roosevelt'", "r.yaml:7:49: term 'winter' overlaps with term 'fall'",
        "r.yaml:7:81: term 'spring' has no instructional days at school lincoln"]
    with pytest.raises(Mistakes) as caught:
        engine.evaluate(as_of="2025-10-31", roster={"terms": [{"term": "a", "from": "2025-09-05", "until": "2025-09-01"}]})
    assert "terms:row 1: term 'a' ends before it begins." in str(caught.value)


def test_short_bells_are_for_schools_without_their_own(district: Callable[..., Any]) -> None:
    """`day` of the short form fills in where a school says no bell time."""
    files = {"schools": "school,day_start,day_end\na,,\nb,07:30,\n", "teams": "team,school\nt,a\n"}
    loaded = district(files, short={"day": ["08:15", "15:10"]})
    assert loaded.rows("select school, day_start, day_end from school order by 1") == [("a", 495, 910), ("b", 450, 910)]


def test_the_days_reach_as_far_as_the_rules(district: Callable[..., Any]) -> None:
    """`day` begins before the earliest date that a rule looks at and ends long after the period."""
    over = {"kind": "from", "start": date(2025, 7, 1)}
    rule = {
        "id": "a.b", "title": "t", "expect": {"of": "team", "each": "week"}, "judge": {"direction": "at_least"},
        "measure": {"kind": "count", "parameters": Parameters(over)},
    }
    loaded = district(rules=(rule,))
    assert loaded.info.span.first <= date(2025, 7, 1)
    assert loaded.info.span.last >= LAST + timedelta(days=400)
    assert loaded.rows("select distinct min(date), max(date) from day group by class_no") == [
        (loaded.info.span.first, loaded.info.span.last)]


class Parameters:
    """The parameters of a measure, as far as the calendar looks at them."""

    within = None

    def __init__(self, over: dict[str, Any]) -> None:
        self.over = type("Over", (), {"weeks": None, **over})


KINDS = ("instructional", "make_up", "partial", "holiday", "weather", "teacher_only", "other")
ROWS = st.lists(
    st.tuples(st.integers(-10, 80), st.sampled_from([None, "lincoln", "roosevelt"]), st.sampled_from(KINDS)), max_size=80)


def plain_calendar(rows: list[tuple[int, str | None, str]], schools: list[str]) -> set[tuple[str, date]]:
    """The instructional dates of each school, by plain loops."""
    found = set()
    for school in schools:
        for n in range(-40, 600):
            said = [(who, kind) for at, who, kind in rows if at == n and kind != "other"]
            own = [kind for who, kind in said if who == school]
            kinds = own or [kind for who, kind in said if who is None]
            if any(k in KINDS[:3] for k in kinds) and not any(k in KINDS[3:6] for k in kinds):
                found.add((school, FIRST + timedelta(days=n)))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.data())
def test_ordinals_count_like_a_loop(district: Callable[..., Any], rows: list[Any], data: st.DataObject) -> None:
    """ord(b) - ord(a - 1) is the number of instructional dates from a to b, for schools, their union, and any two dates."""
    rows = [(0, None, "instructional"), (60, None, "instructional"), *rows]
    loaded = district(given={"calendar": [
        {"date": FIRST + timedelta(days=n), "school": school, "kind": kind} for n, school, kind in rows]})
    schools = ["lincoln", "roosevelt"]
    plain = plain_calendar(rows, schools)
    plain |= {("district", day) for _, day in plain}
    classes = dict(loaded.rows(CLASS_OF))
    ends = dict(loaded.rows("select class_no, ends_on from calendar_class"))
    ords = {(c, day): n for c, day, n in loaded.rows("select class_no, date, ord from day")}
    for who in [*schools, "district"]:
        class_no = classes[who]
        last = min(ends[classes[school]] for school in schools) if who == "district" else ends[class_no]
        one, two = sorted(data.draw(st.tuples(*[st.dates(FIRST - timedelta(days=5), last)] * 2)))
        counted = sum(owner == who and one <= day <= two for owner, day in plain)
        assert ords[class_no, two] - ords[class_no, one - timedelta(days=1)] == counted


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_usual_week_like_a_counter(district: Callable[..., Any], rows: list[Any]) -> None:
    """The usual week is what counting the full weeks of the period by hand gives."""
    rows = [(0, None, "instructional"), (60, None, "instructional"), *rows]
    loaded = district(given={"calendar": [
        {"date": FIRST + timedelta(days=n), "school": school, "kind": kind} for n, school, kind in rows]})
    plain = plain_calendar(rows, ["lincoln"])
    weeks = Counter(day - timedelta(days=day.weekday()) for _, day in plain if FIRST <= day <= date(2025, 10, 26))
    sizes = Counter(weeks.values())
    usual = max(sizes, key=lambda size: (sizes[size], size), default=5)
    found = loaded.rows("select c.usual_week from calendar_class c join school s using (class_no) where s.school = 'lincoln'")
    assert found == [(usual,)]


def test_database_keeps_its_order_setting(district: Callable[..., Any], database: Database) -> None:
    """Reading in the order of files does not stay switched on for the stages that follow."""
    district()
    assert database.one("select current_setting('preserve_insertion_order')") is False


@pytest.mark.parametrize("unit", ["instructional_days", "days"])
def test_the_days_reach_as_far_as_an_answer_may_take(unit: str) -> None:
    """The dates of a run go on for as long as a rule waits for an answer."""
    asked = ResponseParameters.model_validate({"after": {"event": "need"}, "answer": {"event": "training"}, "within": {unit: 400}})
    assert distance(2, 10, asked) == 400
    assert distance(2, 10, object()) == 10
