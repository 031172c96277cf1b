"""Evidence: every source read, checked against the roster, and its events laid out by type for the stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fidelity_engine.db import Database, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.plugin.spec import MeasureKind, Reader
from fidelity_engine.relations import EVENT, EVIDENCE, check
from fidelity_engine.stages.load.bringing import Sources, bring
from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.counting import Account, record
from fidelity_engine.stages.load.events import Asked, Part, create_events
from fidelity_engine.stages.load.fieldtypes import Fields, Misfit, fields_of, misfits
from fidelity_engine.stages.load.given import given_rows
from fidelity_engine.stages.load.needs import Needs, needs_of
from fidelity_engine.stages.load.people import people
from fidelity_engine.stages.load.signs import create_signs
from fidelity_engine.stages.load.weighing import Weighed, weigh
from fidelity_engine.where import Column


@dataclass(frozen=True)
class Evidence:
    """`relations`: event type → relation with its events. `fields`: event type → field → column, with its type.

    `problems`: filters and fields of the rule file that do not fit the evidence. Types are those that a rule uses.
    """

    relations: Mapping[str, str]
    fields: Mapping[str, Mapping[str, Column]]
    problems: Sequence[Misfit] = field(default_factory=list)


def load_evidence(
    db: Database,
    ruleset: RuleSet,
    readers: Mapping[str, Reader],
    clock: Clock,
    rows: Any = None,
    has_staff: bool = True,
    kinds: Mapping[str, MeasureKind] | None = None,
    rules: Sequence[Rule] | None = None,
) -> Evidence:
    """Make the relations of EVIDENCE and one `event_<n>` per event type that the rules use.

    To be called after the roster is loaded. `rows`: in place of the sources (see `given_rows`). `kinds`: the measures,
    whose declared fields count as used. `rules`: those that will be judged; default: all that are not off.
    """
    active = [rule for rule in ruleset.rules if rule.mode != "off"] if rules is None else rules
    needs = needs_of(ruleset, active, kinds)
    sources = Sources(db, ruleset, readers, needs, given_rows(ruleset, rows), has_staff)
    known_until = _known_until(ruleset, clock)
    accounts = [_account(sources, number, name, known_until) for number, name in enumerate(sorted(ruleset.evidence), 1)]
    weighed = [account.weighed for account in accounts if account.weighed and account.readable]
    fields = {kind: _fields(needs, accounts, kind) for kind in needs.types if _is_delivered(ruleset, kind)}
    problems = misfits(needs, fields)
    columns = {} if problems else _events(sources, fields, weighed, known_until, [account.source for account in accounts])
    relations = {kind: f"event_{number}" for number, kind in enumerate(sorted(columns))}
    create_signs(db, ruleset, relations, weighed, known_until)
    record(db, accounts, relations.values() if has_staff else ())
    _checked(db, relations)
    return Evidence(relations, columns, problems)


def _known_until(ruleset: RuleSet, clock: Clock) -> str:
    local: datetime = clock.known_until.astimezone(ZoneInfo(ruleset.timezone))
    return f"{text(local.replace(tzinfo=None).isoformat(sep=' '))}::timestamp"


def _account(sources: Sources, number: int, name: str, known_until: str) -> Account:
    """What became of one source."""
    spec = sources.ruleset.evidence[name]
    account = Account(number, name, spec.optional)
    try:
        staged, feed = bring(sources, number, spec)
        account.weighed = weigh(sources.db, staged, feed, known_until)
    except FidelityError as error:
        account.cause = f"{error.message} {error.mend}".strip()
    return account


def _is_delivered(ruleset: RuleSet, kind: str) -> bool:
    return any(kind in spec.delivers for spec in ruleset.evidence.values())


def _fields(needs: Needs, accounts: Sequence[Account], kind: str) -> Fields:
    ours = [a for a in accounts if a.weighed is None or kind in a.weighed.staged.spec.delivers]
    staged = [a.weighed.staged for a in ours if a.weighed]
    return fields_of(staged, needs.fields[kind], all_readable=len(staged) == len(ours))


def _events(
    sources: Sources, fields: Mapping[str, Fields], weighed: Sequence[Weighed], known_until: str, names: Sequence[str]
) -> dict[str, dict[str, Column]]:
    """The relation of every type."""
    zone = sources.ruleset.timezone
    differ = bool(sources.db.one("select count(*) from school where zone <> $zone", {"zone": zone}))
    wanting = [kind for kind in fields if sources.needs.wants_people(kind)]
    found = {id(w): people(sources.db, w.staged, w.rows, wanting) for w in weighed}
    created = {}
    for number, kind in enumerate(sorted(fields)):
        used = frozenset(sources.needs.fields[kind])
        asked = Asked(number, kind, fields[kind].types, used, names, known_until, zone, differ)
        parts = [
            Part(w.staged, w.rows, found[id(w)]) if kind in wanting else Part(w.staged, w.rows)
            for w in weighed if kind in w.staged.spec.delivers
        ]
        created[kind] = create_events(sources.db, asked, parts)
    return created


def _checked(db: Database, relations: Mapping[str, str]) -> None:
    for relation, columns in EVIDENCE.items():
        check(db, relation, columns)
    for relation in relations.values():
        check(db, relation, EVENT)
