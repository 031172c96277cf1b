"""Which dates the rules ask about: sources that go on for ever, such as calendars, are read for these and no others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from fidelity_engine.model.rule import Rule, RuleSet

PER_SCHOOL_DAY = 3
"""So many days may one instructional day before the period cost, holidays included."""


class Reach(NamedTuple):
    """The first and last date of which an event can matter."""

    since: date
    until: date


def reach(ruleset: RuleSet, rules: Iterable[Rule]) -> Reach:
    """The period in whole weeks, and as far back as a rule looks before it: `over`, `from`, `within`."""
    period = ruleset.period
    first = min([period.start, *(_first(rule, period.start) for rule in rules)])
    return Reach(first - timedelta(days=first.weekday()), period.end + timedelta(days=6 - period.end.weekday()))


def _first(rule: Rule, start: date) -> date:
    """The first date that a rule asks about, where windows begin at the period's start or at the rule's own."""
    parameters = rule.measure.parameters
    over, within = getattr(parameters, "over", None), getattr(parameters, "within", None)
    begins = min(start, rule.expect.start or start)
    back = 7 * ((over and over.weeks) or 0)
    if within is not None:                       # what was asked shortly before the period is answered in it
        back = max(back, within.number * (1 if within.unit == "days" else PER_SCHOOL_DAY))
    return min(begins - timedelta(days=back), (over and over.start) or begins)
