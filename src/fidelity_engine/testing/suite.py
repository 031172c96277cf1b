"""A file of rule tests as frozen values: each test a small district of its own, with what the rules must say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.model.blocks import Frozen
from fidelity_engine.model.calendar import ShortCalendar
from fidelity_engine.model.rule import Period
from fidelity_engine.model.values import Count, Day, Flag, Number, Text, Texts, shown, wrong
from fidelity_engine.rulefile import Document, read_document
from fidelity_engine.rulefile.problems import Problems
from fidelity_engine.rulefile.told import read
from fidelity_engine.where import Plain

ENDING = ".test.yaml"
NO_CELL = "no_cell"
IDS = frozenset({"id", "type", "source", "school", "team", "staff", "participants", "grades", "status", "start", "end", "recorded_at"})
"""Fields whose values are text as written: `01` stays `01`."""

Row = Mapping[str, Any]
Verdict = Literal["met", "missed", "open", "at_risk", "no_data", "not_applicable", "error", "no_cell"]


def _value(key: str, raw: Any) -> Any:
    """A value of a row as the engine takes it: an unquoted number or boolean is one, except in ids."""
    if isinstance(raw, list):
        return [str(item) for item in raw]
    if not isinstance(raw, Plain) or key in IDS:
        return str(raw) if isinstance(raw, str) else raw
    if raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    return _number(str(raw))


def _number(word: str) -> Any:
    try:
        found = Decimal(word)
    except ArithmeticError:
        return word
    if not found.is_finite() or (word.startswith("0") and word.isdigit() and word != "0"):
        return word
    return int(found) if found == int(found) else found


def _row(raw: Any, convert: Callable[[str, Any], Any]) -> Row:
    if any(isinstance(value, dict) for value in raw.values()):
        raise wrong("a row holds words, numbers and lists", "Write {start: 2025-11-24T10:00, minutes: 45}.")
    return {key: convert(key, value) for key, value in raw.items() if value is not None}


def _events(raw: Any) -> tuple[Row, ...]:
    mend = "Write - {type: meeting, team: g3, start: 2025-11-24T10:00}."
    if not isinstance(raw, list):
        raise wrong(f"a list of events was expected here, not {shown(raw)}", mend)
    for index, item in enumerate(raw):
        if not isinstance(item, dict):
            raise wrong(f"an event is a map of fields, not {shown(item)}", mend, at=(index,))
        missing = [key for key in ("type", "start") if not isinstance(item.get(key), str)]
        if missing:
            raise wrong(f"the event has no `{missing[0]}`", mend, at=(index,))
    return tuple(_row(item, _value) for item in raw)


def _listing(key: str) -> BeforeValidator:
    """Rows of the roster; a word stands for a row that has nothing but an id."""

    def rows(raw: Any) -> tuple[Row, ...]:
        if not isinstance(raw, list):
            raise wrong(f"a list was expected here, not {shown(raw)}", f"Write [{{{key}: ID}}].")
        text = lambda _, value: [str(one) for one in value] if isinstance(value, list) else str(value)  # noqa: E731
        return tuple(_row(item if isinstance(item, dict) else {key: item}, text) for item in raw)

    return BeforeValidator(rows)


def _members(raw: Any) -> Any:
    """`{g3: [a, b]}` is short for a row per person."""
    if not isinstance(raw, dict):
        return raw
    return [{"team": team, "staff": one} for team, staff in raw.items() for one in (staff if isinstance(staff, list) else [staff])]


class Roster(Frozen):
    """Who is there: only what is listed."""

    schools: Annotated[tuple[Any, ...], _listing("school")] = Field(description="Ids, or rows as in the roster's file.")
    teams: Annotated[tuple[Any, ...], _listing("team")] = Field((), description="Rows as in the roster's file.")
    staff: Annotated[tuple[Any, ...], _listing("staff")] | None = Field(None, description="Rows; without them nobody is known.")
    members: Annotated[tuple[Any, ...], _listing("team"), BeforeValidator(_members)] = Field((), description="Rows, or {team: [staff]}.")


class Expected(Frozen):
    """What a rule must say of one subject in the window that holds a date; `no_cell`: that nothing is expected of it."""

    rule: Text = Field(description="The id of a rule.")
    subject: Text = Field(description="A team, school/grade, school, staff id, or `district`.")
    window: Day = Field(description="A date of the window, such as its first.")
    verdict: Verdict = Field(description="The verdict; `no_cell` where nothing is expected.")
    reason: Text | None = Field(None, description="The code that the reason begins with.")
    level: Text | None = Field(None, description="The rung that is reached.")
    required: Text | None = Field(None, description="The scaled target.")
    value: Number | None = Field(None, description="What was measured.")
    low: Number | None = Field(None, description="The least that it can be.")
    high: Number | None = Field(None, description="The most that it can be.")
    days: Count | None = Field(None, description="Instructional days that counted.")
    closes_on: Day | None = Field(None, description="The last of them.")
    due: Day | None = Field(None, description="The day after which it is judged.")
    disposition: Literal["active", "waived", "disputed"] | None = Field(None, description="Whether it is waived.")
    events: Count | None = Field(None, description="How many events matched.")


class Case(Frozen):
    """One test. What it does not say is as chapter 7 has it: every source alive, five school days a week."""

    name: Text = Field(description="What it shows, as a sentence.")
    as_of: Text | None = Field(None, description="Date or timestamp; without it everything is over.")
    period: Period | None = Field(None, description="Without it the weeks that events, closed days and expectations touch.")
    calendar: ShortCalendar = Field(default_factory=lambda: ShortCalendar.model_validate({}), description="As the short form: closed, day, terms, ...")
    roster: Roster = Field(description="Who is there.")
    events: Annotated[tuple[Any, ...], BeforeValidator(_events)] = Field((), description="What happened.")
    silent: Texts = Field((), description="Sources that are silent on every day.")
    complete: Annotated[tuple[Any, ...], _listing("source")] = Field((), description="Rows as in the file `complete:`.")
    waivers: Annotated[tuple[Any, ...], _listing("rule")] = Field((), description="Rows as in the file `waivers:`.")
    rules: Texts = Field((), description="Further rules that are evaluated, for `exhaustive`.")
    expect: tuple[Expected, ...] = Field((), description="What the rules must say.")
    exhaustive: Flag = Field(False, description="Any other missed cell of the rules named fails the test.")

    @property
    def named(self) -> tuple[str, ...]:
        """The rules that the test names."""
        return tuple(dict.fromkeys([*self.rules, *(one.rule for one in self.expect)]))


class Tests(Frozen):
    """The whole file."""

    __test__ = False

    rules: Text = Field(description="The rule file, beside this one.")
    tests: tuple[Any, ...] = Field(description="The tests.")


@dataclass(frozen=True)
class Suite:
    """One file of tests, read. `rules`: the path of its rule file."""

    path: Path
    rules: Path
    cases: Sequence[Case]
    document: Document

    def place(self, number: int, *steps: str | int) -> Place:
        """Where a test stands, or a part of it."""
        return self.document.place(("tests", number, *steps))


def read_suite(path: Path) -> Suite:
    """The tests of a file. Raises Mistakes with everything that is wrong with the file."""
    if not path.is_file():
        raise FidelityError("there is no such file of tests", str(path), "Check the path.")
    document = read_document(path)
    problems = Problems(document)
    top = read(Tests, document.data, (), problems)
    raws: Any = document.data.get("tests") or []
    listed = raws if isinstance(raws, list) else [raws]
    found = [read(Case, raw, ("tests", index), problems) for index, raw in enumerate(listed)]
    cases = [case for case in found if case is not None]
    for index, (case, raw) in enumerate(zip(found, listed, strict=True)):
        if case is not None and not raw.get("expect") and not (case.exhaustive and case.rules):
            problems.add(("tests", index), f"the test `{case.name}` expects nothing", "Add `expect:` with at least one verdict.")
    if not raws and not problems.errors:
        problems.add(("tests",), "there is no test in this file", "Begin one with `- name:`.")
    if problems.errors:
        raise Mistakes(problems.errors)
    assert top is not None
    rules = path.parent / top.rules
    if not rules.is_file():
        raise document.mistake(("rules",), f"there is no rule file `{top.rules}`", "Name it relative to this file.")
    return Suite(path, rules, cases, document)
