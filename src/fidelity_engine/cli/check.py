"""`fidelity check`: the mistakes of a rule file, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode, worst
from fidelity_engine.escape import visible


@click.command("check")
@rules_argument
@click.option("--with-data", is_flag=True, help="Also look at roster and evidence: what is allowed, and hardly meant.")
@as_of_option
@plugins_option
def command(rules: Path, with_data: bool, as_of: Any, no_plugins: bool) -> int:
    """Say all that is wrong with a rule file and its cycles.

    Exit codes: 0 nothing, 1 something to look at (--with-data), 2 mistakes, 3 a plugin is broken.
    """
    engine = opened(rules, no_plugins)
    for failure in engine.host.failures:
        click.echo(visible(str(failure)), err=True)
    counts = {"rule": len(engine.ruleset.rules), "cycle": len(_cycles(engine))}
    told = ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for what, number in counts.items() if number or what == "rule")
    click.echo(f"{visible(str(rules))}: {told}, no mistakes.")
    codes = [ExitCode.INCOMPLETE if engine.host.failures else ExitCode.COMPLETE]
    return worst([*codes, _with_data(engine, as_of)] if with_data else codes)


def _cycles(engine: Any) -> Any:
    """The cycles of the rule file. Raises all their mistakes at once."""
    if not Path(engine.ruleset.root, "cycles").is_dir():
        return []
    from fidelity_engine.rulefile.cycles import checked, cycle_files

    return checked(cycle_files(engine.document))


def _with_data(engine: Any, as_of: Any) -> ExitCode:
    from fidelity_engine.cli import screen
    from fidelity_engine.views.with_data import look

    with screen.progress() as progress:
        sight = look(engine, as_of, progress)
    if sight.idle:
        click.echo(sight.idle)
        return ExitCode.COMPLETE
    for doubt in sight.doubts:
        click.echo(visible(str(doubt)))
    width = max((len(rule) for rule, _, _ in sight.findings), default=0)
    click.echo(f"\nFindings that each rule would have opened up to {sight.as_of}, and how many are open:")
    for rule, opened_, now in sight.findings:
        click.echo(f"  {visible(rule).ljust(width)}  {opened_:>5}  {now:>5}")
    return ExitCode.FINDINGS if sight.doubts else ExitCode.COMPLETE
