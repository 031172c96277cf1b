"""Evidence: every source read, checked against the roster, and its events laid out by type for the stages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from fidelity_engine.beside import beside
from fidelity_engine.course import QUIET, Course
from fidelity_engine.db import Database, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.former import Former
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.relations import EVENT, EVIDENCE, check
from fidelity_engine.stages.load.ahead import Begun
from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.counting import Account, record
from fidelity_engine.stages.load.events import Created
from fidelity_engine.stages.load.fieldtypes import Misfit
from fidelity_engine.stages.load.laying import blame, laid_down
from fidelity_engine.stages.load.signs import create_signs
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.weighing import Weighed, weigh
from fidelity_engine.where import Column


class Carrying(Protocol):
    """What is carried over from an earlier run, so that less is read: see `carry`."""

    def brought(self, staged: Mapping[int, Staged], known_until: str) -> None:
        """Look at the sources by their numbers, before any row is weighed."""

    def order(self, numbers: Sequence[int]) -> list[int]:
        """The sources in the order in which their rows are weighed."""

    def narrowed(self, staged: Staged) -> Staged:
        """A source with the rows that are needed."""

    def weighed(self, weighed: Weighed) -> Weighed:
        """A source with its account complete."""

    def loaded(self, relations: Mapping[str, str], fields: Mapping[str, Mapping[str, Column]], peopled: Collection[str]) -> None:
        """Complete the signs of life. `peopled`: types of which it is asked who took part."""


class Evidence(NamedTuple):
    """`relations`: event type → relation with its events. `fields`: event type → field → column, with its type.

    `problems`: filters and fields of the rule file that do not fit the evidence. Types are those that a rule uses.
    `single`: those of which no event names several teams or schools.
    """

    relations: Mapping[str, str]
    fields: Mapping[str, Mapping[str, Column]]
    problems: Sequence[Misfit] = ()
    single: frozenset[str] = frozenset()


def load_evidence(
    begun: Begun,
    clock: Clock,
    former: Former | None = None,
    course: Course = QUIET,
    carrying: Carrying | None = None,
    keep_quarantine: bool = True,
) -> Evidence:
    """Make the relations of EVIDENCE and one `event_<n>` per event type that the rules use.

    To be called after the roster is loaded. `former`: how much earlier runs read; a source that lost too much of it is not used.
    `carrying`: what need not be read again. `keep_quarantine`: whether the rows in quarantine may be asked for.
    """
    sources, db, ruleset = begun.sources, begun.sources.db, begun.sources.ruleset
    known_until = _known_until(ruleset, clock)
    course.plan(len(ruleset.evidence) + 1)
    with db.in_order():          # row numbers are those of the files
        accounts = _accounts(begun, known_until, course, carrying)
    course.at("load", "events by type")
    laid = laid_down(sources, accounts, former or Former(), known_until)
    created, problems = laid.created, laid.problems
    create_signs(db, ruleset, {kind: made.signs for kind, made in created.items()}, laid.weighed, known_until, laid.zones)
    record(db, accounts, [made.strangers for made in created.values() if made.strangers], keep_quarantine)
    evidence = _of(created, problems)
    if carrying is not None and not problems:
        carrying.loaded(evidence.relations, evidence.fields, [kind for kind, made in created.items() if made.strangers])
    _clear(db, len(accounts))
    _checked(db, evidence.relations)
    return evidence


def _of(created: Mapping[str, Created], problems: Sequence[Misfit]) -> Evidence:
    relations = {kind: made.relation for kind, made in created.items()}
    fields = {kind: made.fields for kind, made in created.items()}
    return Evidence(relations, fields, problems, frozenset(kind for kind, made in created.items() if made.single))


def _checked(db: Database, relations: Mapping[str, str]) -> None:
    """Assert what the next stage reads; events are all made alike, so that one relation of them tells."""
    for relation, columns in {**EVIDENCE, **dict.fromkeys(list(relations.values())[:1], EVENT)}.items():
        check(db, relation, columns)


def _known_until(ruleset: RuleSet, clock: Clock) -> str:
    local: datetime = clock.known_until.astimezone(ZoneInfo(ruleset.timezone))
    return f"{text(local.replace(tzinfo=None).isoformat(sep=' '))}::timestamp"


def _accounts(begun: Begun, known_until: str, course: Course, carrying: Carrying | None) -> list[Account]:
    """What became of the sources; where something is carried over all are brought before one is weighed."""
    accounts, sources = begun.accounts, begun.sources
    if carrying is None:
        _each(begun, known_until, course)
        return list(accounts.values())
    for account in accounts.values():
        course.at("load", account.source)
        begun.bring(account, sources.db)
    carrying.brought({number: found[0] for number, found in begun.brought.items() if found}, known_until)
    for number in carrying.order(list(accounts)):
        course.at("load", accounts[number].source)
        _weigh(begun, accounts[number], known_until, sources.db, carrying)
        _counted(accounts[number], course)
    return list(accounts.values())


def _each(begun: Begun, known_until: str, course: Course) -> None:
    """Bring and weigh the sources. Those that the engine reads itself may wait for helpers; of other readers it is not known what they bear."""
    waiting: list[Account] = []
    with beside(begun.sources.db, alone=course.profiled) as work:
        for account in begun.accounts.values():
            course.at("load", account.source)
            found = begun.open(account)
            if found and found.is_scan and work.has_helpers:
                work.later(partial(_weigh, begun, account, known_until))
                waiting.append(account)
            else:
                _weigh(begun, account, known_until, begun.sources.db)
                _counted(account, course)
    for account in waiting:
        _counted(account, course)


def _weigh(begun: Begun, account: Account, known_until: str, db: Database, carrying: Carrying | None = None) -> None:
    """What became of the rows of one source."""
    brought = begun.bring(account, db)
    if brought is None or account.weighed:
        return
    try:
        staged, feed = brought
        weighed = weigh(db, carrying.narrowed(staged) if carrying else staged, feed, known_until)
        account.weighed = carrying.weighed(weighed) if carrying else weighed
    except FidelityError as error:
        blame(begun.sources, account, error)


def _counted(account: Account, course: Course) -> None:
    course.count(lambda: account.weighed.read if account.weighed else 0)
    course.done()


STEPS = ("rows", "rare", "linked", "whole", "merged", "teams", "schools", "home", "who", "staff_block", "dropped", "begin", "lost", "rejected", "place",
         "content", "line", "quarantined", "again", "odd", "told")


def _clear(db: Database, sources: int) -> None:
    """Drop what was only needed on the way; of few rows that would take longer than it gives."""
    if db.few_rows:
        return
    gone = [f"{step}_{number}" for step in STEPS for number in range(1, sources + 1)]
    gone += ["seen", "staff_lookup", "role_kind", "role_bits"]
    db.run("; ".join(f"drop table if exists {table}" for table in gone))
