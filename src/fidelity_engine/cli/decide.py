"""`fidelity decide`: what a person says to a finding, as one line of the decisions file."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import opened, plugins_option, store_option
from fidelity_engine.cli.stores import handed_out, rule_file, rules_option
from fidelity_engine.errors import FidelityError


@click.command("decide")
@click.argument("about", metavar="ID")
@click.argument("action", metavar="ACTION")
@click.option("--who", required=True, metavar="NAME", help="Who decided.")
@click.option("--note", default="", metavar="TEXT", help="A sentence for others.")
@click.option("--value", default="", metavar="TEXT", help="What the action needs, such as a date.")
@rules_option
@store_option
@plugins_option
def command(about: str, action: str, who: str, note: str, value: str, rules: Path | None, store: str | None, no_plugins: bool) -> None:
    """Say what was decided about a finding, an adjustment or a cycle.

    ACTION is accept, decline, done, note, dispute, attest or release. One line is appended to the decisions file; it
    counts from the next run on.
    """
    from fidelity_engine import papers
    from fidelity_engine.store.history import known_ids

    path = rule_file(rules, store, lambda memory: about in known_ids(memory))
    engine = opened(path, no_plugins)
    _must_be_known(engine, path, about, store)
    written = papers.decide(engine.ruleset, about, action, who, value, note)
    click.echo(f"{written.name}: {action} {about}")
    if action in ("accept", "decline", "done") and (rule := _without_playbook(engine.ruleset, path, about, store)):
        click.echo(f"Nothing follows from it: rule `{rule}` proposes nothing (it has no `adjust:`).")


def _must_be_known(engine: Any, path: Path, about: str, store: str | None) -> None:
    """Refuse an id that nobody handed out. The store knows most; what is proposed only now, an evaluation does."""
    known = _stored(path, store)
    if about not in known and about not in _cycles(path):
        with engine.evaluate(handed_out=handed_out(path, store, engine.ruleset.year), telling=False) as result:
            known += [one.finding_id for one in result.findings] + [one.adjustment_id for one in result.adjustments]
        if about not in known:
            near = get_close_matches(about, known, 1)
            mend = f"Did you mean `{near[0]}`?" if near else "`fidelity findings` lists them."
            raise FidelityError(f"there is no finding, adjustment or cycle `{about}`", mend=mend)


def _without_playbook(ruleset: Any, path: Path, about: str, store: str | None) -> str:
    """The rule of a finding about a practice, where it has nothing that could be accepted, declined or done; else nothing."""
    from fidelity_engine.store import address_of
    from fidelity_engine.store.history import beginning_with
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(path, store)) as memory:
        found = beginning_with(memory, ruleset.year, about) if memory is not None else []
    rules = {one.rule for one in found if one.about == "practice" and one.finding_id == about}
    return next((rule.id for rule in ruleset.rules if rule.id in rules and not rule.adjust), "")


def _stored(path: Path, store: str | None) -> list[str]:
    from fidelity_engine.store import address_of
    from fidelity_engine.store.history import known_ids
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(path, store)) as memory:
        return known_ids(memory) if memory is not None else []


def _cycles(path: Path) -> set[str]:
    """The ids of the cycles beside a rule file: their files are called so."""
    return {one.stem for one in (path.absolute().parent / "cycles").glob("*.yaml")}
