"""`fidelity kinds`: the measure kinds, their parameters, units and documentation."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import opened
from fidelity_engine.errors import FidelityError

_SCALES = {"whole": "whole numbers", "exact": "exact", None: "no"}
_GROWS = {"raises": "can only raise it", "lowers": "can only lower it", None: "can move it both ways"}


@click.command("kinds")
@click.argument("name", required=False)
@click.option("--rules", type=click.Path(path_type=Path), help="Also the kinds that the plugins of this rule file add.")
@click.option("--no-plugins", is_flag=True, help="Load no plugin.")
def command(name: str | None, rules: Path | None, no_plugins: bool) -> None:
    """List the measure kinds, or tell all about one."""
    measures = _measures(rules, no_plugins)
    if name is None:
        width = max(map(len, measures), default=0)
        for kind in measures.values():
            first = inspect.cleandoc(kind.doc).partition("\n")[0]
            click.echo(f"{kind.name.ljust(width)}  {first}".rstrip())
        return
    if name not in measures:
        from difflib import get_close_matches

        near = get_close_matches(name, measures, 1)
        mend = f"Did you mean `{near[0]}`?" if near else f"Kinds: {', '.join(measures)}."
        raise FidelityError(f"there is no measure kind `{name}`", mend=mend)
    for line in _told(measures[name]):
        click.echo(line)


def _measures(rules: Path | None, no_plugins: bool) -> dict[str, Any]:
    if rules is not None:
        found: dict[str, Any] = opened(rules, no_plugins).host.measures
        return found
    from fidelity_engine.builtin import plugins
    from fidelity_engine.plugin.host import Host

    return Host.load(plugins()).measures


def _told(kind: Any) -> Iterator[str]:
    yield kind.name
    yield f"  unit: {kind.unit}"
    yield f"  shrinks in short weeks: {_SCALES[kind.scales]}"
    yield f"  more evidence {_GROWS[kind.grows]}"
    if kind.fields:
        yield f"  fields of its events: {', '.join(kind.fields)}"
    if doc := inspect.cleandoc(kind.doc):
        yield ""
        yield from (f"  {line}".rstrip() for line in doc.splitlines())
    yield ""
    yield "  parameters:"
    for name, field in kind.parameters.model_fields.items():
        yield from _parameter(name, field)


def _parameter(name: str, field: Any) -> Iterator[str]:
    need = "required" if field.is_required() else f"default {_default(field)}"
    yield f"    {field.alias or name} ({need})"
    if field.description:
        yield f"      {field.description}"


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(str, value))}]"
    return str(getattr(value, "kind", value))
