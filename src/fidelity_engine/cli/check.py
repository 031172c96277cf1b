"""`fidelity check`: the mistakes of a rule file, each with its place."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity_engine.cli.options import opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode
from fidelity_engine.escape import visible


@click.command("check")
@rules_argument
@plugins_option
def command(rules: Path, no_plugins: bool) -> int:
    """Say all that is wrong with a rule file, with places."""
    engine = opened(rules, no_plugins)
    for failure in engine.host.failures:
        click.echo(visible(str(failure)), err=True)
    number = len(engine.ruleset.rules)
    click.echo(f"{visible(str(rules))}: {number} rule{'' if number == 1 else 's'}, no mistakes.")
    return ExitCode.INCOMPLETE if engine.host.failures else ExitCode.COMPLETE
