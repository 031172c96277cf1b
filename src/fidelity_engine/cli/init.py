"""`fidelity init`: a small working district to begin with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from fidelity_engine.cli.options import never_plugins_option
from fidelity_engine.escape import visible


@click.command("init")
@click.argument("folder", required=False, default=".", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False))
@never_plugins_option
def command(folder: Path) -> None:
    """Write a small working district: rules, tests, roster, evidence.

    Everything in it is invented, every line has a comment, and nothing that is there already is touched.
    """
    from fidelity_engine.scaffold import district_files, write_new

    paths = write_new(folder, district_files(date.today()))
    for path in paths:
        click.echo(f"wrote {visible(str(path))}")
    rules = folder / "rules" / "district.yaml"
    click.echo(f"\nNow try:\n  fidelity test {visible(str(rules.parent))}\n  fidelity run {visible(str(rules))}")
