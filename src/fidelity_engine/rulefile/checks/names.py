"""Names that must exist, be unique, or lead nowhere back to themselves: rules, outcomes, sources."""

from __future__ import annotations

from fidelity_engine.rulefile.checks.circles import circles, walked
from fidelity_engine.rulefile.draft import Drafts
from fidelity_engine.rulefile.problems import did_you_mean


def check_names(drafts: Drafts) -> None:
    """Duplicate rules, unknown outcomes, outcomes and sources in circles."""
    _rules(drafts)
    _outcomes(drafts)
    _sources(drafts)


def _rules(drafts: Drafts) -> None:
    first: dict[str, int | None] = {}
    for rule in drafts.rules:
        if rule.id and rule.id in first:
            told = f"the id `{rule.id}` is taken, by the rule at line {first[rule.id]}"
            drafts.problems.add((*rule.path, "id"), told, "Give each rule an id of its own.")
        elif rule.id:
            first[rule.id] = drafts.document.place((*rule.path, "id")).line
        for index, outcome in enumerate(rule.said.puts_at_risk if rule.said else ()):
            _known(outcome, (*rule.path, "puts_at_risk", index), drafts)


def _known(outcome: str, path: tuple[str | int, ...], drafts: Drafts) -> None:
    known = drafts.named("outcomes")
    if outcome not in known:
        mend = did_you_mean(outcome, known, "Add it under `outcomes:`.")
        drafts.problems.add(path, f"there is no outcome `{outcome}`", mend)


def _outcomes(drafts: Drafts) -> None:
    for name, outcome in drafts.outcomes.items():
        for index, other in enumerate(outcome.leads_to):
            _known(other, ("outcomes", name, "leads_to", index), drafts)
    for circle in circles({name: outcome.leads_to for name, outcome in drafts.outcomes.items()}):
        told = f"outcomes lead in a circle: {walked(circle)}"
        drafts.problems.add(("outcomes", circle[0], "leads_to"), told, "Remove one of these steps.")


def _sources(drafts: Drafts) -> None:
    known = drafts.named("evidence")
    with_others = {name: source.coverage.with_ for name, source in drafts.sources.items() if source.coverage.with_}
    for name, other in with_others.items():
        if other not in known:
            mend = did_you_mean(other, known - {name}, "Name another source of `evidence:`.")
            drafts.problems.add(("evidence", name, "coverage", "with"), f"there is no source `{other}`", mend)
    for circle in circles({name: [other] for name, other in with_others.items()}):
        told = f"sources vouch for one another in a circle: {walked(circle)}"
        mend = "Say of one of them how one knows, with `silent_after`, `through` or `always`."
        drafts.problems.add(("evidence", circle[0], "coverage", "with"), told, mend)
