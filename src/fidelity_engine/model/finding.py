"""What a run gives: findings, and the result that carries them beside the verdicts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

About = Literal["practice", "source", "engine", "adjustment", "calendar"]
State = Literal["open", "resolved", "withdrawn", "paused", "held", "expired"]

SEVERITIES = ("low", "medium", "high", "critical")


def finding_id(year: str, rule: str, subject_kind: str, subject: str, since: date | str) -> str:
    """The first 12 hex digits of SHA-256 over these five, joined with line feeds (chapter 4, Identity)."""
    return hashlib.sha256("\n".join((year, rule, subject_kind, subject, str(since))).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Finding:
    """One episode as reported. Field order is the order of the output columns (chapter 7).

    A large district has hundreds of thousands: hence the slots.
    """

    finding_id: str
    about: About
    rule: str | None
    title: str
    practice: str | None
    dimension: str | None
    subject_kind: str | None
    subject: str | None
    subject_name: str | None
    school: str | None
    students: int | None
    since: date | None
    until: date | None
    windows_missed: int | None
    confirmed_on: date | None
    state: State
    value: Decimal | None
    required: str | None
    unit: str | None
    level: str | None
    severity: str
    owner: str | None
    due: date | None
    message: str
    outcomes_at_risk: tuple[str, ...] = ()
    proposed_adjustment: dict[str, Any] | None = None
    evidence_ids: dict[str, Any] | None = None          # {"newest": [...], "count": n}
    evidence_unlinked: int | None = None
    run_id: str = ""
    as_of: str = ""


def tally(findings: Iterable[Finding]) -> Counter[tuple[About, State, str]]:
    """(about, state, severity) → how many. Those of a large district count themselves, without being made."""
    counted = getattr(findings, "tally", None)
    return counted() if counted else Counter((one.about, one.state, one.severity) for one in findings)


def with_id(findings: Iterable[Finding], beginning: str) -> list[Finding]:
    """Those whose ids begin so. Those of a large district find them themselves, without being made."""
    chosen = getattr(findings, "with_id", None)
    return chosen(beginning) if chosen else [one for one in findings if one.finding_id.startswith(beginning)]


def of_subject(findings: Iterable[Finding], subject: str) -> list[Finding]:
    """Those of a subject, in the same way."""
    chosen = getattr(findings, "of_subject", None)
    return chosen(subject) if chosen else [one for one in findings if one.subject == subject]


class HandedOut(NamedTuple):
    """A finding that was reported before and may live on: its id stays with the episode whose windows overlap its own.

    `rule`, `subject_kind`, `subject` as its `Finding` has them; `since`, `until`: None reaches to the beginning, the end.
    """

    finding_id: str
    rule: str | None
    subject_kind: str | None
    subject: str | None
    since: date | None
    until: date | None
    school: str | None = None
    state: State = "open"
    about: About = "practice"


@dataclass(frozen=True)
class SourceCount:
    """What became of the rows of one source: read = accepted + duplicates + quarantined + merged + skipped."""

    source: str
    readable: bool
    optional: bool
    read: int
    accepted: int
    duplicates: int
    quarantined: int
    merged: int
    skipped: int
    bad_values: int
    cause: str | None = None


@dataclass
class Summary:
    """The run in numbers. `verdicts`: (rule, verdict) → cells, with those waived or disputed as such; `apart`: the verdicts of these.

    `quarantine`: reason → rows per source.
    """

    run_id: str
    name: str
    as_of: datetime
    started: datetime
    seconds: float
    rules: int
    cells: int
    verdicts: dict[str, dict[str, int]]
    sources: list[SourceCount]
    quarantine: dict[str, dict[str, int]]
    rule_set_hash: str
    versions: dict[str, str]
    notes: list[str] = field(default_factory=list)      # sentences for the reader: waivers that end soon, nothing to do yet
    unfinished: list[str] = field(default_factory=list)  # why the run is incomplete (exit 3): one sentence each
    empty_grid: bool = False
    schema_version: int = 1
    apart: dict[str, dict[str, int]] = field(default_factory=dict)
