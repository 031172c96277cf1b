"""`fidelity backtest`: what the rules would have said on each date."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from fidelity_engine.cli.options import aside, opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("backtest")
@rules_argument
@click.option("--from", "first", type=_DAY, required=True, metavar="DATE", help="The first date.")
@click.option("--to", "last", type=_DAY, required=True, metavar="DATE", help="The last date.")
@click.option("--against", type=click.Path(path_type=Path), metavar="OTHER", help="Another rule file: show what it would have said otherwise.")
@click.option("--each", type=click.Choice(["day", "week", "month"]), help="How often. Default: day up to 31 dates, else week.")
@plugins_option
def command(rules: Path, first: datetime, last: datetime, against: Path | None, each: str | None, no_plugins: bool) -> int:
    """Say what the rules would have said on each date.

    Evidence counts as it was known then; roster, calendar and rules are today's. Nothing is stored, nobody is told.
    """
    from fidelity_engine.cli import screen
    from fidelity_engine.views.backtest import backtest, dates, lines

    dates(first.date(), last.date(), each)  # type: ignore[arg-type]
    engine = opened(rules, no_plugins)
    other = opened(against, no_plugins) if against else None
    with aside(), screen.progress() as progress:
        found = backtest(engine, first.date(), last.date(), each, other, progress)  # type: ignore[arg-type]
    for line in lines(found, screen.page_of()):
        screen.show(f"{line}\n")
    return ExitCode.INCOMPLETE if found.unfinished else ExitCode.COMPLETE
