"""`fidelity waive`: what is excused, as one line of the waivers file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import opened, plugins_option, store_option
from fidelity_engine.cli.stores import rule_file, rules_option

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("waive")
@click.option("--rule", default="", metavar="ID", help="The rule; without it any.")
@click.option("--kind", default="", metavar="KIND", help="team, grade, school, staff or district; without it any.")
@click.option("--subject", default="", metavar="ID", help="The subject; without it any.")
@click.option("--school", default="", metavar="ID", help="The school, with all its subjects; without it any.")
@click.option("--from", "first", type=_DAY, metavar="DATE", help="The first day; without it from the beginning.")
@click.option("--until", "last", type=_DAY, metavar="DATE", help="The last day; needed unless --permanent.")
@click.option("--permanent", is_flag=True, help="It has no end.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--approved-by", required=True, metavar="NAME", help="Who said so.")
@rules_option
@store_option
@plugins_option
def command(
    rules: Path | None, store: str | None, first: datetime | None, last: datetime | None, permanent: bool, no_plugins: bool, **said: Any
) -> None:
    """Excuse a rule, a subject or a school for a while.

    Cells keep their verdicts and open no finding. One line is appended to the waivers file; it counts from the next run on.
    """
    from fidelity_engine import papers

    if not (last or permanent):
        raise click.UsageError("A waiver has an end: say --until DATE, or --permanent.")
    engine = opened(rule_file(rules, store), no_plugins)
    written = papers.waive(engine.ruleset, engine.host.readers, {
        "rule": said["rule"], "subject_kind": said["kind"], "subject": said["subject"], "school": said["school"],
        "from": f"{first:%Y-%m-%d}" if first else "", "until": f"{last:%Y-%m-%d}" if last else "", "reason": said["reason"],
        "approved_by": said["approved_by"], "permanent": "yes" if permanent else "",
    })  # fmt: skip
    click.echo(f"{written.name}: one more waiver")
