"""What every stage of one evaluation works on: the loaded district, and where its relations are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidelity_engine.db import Database
from fidelity_engine.model.former import Known
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.where import Column

if TYPE_CHECKING:
    from fidelity_engine.plugin.crew import Crew


@dataclass(eq=False, repr=False)
class Scope:
    """One evaluation.

    `events`: event type → relation with its events. `fields`: event type → field → SQL column with its type.
    `plugin_titles`: measure kind → plugin and version, for kinds that are not the house's own; `failures`: plugin →
    what went wrong. `absent`: why a kind is in no loaded plugin.
    `attributes`: subject kind → attribute → column of `attribute_<kind>`. `made`: relations that several
    rules share and that exist already. `attested`: numbers of the rules with events at a person's word.
    `watches`: event types of a rule → number of the blind stretches that count.
    `rule_nos`: rule id → number in the file. `is_small`: so few events and subjects that planning a statement costs more than running it.
    `handed_out`: findings that were reported before, with the ids that people know. `listings`: rows per listing of roster and calendar.
    `named`: what plugins are loaded by; `crew`: the processes that call their functions, once there was one to call.
    `since`: grid → number under which `carried_since` has the first day that it is made for; empty where all of it is.
    `near`: subject kind → which events can reach the subjects of the shard under way; empty where all are looked at.
    `single`: event types of which no event names several teams or schools.
    """

    db: Database
    ruleset: RuleSet
    kinds: Mapping[str, MeasureKind]
    as_of_date: date
    events: Mapping[str, str]
    fields: Mapping[str, Mapping[str, Column]]
    attributes: Mapping[str, Mapping[str, Column]]
    has_staff: bool = True
    has_waivers: bool = False
    has_disputes: bool = False
    has_attested: bool = False
    is_small: bool = False
    since: Mapping[object, int] = field(default_factory=dict)
    near: Mapping[str, str] = field(default_factory=dict)
    single: Collection[str] = ()
    rule_nos: dict[str, int] = field(default_factory=dict)
    day_range: tuple[date, date] = (date.min, date.max)
    plugin_titles: Mapping[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    attested: set[int] = field(default_factory=set)
    watches: dict[tuple[str, ...], int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    absent: str = ""
    handed_out: Sequence[Known] = ()
    listings: Mapping[str, int] = field(default_factory=dict)
    named: tuple[Any, ...] = ((), Path(), [])
    crew: Crew | None = None

    @property
    def start(self) -> date:
        """The first date that is judged."""
        return self.ruleset.period.start

    @property
    def end(self) -> date:
        """The last date that is judged."""
        return self.ruleset.period.end

    def rule_no(self, rule: Rule) -> int:
        """The number of a rule, in the order of the file."""
        return self.rule_nos[rule.id]
