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


def _stored(path: Path, store: str | None) -> list[str]:
    from fidelity_engine.store import address_of
    from fidelity_engine.store.history import known_ids
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(path, store)) as memory:
        return known_ids(memory) if memory is not None else []


def _cycles(path: Path) -> set[str]:
    """The ids of the cycles beside a rule file: their files are called so."""
    return {one.stem for one in (path.absolute().parent / "cycles").glob("*.yaml")}
