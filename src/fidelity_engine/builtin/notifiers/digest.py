"""Several messages as one text: what is new first, then what is over, each as the sentence of its finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fidelity_engine.escape import visible
from fidelity_engine.model.message import Message

SAID = {
    "opened": "New", "worsened": "More severe", "resumed": "Open again", "held": "Held back until somebody has looked",
    "paused": "Paused", "resolved": "Happening again", "withdrawn": "Taken back: we were wrong", "expired": "Over with the period",
}
"""What each change is called, in the order in which they are told."""


def subject_of(messages: Sequence[Message]) -> str:
    """One line on all of them."""
    new = sum(one.change in ("opened", "resumed", "worsened") for one in messages)
    over = len(messages) - new
    parts = [f"{number} {word}" for number, word in ((new, "to look at"), (over, "settled or on hold")) if number]
    return visible(f"{messages[0].district or 'fidelity'}: {', '.join(parts)}")


def digest(messages: Sequence[Message]) -> str:
    """A text of a section per change."""
    return "\n".join(_lines(messages))


def _lines(messages: Sequence[Message]) -> Iterator[str]:
    for change, title in SAID.items():
        told = [one for one in messages if one.change == change]
        if told:
            yield from (title, "")
            for one in told:
                yield from _one(one)
    yield "Something is wrong here? Answer with `fidelity decide ID dispute --who YOU --note WHY`, or tell whoever runs it."


def _one(message: Message) -> Iterator[str]:
    finding = message.finding
    due = f", due {finding.due:%Y-%m-%d}" if finding.due and finding.state == "open" else ""
    yield f"* {visible(finding.message)}"
    yield f"  {finding.severity}{due}; {finding.finding_id}"
    if message.change in ("opened", "resumed", "worsened") and finding.proposed_adjustment:
        yield f"  Could be tried: {visible(str(finding.proposed_adjustment.get('text', '')))}"
    yield ""
