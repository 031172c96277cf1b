"""The district that a rule test describes: a rule set, a roster, a calendar and events in place of files."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.judging import needed
from fidelity_engine.model.calendar import ShortCalendar
from fidelity_engine.model.rule import ColumnSpec, Coverage, Period, Rule, RuleSet, SourceSpec
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.stages.load.needs import needs_of
from fidelity_engine.testing.suite import Case, Suite
from fidelity_engine.underway import Rehearsal

USUAL_WEEK = 5
BELLS = ("08:00", "15:30")
AFTERWARDS = timedelta(30)
"""So long after the period a test without `as_of` looks back: everything is over then."""


@dataclass(frozen=True)
class District:
    """What an evaluation takes in place of files."""

    ruleset: RuleSet
    given: Mapping[str, Any]
    events: Mapping[str, Any]
    as_of: str | date
    rehearsal: Rehearsal
    touched: tuple[date, date]
    """First and last date of the weeks that the test speaks of: where `exhaustive` looks."""
    whole: bool
    """Whether the period was said by the test, so that windows cut by it are meant."""


def district_of(suite: Suite, number: int, ruleset: RuleSet, kinds: Mapping[str, MeasureKind]) -> District:
    """The district of one test. Raises Mistakes where it names rules, sources or types that do not exist."""
    case = suite.cases[number]
    _names_exist(suite, number, ruleset)
    rules = needed(ruleset.rules, kinds, case.named)
    touched = _weeks(_spoken_of(case))
    period = case.period or _period(case, rules, touched)
    touched = (period.start, period.end) if case.period else touched
    restricted = _restricted(ruleset, case, rules, period)
    rows = {"schools": case.roster.schools, "teams": case.roster.teams, "waivers": case.waivers, "complete": case.complete}
    if case.roster.staff is not None:
        rows |= {"staff": case.roster.staff, "members": case.roster.members}
    return District(
        restricted,
        {**{name: list(found) for name, found in rows.items()}, "calendar": _calendar(case.calendar, period, rules)},
        _events(restricted, case), case.as_of or period.end + AFTERWARDS,
        Rehearsal(None if case.period else USUAL_WEEK, _silent(ruleset, case.silent)), touched, case.period is not None,
    )


def _restricted(ruleset: RuleSet, case: Case, rules: Iterable[Rule], period: Period) -> RuleSet:
    """The rule file with the test's rules, period and roster, without papers, every source always covered."""
    chosen = tuple(_rehearsed(rule, at_once=case.period is None) for rule in rules)
    wanted = {event["type"] for event in case.events} | set(needs_of(ruleset, chosen).types)
    evidence = {
        name: _by_field(spec) for name, spec in ruleset.evidence.items() if wanted & set(spec.delivers)
    }
    roster = ruleset.roster
    if roster and case.roster.staff is None:
        roster = roster.model_copy(update={"staff": None, "members": None})
    return ruleset.model_copy(update={
        "rules": chosen, "period": period, "as_of": None, "evidence": evidence, "roster": roster, "calendar": None,
        "owners": None, "complete": None, "waivers": None, "decisions": None,
    })  # fmt: skip


def _by_field(spec: SourceSpec) -> SourceSpec:
    """The source for rows that have the fields' own names: their declared types hold, how a file writes them does not."""
    columns = {
        field: said if said.column is None else ColumnSpec.model_validate({"column": field, "type": said.type})
        for field, said in spec.columns.items()
    }
    kind = ColumnSpec.model_validate({"column": "type"}) if spec.type else None
    alive = Coverage.model_construct(always=True)
    return spec.model_copy(update={"columns": columns, "type": kind, "coverage": alive, "only": {}, "one_event_per": None, "optional": True})


def _rehearsed(rule: Rule, at_once: bool) -> Rule:
    """The rule without its adjustments, whose events a test need not know."""
    expect = rule.expect.model_copy(update={"starts_after": 0}) if at_once else rule.expect
    return rule.model_copy(update={"expect": expect, "adjust": ()})


def _silent(ruleset: RuleSet, named: Iterable[str]) -> list[str]:
    """The sources that are silent: those named, and those that live `with` them."""
    base = {name: spec.coverage.with_ for name, spec in ruleset.evidence.items()}
    found = list(named)
    for name in found:
        found += [other for other, lives_with in base.items() if lives_with == name and other not in found]
    return found


# --- the period -------------------------------------------------------------------------------------------------------


def _period(case: Case, rules: Iterable[Rule], touched: tuple[date, date]) -> Period:
    """The weeks that are touched, and so much more that the windows of expectations are whole."""
    each = {rule.id: rule.expect.each for rule in rules}
    windows = [day for one in case.expect for day in _window(one.window, each[one.rule].unit, each[one.rule].weeks)]
    start, end = _weeks([*touched, *windows])
    return Period.model_construct(start=start, end=end)


def _spoken_of(case: Case) -> list[date]:
    """The dates of events, closed days, terms and expectations."""
    found = [date.fromisoformat(str(event["start"])[:10]) for event in case.events] + [one.window for one in case.expect]
    for ranges in (case.calendar.closed, *case.calendar.closed_for.values(), tuple(case.calendar.terms.values())):
        found += [day for pair in ranges for day in pair]
    return found


def _weeks(days: Iterable[date]) -> tuple[date, date]:
    """From the Monday of the first week to the Sunday of the last."""
    found = list(days)
    first, last = min(found, default=date.min), max(found, default=date.min)
    return first - timedelta(first.weekday()), last + timedelta(6 - last.weekday())


def _window(day: date, unit: str, weeks: int) -> Iterator[date]:
    """The first and last date that a window with this date touches at most."""
    yield day.replace(day=1) if unit == "month" else day
    if unit == "month":
        yield day.replace(day=monthrange(day.year, day.month)[1])
    elif unit == "weeks":
        yield day - timedelta(day.weekday()) + timedelta(7 * weeks - 1)


def _calendar(said: ShortCalendar, period: Period, rules: Iterable[Rule]) -> ShortCalendar:
    """The test's calendar; one term, the period, where a rule needs terms and the test has none."""
    terms = said.terms
    if not terms and any(rule.expect.each.unit == "term" for rule in rules):
        terms = {"term": (period.start, period.end)}
    return said.model_copy(update={"day": said.day or BELLS, "terms": terms})


# --- events -----------------------------------------------------------------------------------------------------------


def _events(ruleset: RuleSet, case: Case) -> dict[str, list[Any]]:
    """Each event to the source that it names, else to the first that delivers its type; the others deliver nothing.

    Events without an id are different events, even where they say the same: two anonymous answers are two answers.
    """
    found: dict[str, list[Any]] = {name: [] for name in ruleset.evidence}
    for number, event in enumerate(case.events, 1):
        source = event.get("source") or next(name for name, spec in ruleset.evidence.items() if event["type"] in spec.delivers)
        found[source].append({"id": f"event {number}", **event})
    return found


# --- names ------------------------------------------------------------------------------------------------------------


def _names_exist(suite: Suite, number: int, ruleset: RuleSet) -> None:
    case = suite.cases[number]
    types = {kind for spec in ruleset.evidence.values() for kind in spec.delivers}
    rules = {rule.id for rule in ruleset.rules if rule.mode != "off"}
    asked: list[tuple[str, str, tuple[str | int, ...], set[str]]] = []
    asked += [("rule", one.rule, ("expect", index, "rule"), rules) for index, one in enumerate(case.expect)]
    asked += [("rule", name, ("rules",), rules) for name in case.rules]
    asked += [("source", name, ("silent",), set(ruleset.evidence)) for name in case.silent]
    for index, event in enumerate(case.events):
        asked.append(("event type", event["type"], ("events", index, "type"), types))
        if "source" in event:
            asked.append(("source", event["source"], ("events", index, "source"), set(ruleset.evidence)))
    mistakes = [_unknown(suite, number, *one) for one in asked if one[1] not in one[3]]
    mistakes += list(_no_dates(suite, number))
    if mistakes:
        raise Mistakes(mistakes)


def _unknown(suite: Suite, number: int, word: str, name: str, steps: tuple[str | int, ...], known: Iterable[str]) -> FidelityError:
    near = get_close_matches(name, sorted(known), 1)
    mend = f"Did you mean `{near[0]}`?" if near else f"Known in {suite.rules.name}: {', '.join(sorted(known)[:12])}."
    return suite.document.mistake(("tests", number, *steps), f"there is no {word} `{name}` in {suite.rules.name}", mend)


def _no_dates(suite: Suite, number: int) -> Iterator[FidelityError]:
    case = suite.cases[number]
    if not (case.period or case.events or case.expect or case.calendar.closed):
        yield suite.document.mistake(("tests", number), "no date says when this test takes place", "Add `period: {from: ..., until: ...}`.")
    for index, event in enumerate(case.events):
        try:
            date.fromisoformat(str(event["start"])[:10])
        except ValueError:
            path = ("tests", number, "events", index, "start")
            yield suite.document.mistake(path, f"`{event['start']}` is no time", "Write it as 2025-11-24T10:00.")
