"""`fidelity new`: one more rule, a plugin, next year's file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from fidelity_engine.cli.options import never_plugins_option, rules_argument
from fidelity_engine.errors import FidelityError
from fidelity_engine.escape import visible


@click.group("new")
def command() -> None:
    """Write a rule with its tests, a plugin, or next year's rule file."""


@command.command("rule")
@click.argument("rule_id", metavar="ID")
@click.option("--rules", type=click.Path(path_type=Path), help="The rule file. Default: the one in rules/ or here.")
@click.option("--of", type=click.Choice(["team", "school"]), default="team", show_default=True, help="Of whom something is expected.")
@click.option("--each", type=click.Choice(["week", "month"]), default="week", show_default=True, help="How often.")
@click.option("--event", default="", metavar="TYPE", help="The event type that is counted. Default: the first that a source delivers.")
@never_plugins_option
def rule(rule_id: str, rules: Path | None, of: str, each: str, event: str) -> None:
    """Add a rule to a rule file, on trial, and tests for it beside it."""
    from fidelity_engine.cli import files
    from fidelity_engine.scaffold import with_rule
    from fidelity_engine.scaffold.rule import Asked

    for path, text in with_rule(rules or _the_rules(), Asked(rule_id, of, each, event)).items():
        files.written(path, lambda target, text=text: files.write_text(target, [text]))  # type: ignore[misc]
        click.echo(f"wrote {visible(str(path))}")


@command.command("plugin")
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to. Default: plugins/NAME.")
@never_plugins_option
def plugin(name: str, folder: Path | None) -> None:
    """Write a plugin with one measure, its tests, and a rule that uses it."""
    from fidelity_engine.scaffold import plugin_files, write_new

    for path in write_new(folder or Path("plugins", name), plugin_files(name, date.today())):
        click.echo(f"wrote {visible(str(path))}")


@command.command("year")
@rules_argument
@never_plugins_option
def year(rules: Path) -> None:
    """Write next year's rule file and tests beside this year's."""
    from fidelity_engine.cli import files
    from fidelity_engine.scaffold import next_year

    texts, to_do = next_year(rules)
    for path, text in texts.items():
        files.written(path, lambda target, text=text: files.write_text(target, [text]))  # type: ignore[misc]
        click.echo(f"wrote {visible(str(path))}")
    for line in to_do:
        click.echo(f"- {visible(line)}")


def _the_rules() -> Path:
    """The one rule file in rules/ or here."""
    found = [path for folder in (Path("rules"), Path()) for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(".test.yaml")]
    if len(found) != 1:
        what = "there are several rule files" if found else "there is no rule file"
        raise FidelityError(f"{what} here", "--rules", "Name it: --rules rules/district.yaml.")
    return found[0]
