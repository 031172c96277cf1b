"""Identity over time: an episode that was reported keeps the id it was reported with (chapter 4, Identity).

The id of an episode is a hash of its first window, and a late record may move that. So findings that were handed out
before come first: each gives its id to one episode of the same rule and subject whose windows overlap its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from fidelity_engine.model.finding import Finding, HandedOut

LIVING = ("open", "paused", "held")


def kept_ids(findings: Sequence[Finding], handed_out: Iterable[HandedOut]) -> list[Finding]:
    """The findings in their order, with the ids that they were reported with; no id stands twice."""
    handed_out = sorted(handed_out, key=_rank)
    if not handed_out:
        return list(findings)
    by_key: dict[Any, list[Finding]] = {}
    for finding in findings:
        by_key.setdefault(_key(finding), []).append(finding)
    given: dict[str, str] = {}                   # id as computed → id as handed out
    used: set[str] = set()
    for former in handed_out:
        free = [one for one in by_key.get(_key(former), ()) if one.finding_id not in given and _overlap(one, former)]
        if free and former.finding_id not in used:
            used.add(former.finding_id)
            nearest = min((_nearness(one, former.finding_id), place) for place, one in enumerate(free))[1]
            given[free[nearest].finding_id] = former.finding_id
    taken = {id for computed, id in given.items() if computed != id}
    return [_named(finding, given, taken) for finding in findings]


def _key(one: Finding | HandedOut) -> tuple[Any, ...]:
    return (one.about, one.rule, one.subject_kind, one.subject, one.school if one.rule is None else None)


def _rank(former: HandedOut) -> tuple[bool, date, str]:
    """Living ones first, the oldest of them first."""
    return (former.state not in LIVING, former.since or date.min, former.finding_id)


def _overlap(one: Finding, former: HandedOut) -> bool:
    begins, ends = former.since or date.min, former.until or date.max
    return (one.since or date.min) <= ends and (one.until or date.max) >= begins


def _nearness(one: Finding, id: str) -> tuple[bool, bool, date]:
    """The episode whose own id it is, else one that is not over, else the earliest."""
    return (one.finding_id != id, one.state not in LIVING, one.since or date.min)


def _named(finding: Finding, given: dict[str, str], taken: set[str]) -> Finding:
    if finding.finding_id in given:
        id = given[finding.finding_id]
        return finding if id == finding.finding_id else replace(finding, finding_id=id)
    if finding.finding_id in taken:              # its own id went to another episode: it takes the next
        again = hashlib.sha256(f"{finding.finding_id}\nagain".encode()).hexdigest()[:12]
        return replace(finding, finding_id=again)
    return finding
