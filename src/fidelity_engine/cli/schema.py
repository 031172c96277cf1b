"""`fidelity schema`: the JSON Schema of the rule file, so that an editor completes it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fidelity_engine.cli.options import opened


@click.command("schema")
@click.argument("rules", required=False, type=click.Path(path_type=Path))
@click.option("--no-plugins", is_flag=True, help="Load no plugin.")
def command(rules: Path | None, no_plugins: bool) -> None:
    """Print the JSON Schema of rule files, for editors.

    With RULES also the kinds that its plugins add.
    """
    from fidelity_engine.builtin import plugins
    from fidelity_engine.plugin.host import Host
    from fidelity_engine.rulefile.schema import json_schema

    host = Host.load(plugins()) if rules is None else opened(rules, no_plugins).host
    click.echo(json.dumps(json_schema(host.measures, host.readers, host.notifiers), indent=2))
