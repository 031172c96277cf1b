"""Roster and calendar as relations: who is expected, and on which dates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from fidelity_engine.db import Database
from fidelity_engine.model.former import Former
from fidelity_engine.model.rule import RuleSet, SubjectKind
from fidelity_engine.plugin.spec import Reader
from fidelity_engine.relations import CALENDAR, ROSTER, check
from fidelity_engine.stages.load.attributes import create_attributes
from fidelity_engine.stages.load.calendar import Span, create_calendar, create_days, span_of
from fidelity_engine.stages.load.calendar_check import TermNote, check_calendar, check_rows, check_terms
from fidelity_engine.stages.load.calendar_rows import read_calendar
from fidelity_engine.stages.load.classes import create_classes, create_holders
from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.facts import Facts, facts_of
from fidelity_engine.stages.load.members import create_members
from fidelity_engine.stages.load.reading import Reading
from fidelity_engine.stages.load.roster_check import check_roster
from fidelity_engine.stages.load.roster_files import read_roster
from fidelity_engine.stages.load.shrink import guard_listings
from fidelity_engine.stages.load.subjects import create_subjects

SUBJECT_KINDS = frozenset(get_args(SubjectKind))


class RosterInfo(NamedTuple):
    """What the stages must know of roster and calendar besides the relations.

    `attributes`: subject kind → attribute → type, a column of `attribute_<kind>`, which is there for the kinds `filtered` by a rule.
    `counts`: rows per listing (schools, teams, staff, members, calendar, terms). `span`: first and last date of `day`.
    """

    attributes: Mapping[str, Mapping[str, str]]
    filtered: Collection[str]
    has_staff: bool
    has_members: bool
    counts: Mapping[str, int]
    span: Span
    term_notes: Sequence[TermNote] = ()
    notes: Sequence[str] = ()


def load_roster_and_calendar(
    db: Database,
    ruleset: RuleSet,
    readers: Mapping[str, Reader],
    clock: Clock,
    given: Mapping[str, Any] | None = None,
    usual_week: int | None = None,
    former: Former | None = None,
) -> RosterInfo:
    """Make the relations of ROSTER and CALENDAR, or raise every mistake of the files at once.

    `given`: rows (mappings or Arrow data) in place of the files schools, teams, staff, members, calendar, terms; a
    ShortCalendar for `calendar` too. `usual_week`: set where it is fixed (rule tests: 5).
    `former`: what the last run counted; half a file is told before the mistakes that follow from it.
    """
    reading = Reading(db, ruleset, readers, given or {})
    with db.in_order():          # row numbers are those of the files
        has_staff, has_members = read_roster(reading)
        form = read_calendar(reading)
    facts = facts_of(db, reading.listed)
    guard_listings(reading, facts.counts, former or Former())
    check_roster(reading, facts)
    check_rows(reading, facts)
    span = span_of(ruleset, clock, facts)
    notes = create_school_days(reading, facts, form.short, span)
    reading.check()
    create_holders(db, facts)
    create_calendar(db, ruleset, clock, facts, usual_week)
    create_subjects(db, ruleset, span, has_staff, form.bells)
    kinds = {rule.expect.of for rule in ruleset.rules if rule.mode != "off"} or SUBJECT_KINDS
    create_members(db, kinds if has_staff else (), span)
    filtered = {rule.expect.of for rule in ruleset.rules if rule.expect.where is not None} if ruleset.rules else SUBJECT_KINDS
    attributes = create_attributes(db, reading.listed, filtered)
    for relation, columns in {**ROSTER, **CALENDAR}.items():
        check(db, relation, columns)
    return RosterInfo(attributes, filtered, has_staff, has_members, facts.counts, span, notes)


def create_school_days(reading: Reading, facts: Facts, short: bool, span: Span) -> list[TermNote]:
    """The calendars of the schools, with what is wrong with them; nothing where a file could not be read."""
    if reading.failed & {"schools", "calendar", "terms"}:
        return []
    create_classes(reading.db, reading.ruleset, facts, short)
    create_days(reading.db, span, facts, short)
    check_calendar(reading, facts, short)
    return check_terms(reading, facts)
