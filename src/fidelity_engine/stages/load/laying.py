"""The events of all sources, laid down by type, once the rows are weighed or trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import NamedTuple

from fidelity_engine.beside import beside
from fidelity_engine.db import Database, DatabaseError, name
from fidelity_engine.errors import BrokenPlugin, FidelityError
from fidelity_engine.model.former import Former
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.bringing import Sources
from fidelity_engine.stages.load.counting import Account
from fidelity_engine.stages.load.events import GRADES, Asked, Created, Part, create_events
from fidelity_engine.stages.load.fieldtypes import Fields, Misfit, fields_of, misfits
from fidelity_engine.stages.load.needs import Needs
from fidelity_engine.stages.load.people import NOBODY_TOLD, people, prepare_lookup
from fidelity_engine.stages.load.roles import prepare_roles
from fidelity_engine.stages.load.shrink import guard_sources
from fidelity_engine.stages.load.trust import all_came_in, holds, rare_came_in
from fidelity_engine.stages.load.weighing import Weighed, damage, in_numbers, rare_apart, weigh
from fidelity_engine.stages.load.zones import SchoolZones, schools_zones
from fidelity_engine.where import CANONICAL


class Laid(NamedTuple):
    """The events of every type, the readable sources that they are from, and what does not fit together."""

    created: Mapping[str, Created]
    weighed: Sequence[Weighed]
    problems: Sequence[Misfit]
    zones: SchoolZones


def laid_down(sources: Sources, accounts: Sequence[Account], former: Former, known_until: str) -> Laid:
    """The events of all sources that can be used; of those that are trusted it is seen then whether they deserved it."""
    trusted = [account for account in accounts if account.weighed and account.weighed.trusted]
    try:
        laid = _laid(sources, accounts, former, known_until)
        if laid is not None and all(_deserves_it(sources, account, laid, former, known_until) for account in trusted):
            return laid
    except DatabaseError as error:
        if not [account for account in accounts if _is_damaged(sources, account, error)]:
            raise
    for account in trusted:
        if account.weighed and account.weighed.trusted:
            _weigh_each(sources, account, known_until)
    laid = _laid(sources, accounts, former, known_until)
    assert laid is not None
    return laid


def _is_damaged(sources: Sources, account: Account, error: DatabaseError) -> bool:
    """Whether an error comes from a source's files: columns that nobody asked for before may be damaged where others are not."""
    found = damage(sources.db, account.weighed.staged, error) if account.weighed else None
    if found:
        account.weighed = None
        blame(sources, account, found)
    return found is not None


def _weigh_each(sources: Sources, account: Account, known_until: str) -> None:
    """Look through the rows of a source that was trusted."""
    try:
        assert account.weighed is not None
        account.weighed = weigh(sources.db, account.weighed.staged, account.weighed.feed, known_until)
    except FidelityError as error:
        account.weighed = None
        blame(sources, account, error)


def _deserves_it(sources: Sources, account: Account, laid: Laid, former: Former, known_until: str) -> bool:
    """Whether what was laid down of a trusted source holds."""
    found = next((w for w in laid.weighed if w.staged.number == account.number), None)
    if found and not laid.problems and all_came_in(sources.db, found, laid.created):
        return True
    _weigh_each(sources, account, known_until)
    guard_sources([account], former)
    return account.weighed is not None and account.readable == bool(found) and holds(account.weighed)


def _laid(sources: Sources, accounts: Sequence[Account], former: Former, known_until: str) -> Laid | None:
    """The events, each type in a relation; None where it is already seen that some trusted rows are not there."""
    db, ruleset, needs = sources.db, sources.ruleset, sources.needs
    guard_sources(accounts, former)
    weighed = _ready(db, accounts, needs)
    if not all(rare_came_in(db, one) for one in weighed):
        return None
    fields = {kind: _fields(needs, ruleset, accounts, kind) for kind in needs.types if _is_delivered(ruleset, kind)}
    problems = misfits(needs, fields)
    zones = schools_zones(db, ruleset.timezone, ruleset.period)
    created = {} if problems else _events(sources, fields, weighed, known_until, [account.source for account in accounts], zones)
    return Laid(created, weighed, problems, zones)


def blame(sources: Sources, account: Account, error: FidelityError) -> None:
    """Note why a source cannot be used."""
    where = str(error.where or "")
    file = f"{where}: " if where not in (account.source, sources.ruleset.path) else ""
    account.cause = f"{file}{error.message.rstrip('.')}. {error.mend}".strip()
    if isinstance(error, BrokenPlugin):
        account.broken = error.plugin, f"{error.message.rstrip('.')}. {error.mend}"


def _is_delivered(ruleset: RuleSet, kind: str) -> bool:
    return any(kind in spec.delivers for spec in ruleset.evidence.values())


def _fields(needs: Needs, ruleset: RuleSet, accounts: Sequence[Account], kind: str) -> Fields:
    ours = [a for a in accounts if kind in ruleset.evidence[a.source].delivers]
    unread = [ruleset.evidence[a.source] for a in ours if a.weighed is None]
    return fields_of([a.weighed.staged for a in ours if a.weighed], needs.fields[kind], unread)


def _ready(db: Database, accounts: Sequence[Account], needs: Needs) -> list[Weighed]:
    """The readable sources, so that their rows are quickly asked for by type."""
    wanting = [kind for kind in needs.types if needs.wants_people(kind)]
    ready = [in_numbers(db, one.weighed, wanting) for one in accounts if one.weighed and one.readable]
    return [rare_apart(db, one, _unused(needs, one)) for one in ready]


def _unused(needs: Needs, weighed: Weighed) -> list[str]:
    """Columns that nobody asks for of the types with few rows, once the rows are weighed."""
    asked, staged = set().union(*(needs.fields[kind] for kind in needs.types)), weighed.staged
    unasked = {"grades": not asked & GRADES, "team": "team" not in asked, "team_schools": not weighed.elsewhere, '"end"': staged.end_follows,
               "participants": not any(needs.wants_people(kind) for kind in weighed.few)}
    extras = [name(f"x_{field}") for field in staged.fields if field not in CANONICAL and field not in asked]
    return ["content", "bad", "school", *(column for column, holds in unasked.items() if holds), *extras]


def _events(
    sources: Sources, fields: Mapping[str, Fields], weighed: Sequence[Weighed], known_until: str, names: Sequence[str], zones: SchoolZones
) -> dict[str, Created]:
    """The relation of every type."""
    needs = sources.needs
    wanting = [kind for kind in fields if needs.wants_people(kind)]
    bits = any("roles" in needs.fields[kind] for kind in wanting) and prepare_roles(sources.db, needs.roles_asked(wanting))
    single = [kind for kind in wanting if sum(kind in w.staged.spec.delivers for w in weighed) == 1]
    of_roles = [kind for kind in wanting if "roles" in needs.fields[kind]]
    if not bits:            # too many different roles
        single = [kind for kind in single if kind not in of_roles]
    who = [kind for kind in wanting if not needs.wants_roles_only(kind)]
    lookup = cache(lambda: prepare_lookup(sources.db))
    found = {id(w): people(sources.db, w, wanting, lookup, single, of_roles, who) for w in weighed}
    wanted = []
    for number, kind in enumerate(sorted(fields)):
        theirs = [w for w in weighed if kind in w.staged.spec.delivers]
        asked = Asked(
            number, kind, fields[kind].types, frozenset(needs.fields[kind]), names, known_until, zones, bits,
            bool(theirs) and all(w.staged.numbers_as_ids for w in theirs),
        )
        wanted.append((asked, [Part(w.staged, w.rows_of([kind]), found[id(w)].get(kind, NOBODY_TOLD), w.elsewhere > 0) for w in theirs]))
    return _created(sources.db, wanted)


def _created(db: Database, wanted: Sequence[tuple[Asked, Sequence[Part]]]) -> dict[str, Created]:
    """Event type → its relation. Those with roles share a relation that the first of them makes, so that one hand makes them all."""
    made: dict[str, Created] = {}

    def make(asked: Asked, parts: Sequence[Part], db: Database) -> None:
        made[asked.type] = create_events(db, asked, parts)

    with beside(db) as work:
        for asked, parts in wanted:
            if "roles" not in asked.used:
                work.later(partial(make, asked, parts))
        for asked, parts in wanted:
            if "roles" in asked.used:
                make(asked, parts, db)
    return {asked.type: made[asked.type] for asked, _ in wanted}
