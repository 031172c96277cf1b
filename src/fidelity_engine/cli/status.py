"""`fidelity status`: how the last run went, for people and for a monitor."""

from __future__ import annotations

import re
from pathlib import Path

import click

from fidelity_engine.cli.options import never_plugins_option, store_option
from fidelity_engine.cli.stores import rule_file, store_of
from fidelity_engine.errors import ExitCode, FidelityError

_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0}


@click.command("status")
@click.argument("rules", type=click.Path(path_type=Path), required=False)
@click.option("--max-age", metavar="26h", help="End with 3 where the last run is older: 90m, 26h or 2d.")
@store_option
@never_plugins_option
def command(rules: Path | None, max_age: str | None, store: str | None) -> int:
    """Say how the last run ended, and what is open.

    Ends with 3 where the run is older than --max-age, or was incomplete.
    """
    from fidelity_engine.store.history import health

    limit_hours = _hours(max_age) if max_age else None
    path = rule_file(rules, store)
    with store_of(path, store) as memory:
        found = health(memory)
    if found is None:
        raise FidelityError("nothing was stored yet", str(path), f"Run `fidelity run {path}` first.")
    states = ", ".join(f"{number} {state}" for state, number in found.states.items()) or "none"
    click.echo(f"Run {found.run_id} ended {found.age_hours:.1f} hours ago with {found.exit_code}, as of {found.day}.")
    click.echo(f"Findings: {states}. Messages that wait: {found.waiting}.")
    if limit_hours is not None and found.age_hours > limit_hours:
        click.echo(f"That is more than {max_age} ago.", err=True)
        return ExitCode.INCOMPLETE
    return ExitCode.INCOMPLETE if found.exit_code == ExitCode.INCOMPLETE else ExitCode.COMPLETE


def _hours(text: str) -> float:
    said = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text)
    if said is None:
        raise FidelityError(f"`{text}` is no length of time", "--max-age", "Write 90m, 26h or 2d.")
    return float(said[1]) * _HOURS[said[2]]
