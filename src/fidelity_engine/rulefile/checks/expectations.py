"""Whom a rule may expect something of, and in which windows."""

from __future__ import annotations

from fidelity_engine.model.calendar import FileCalendar, ShortCalendar
from fidelity_engine.model.rule import Expect
from fidelity_engine.rulefile.draft import Draft, Drafts


def check_expectations(drafts: Drafts) -> None:
    """Dates that select no window, scaling where there is none, people without leave, terms without a calendar."""
    for rule in drafts.rules:
        if rule.expect is not None:
            _dates(rule.expect, rule, drafts)
            _windows(rule.expect, rule, drafts)
            if rule.expect.of == "staff" and not drafts.head.privacy.person_level:
                told = "a rule of `staff` names people, which this file does not allow"
                mend = "Set `privacy: {person_level: true}`, or judge teams or schools."
                drafts.problems.add((*rule.path, "expect", "of"), told, mend)


def _dates(expect: Expect, rule: Draft, drafts: Drafts) -> None:
    path, period = (*rule.path, "expect"), drafts.head.period
    if expect.start and expect.end and expect.start > expect.end:
        mend = "Write the earlier date under `from`."
        drafts.problems.add((*path, "until"), "`until` lies before `from`", mend)
    elif period and expect.start and expect.start > period.end:
        told = "the period has ended by then: no window begins"
        drafts.problems.add((*path, "from"), told, "Write an earlier date.")
    elif period and expect.end and expect.end < period.start:
        told = "the period has not begun by then: no window begins"
        drafts.problems.add((*path, "until"), told, "Write a later date.")


def _windows(expect: Expect, rule: Draft, drafts: Drafts) -> None:
    path = (*rule.path, "expect")
    if expect.prorate and expect.each.unit not in ("week", "weeks") and drafts.document.has((*path, "prorate")):
        told = f"targets are not scaled with `each: {expect.each.unit}`"
        drafts.problems.add((*path, "prorate"), told, "Remove `prorate`; it goes with week and {weeks: N}.", True)
    if expect.each.unit == "term" and _termless(drafts.calendar):
        told = "the calendar has no terms"
        mend = "Add `terms:` to `calendar:`, or choose another window."
        drafts.problems.add((*path, "each"), told, mend)


def _termless(calendar: FileCalendar | ShortCalendar | None) -> bool:
    """Whether it is sure that there are no terms; a reader of its own may bring some."""
    if isinstance(calendar, FileCalendar):
        return calendar.terms is None and calendar.read.reader is None
    return calendar is not None and not calendar.terms
