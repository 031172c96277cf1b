"""`fidelity findings`: what the store knows, with filters."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from fidelity_engine.cli.options import never_plugins_option, store_option
from fidelity_engine.cli.stores import rule_file, store_of

STATES = ("open", "paused", "held", "resolved", "withdrawn", "expired")
LIVING = STATES[:3]
ABOUT = ("practice", "source", "engine", "adjustment", "calendar")
SEVERITIES = ("low", "medium", "high", "critical")
_COLUMNS = ("rule", "subject", "school", "owner", "about", "severity")


@click.command("findings")
@click.argument("rules", type=click.Path(path_type=Path), required=False)
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only in this state; repeatable. Default: open, paused, held.")
@click.option("--all", "every", is_flag=True, help="In every state.")
@click.option("--rule", multiple=True, metavar="ID", help="Only of this rule; repeatable.")
@click.option("--subject", multiple=True, metavar="ID", help="Only of this subject; repeatable.")
@click.option("--school", multiple=True, metavar="ID", help="Only of this school; repeatable.")
@click.option("--owner", multiple=True, metavar="NAME", help="Only of this owner; repeatable.")
@click.option("--about", multiple=True, type=click.Choice(ABOUT), help="Only about this; repeatable.")
@click.option("--severity", multiple=True, type=click.Choice(SEVERITIES), help="Only of this severity; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json", "jsonl", "csv"]), default="text", show_default=True, help="How they are printed.")
@store_option
@never_plugins_option
def command(rules: Path | None, states: tuple[str, ...], every: bool, form: str, store: str | None, **asked: Any) -> None:
    """List findings as they were last told, the newest change first."""
    from fidelity_engine.store.history import listed

    wanted = {column: asked[column] for column in _COLUMNS} | {"state": STATES if every else states or LIVING}
    with store_of(rule_file(rules, store), store) as memory:
        found = listed(memory, wanted)
    _printed(found, form)


def _printed(found: list[Any], form: str) -> None:
    from fidelity_engine.builtin.reports.csv_report import render
    from fidelity_engine.builtin.reports.records import as_json, finding_record
    from fidelity_engine.cli.screen import page_of, show

    if form == "csv":
        for piece in render(SimpleNamespace(findings=found), page_of()):
            show(piece)
    elif form == "json":
        show(as_json([finding_record(one) for one in found], indent=2) + "\n")
    elif form == "jsonl":
        for one in found:
            show(as_json(finding_record(one)) + "\n")
    else:
        page = page_of()
        for one in found:
            show(_laid_out(one, page) if sys.stdout.isatty() else _line(one))


def _laid_out(one: Any, page: Any) -> str:
    """For eyes: what it is on one line, its sentence below, as wide as the terminal."""
    role = one.severity if one.severity in ("critical", "high", "medium") else "low"
    head = page.style(f"{one.finding_id}  {page.shown(one.severity)}  {page.shown(one.state)}  {one.as_of}", role)
    return "\n".join([head, *page.wrapped(one.message, "  ", "    ")]) + "\n"


def _line(one: Any) -> str:
    """For programs such as grep: one line each."""
    from fidelity_engine.escape import visible

    return visible(f"{one.finding_id}  {one.state:9}  {one.severity:8}  {one.as_of}  {one.message}") + "\n"
