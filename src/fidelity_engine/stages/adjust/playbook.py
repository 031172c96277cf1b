"""The playbook of a rule, read for one finding: what was tried on it, and what comes next.

An entry's id is derived from the finding and the entry's own words, so that it stays when entries are put in another
order, and is another one when the words change: what was agreed were those words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fidelity_engine.model.finding import SEVERITIES, Finding
from fidelity_engine.model.rule import Proposal, Rule
from fidelity_engine.stages.adjust.said import Decisions, Said
from fidelity_engine.stages.adjust.then import Then

RUNNING = ("open", "paused", "held")
"""States of a finding that still waits for an answer."""


def adjustment_id(finding_id: str, propose: str) -> str:
    """`a-` and the first ten hex digits of SHA-256 over the finding's id and the entry's words, joined with a line feed."""
    words = " ".join(propose.split())
    return "a-" + hashlib.sha256(f"{finding_id}\n{words}".encode()).hexdigest()[:10]


@dataclass
class Entry:
    """One entry of the playbook for one finding; `stage` is None while nothing was decided and it is not its turn."""

    finding: Finding
    rule: Rule
    place: int
    proposal: Proposal
    id: str
    stage: str | None = None
    decided: Said | None = None
    done_on: date | None = None

    @property
    def days(self) -> int:
        """The school days within which it should be carried out."""
        return self.rule.emit.act_within if self.proposal.due is None else self.proposal.due


def entries(rules: Sequence[Rule], findings: Sequence[Finding], said: Decisions, then: Then) -> Iterator[Entry]:
    """What was decided about findings of practice, and per open finding the first entry that was not yet tried."""
    by_id = {rule.id: rule for rule in rules if rule.adjust}
    for finding in findings:
        rule = by_id.get(finding.rule or "")
        if finding.about != "practice" or rule is None:
            continue
        every = [Entry(finding, rule, no, one, adjustment_id(finding.finding_id, one.propose)) for no, one in enumerate(rule.adjust)]
        if said.by_id:
            _decide(every, finding, said, then)
        untried = next((one for one in every if one.stage is None and fits(one.proposal, finding)), None)
        if untried is not None and finding.state == "open":
            untried.stage = "proposed"
        yield from (one for one in every if one.stage is not None)


def fits(proposal: Proposal, finding: Finding) -> bool:
    """Whether the finding is what the entry's `when` demands."""
    when = proposal.when
    return when is None or (
        (when.severity is None or SEVERITIES.index(finding.severity) >= SEVERITIES.index(when.severity))
        and (when.level is None or when.level == finding.level)
        and (when.windows is None or (finding.windows_missed or 0) >= when.windows)
    )


def _decide(every: list[Entry], finding: Finding, said: Decisions, then: Then) -> None:
    """Apply what was said, in its order; the last word about an entry holds.

    A decision about the finding itself means the entry that was proposed at that moment, `done` the one that was agreed.
    """
    by_id = {entry.id: entry for entry in every}
    words: list[tuple[Said, Entry | None]] = [(one, by_id[id]) for id in by_id for one in said.about(id, "accept", "decline", "done")]
    words += [(one, None) for one in said.about(finding.finding_id, "accept", "decline", "done")]
    for one, entry in sorted(words, key=lambda word: (word[0].said, word[0].row_no)):
        meant = entry or _meant(every, finding, one, then)
        if meant is not None:
            _apply(meant, one)


def _meant(every: list[Entry], finding: Finding, one: Said, then: Then) -> Entry | None:
    if one.action == "done":
        return next((entry for entry in every if entry.stage == "accepted" and entry.done_on is None), None)
    asks = any(entry.proposal.when for entry in every)
    known = then(every[0].rule, finding, one.on) if asks else finding
    return next((entry for entry in every if entry.stage is None and fits(entry.proposal, known)), None)


def _apply(entry: Entry, one: Said) -> None:
    if one.action == "done":
        entry.done_on = entry.done_on or one.day or one.on
        if entry.stage != "accepted":
            entry.stage, entry.decided = "accepted", one          # what was done was agreed
    elif one.action == "accept" and entry.stage != "accepted":
        entry.stage, entry.decided = "accepted", one
    elif one.action == "accept" and one.day is not None and entry.decided is not None and entry.decided.action == "accept":
        entry.decided = replace(entry.decided, value=one.value)   # the same agreement, with a new day
    elif one.action == "decline":
        entry.stage, entry.decided, entry.done_on = "declined", one, None
