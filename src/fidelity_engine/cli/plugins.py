"""`fidelity plugins`: what is loaded, from where, what it adds, what failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode
from fidelity_engine.escape import visible


@click.command("plugins")
@rules_argument
@plugins_option
def command(rules: Path, no_plugins: bool) -> int:
    """Show what plugins a rule file loads and what they add."""
    engine = opened(rules, no_plugins)
    for plugin in engine.host.loaded:
        for line in _told(plugin):
            click.echo(visible(line))
    return ExitCode.INCOMPLETE if engine.host.failures else ExitCode.COMPLETE


def _told(plugin: Any) -> Iterator[str]:
    yield f"{plugin.title} ({plugin.where})"
    yield f"  adds: {', '.join(plugin.adds) or 'nothing'}"
    yield from (f"  note: {text}" for text in plugin.warnings)
    if plugin.failed:
        word = "broken" if plugin.enabled else "not loaded"
        yield f"  {word}: {plugin.failed.hook} {plugin.failed.cause}. {plugin.failed.mend}"
