"""Identity over time: an episode that was reported keeps the id it was reported with (chapter 4, Identity).

The id of an episode is a hash of its first window, and a late record may move that. So findings that were handed out
before come first: each gives its id to one episode of the same rule and subject whose windows overlap its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from fidelity_engine.model.finding import Finding
from fidelity_engine.model.former import Known

if TYPE_CHECKING:
    from fidelity_engine.stages.emit.findings import Findings

LIVING = ("open", "paused", "held")
Key = tuple[Any, ...]


def kept_ids(findings: list[Finding] | Findings, handed_out: Collection[Known]) -> list[Finding] | Findings:
    """The findings in their order, with the ids that they were reported with; no id stands twice."""
    if not handed_out:
        return findings
    return named(findings, new_names(findings, handed_out)) if isinstance(findings, list) else findings.reported_as(handed_out)


def named(findings: Iterable[Finding], names: Mapping[str, str]) -> list[Finding]:
    """The findings, some of them under another id."""
    return [replace(one, finding_id=names[one.finding_id]) if one.finding_id in names else one for one in findings]


def new_names(findings: Iterable[Finding | Known], handed_out: Iterable[Known]) -> dict[str, str]:
    """Id as computed → id under which it is known, where these differ. To be asked about all findings of a rule and subject together."""
    handed_out = sorted(handed_out, key=_rank)
    by_key: dict[Key, list[Finding | Known]] = {}
    for finding in findings:
        by_key.setdefault(key_of(finding), []).append(finding)
    given: dict[str, str] = {}                   # id as computed → id as handed out
    used: set[str] = set()
    for former in handed_out:
        free = [one for one in by_key.get(key_of(former), ()) if one.finding_id not in given and _overlap(one, former)]
        if free and former.finding_id not in used:
            used.add(former.finding_id)
            nearest = min((_nearness(one, former.finding_id), place) for place, one in enumerate(free))[1]
            given[free[nearest].finding_id] = former.finding_id
    names = {computed: id for computed, id in given.items() if computed != id}
    taken = set(names.values())
    here = {one.finding_id for some in by_key.values() for one in some} if taken else ()
    # its own id went to another episode: it takes the next
    return names | {id: hashlib.sha256(f"{id}\nagain".encode()).hexdigest()[:12] for id in here if id in taken and id not in given}


def key_of(one: Finding | Known) -> Key:
    """What must be the same for an id to be handed on."""
    return (one.about, one.rule, one.subject_kind, one.subject, one.school if one.rule is None else None)


def _rank(former: Known) -> tuple[bool, date, str]:
    """Living ones first, the oldest of them first."""
    return (former.state not in LIVING, former.since or date.min, former.finding_id)


def _overlap(one: Finding | Known, former: Known) -> bool:
    begins, ends = former.since or date.min, former.until or date.max
    return (one.since or date.min) <= ends and (one.until or date.max) >= begins


def _nearness(one: Finding | Known, id: str) -> tuple[bool, bool, date]:
    """The episode whose own id it is, else one that is not over, else the earliest."""
    return (one.finding_id != id, one.state not in LIVING, one.since or date.min)
