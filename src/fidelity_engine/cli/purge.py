"""`fidelity purge`: forget what is old."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from fidelity_engine.cli.options import never_plugins_option, store_option
from fidelity_engine.cli.stores import rule_file


@click.command("purge")
@click.argument("rules", type=click.Path(path_type=Path), required=False)
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Forget what is of an earlier day.")
@store_option
@never_plugins_option
def command(rules: Path | None, before: datetime, store: str | None) -> None:
    """Forget runs, snapshots and findings that ended before a date.

    What is open stays, and so does the newest run. The store keeps a line that says who did it.
    """
    from fidelity_engine.store import address_of
    from fidelity_engine.store.history import purge
    from fidelity_engine.store.opening import open_store
    from fidelity_engine.store.trouble import told

    address = address_of(rule_file(rules, store), store)
    with open_store(address, "fail") as memory, told(address.shown, evaluated=True):
        gone = purge(memory, before.date())
    click.echo(f"Forgotten: {', '.join(f'{number} {what}' for what, number in gone.items())}.")
