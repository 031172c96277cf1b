"""The sentences about adjustments: the prediction, what would show that it was done, and what follows."""

from __future__ import annotations

from datetime import date

from fidelity_engine.model.adjustment import Adjustment
from fidelity_engine.model.rule import Each, ExpectEffect, Proposal, Rule

SAID = "somebody says so (`done`)"


def spoken_date(value: date) -> str:
    """3 Nov."""
    return f"{value.day} {value:%b}"


def windows(count: int, each: Each) -> str:
    """`3 weeks`, `2 months`, `4 stretches of 2 weeks`."""
    if each.unit == "weeks" and each.weeks > 1:
        return f"{count} stretch{'es' if count != 1 else ''} of {each.weeks} weeks"
    word = {"weeks": "week", "school_year": "school year", "day": "school day"}.get(each.unit, each.unit)
    return f"{count} {word}{'s' if count != 1 else ''}"


def prediction(effect: ExpectEffect | None, rule: Rule, subject_name: str) -> str:
    """What is expected to come of it; empty where the rule file predicts nothing."""
    if effect is None:
        return ""
    wanted = f"reaches the level {effect.level.replace('_', ' ')}" if effect.level else "meets what is expected"
    return f"Within {windows(effect.within, rule.expect.each)} after it is carried out, {subject_name} {wanted}: {rule.title}."


def done_when(proposal: Proposal) -> str:
    """What would show that it was carried out."""
    if proposal.done_when is None:
        return SAID
    return f"{proposal.done_when.event.replace('_', ' ').replace('-', ' ')} is recorded, or {SAID}"


def not_carried_out(one: Adjustment) -> str:
    """Agreed, and not carried out by its day."""
    agreed = f" on {spoken_date(one.accepted_on)}" if one.accepted_on else ""
    due = f" by {spoken_date(one.due)}" if one.due else ""
    return (
        f"{one.subject_name}: agreed{agreed}, to be carried out{due}: {one.text}. Nothing shows yet that it was."
        " Support it, agree on a new day, or decline it so that something else can be tried."
    )


def without_effect(one: Adjustment, windows_told: str) -> str:
    """Carried out, and what was predicted did not come."""
    done = one.carried_out.on if one.carried_out else None
    when = f" on {spoken_date(done)}" if done else ""
    return (
        f"{one.subject_name}: carried out{when}: {one.text}. {windows_told[:1].upper()}{windows_told[1:]} later what was predicted"
        " has not come: adapt or abandon."
    )
