"""What needs attention: each open finding with its sentence, whose it is, by when, what comes next, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fidelity_engine.builtin.reports.ranking import groups, ranked, unjudged
from fidelity_engine.builtin.reports.wording import counted, day_text
from fidelity_engine.model.finding import Finding
from fidelity_engine.views.explain import finding_sections
from fidelity_engine.views.explain.sheet import Line
from fidelity_engine.views.report.scene import Scene

EXPLAINED = 25
"""So many findings of a page are explained in it; of the others `fidelity explain ID` tells."""


@dataclass(frozen=True)
class Step:
    """What was agreed, or could be tried; and what is expected of it."""

    text: str
    prediction: str = ""


@dataclass(frozen=True)
class Card:
    """A finding as a page shows it. `account`: (heading, lines) of explain."""

    one: Finding
    school: str
    why: str
    due: str
    late: bool
    since: str
    steps: Sequence[Step]
    account: Sequence[tuple[str, Sequence[Line]]]
    marks: dict[str, Any]


def cards(scene: Scene) -> list[Card]:
    """Open findings about practice and adjustments, the gravest first."""
    found = ranked(one for group in groups(scene.findings()) for one in group.findings)
    return [_card(scene, one, place < EXPLAINED) for place, one in enumerate(found)]


def unseen(scene: Scene) -> list[Card]:
    """What stands between the evidence and an answer, and who can mend it."""
    everywhere = [one for one in scene.result.findings if one.subject_kind != "staff" and (scene.concerns(one.school) or not one.school)]
    return [_card(scene, one, place < EXPLAINED) for place, one in enumerate(unjudged(everywhere))]


def _card(scene: Scene, one: Finding, explained: bool) -> Card:
    rule = scene.rule(one.rule)
    elsewhere = scene.school is not None and not one.school      # about all schools: the district's page explains it
    account = list(_account(scene, one)) if explained and not elsewhere else []
    return Card(
        one, scene.school_name(one.school), (rule.why or "") if rule else "", _due(one.due, scene.today),
        bool(one.due and one.due < scene.today), _since(one, scene.today), list(_steps(scene, one)), account, scene.marks(one.rule, one.school),
    )  # fmt: skip


def _due(due: date | None, today: date) -> str:
    if due is None:
        return ""
    return "today" if due == today else day_text(due, today)


def _since(one: Finding, today: date) -> str:
    if not one.since:
        return ""
    since = day_text(one.since, today)
    return f"{counted(one.windows_missed, 'window')}, since {since}" if one.windows_missed else since


def _steps(scene: Scene, one: Finding) -> Iterator[Step]:
    """Adjustments that were agreed on, else what could be tried."""
    agreed = [a for a in scene.result.adjustments if a.finding_id == one.finding_id and a.stage == "accepted"]
    for step in agreed:
        by = f", by {_due(step.due, scene.today)}" if step.due else ""
        yield Step(f"Agreed: {step.text.rstrip('.')}{by}. {step.advice}".rstrip(), step.prediction)
    given = one.proposed_adjustment or {}
    if not agreed and (text := given.get("text") or given.get("propose")):
        yield Step(f"Could be tried: {str(text).rstrip('.')}.", str(given.get("prediction") or ""))


def _account(scene: Scene, one: Finding) -> Iterator[tuple[str, Sequence[Line]]]:
    """What `explain` says, without the finding's own head: the card has that already."""
    for section in list(finding_sections(scene.scope, one, adjustments=scene.result.adjustments))[1:]:
        if lines := [line if isinstance(line, Line) else Line(line) for line in section.lines]:
            yield section.heading, lines
