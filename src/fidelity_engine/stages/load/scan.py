"""A scan of files by the engine itself, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fidelity_engine.db import name, text
from fidelity_engine.plugin.spec import Scan


def scan_sql(scan: Scan) -> str:
    """The table function's call."""
    files = "[" + ", ".join(text(str(path)) for path in scan.paths) + "]"
    options = "".join(f", {name(key)} = {literal(value)}" for key, value in scan.options.items())
    return f"{scan.function}({files}{options})"


def literal(value: Any) -> str:
    """A table function's option as an SQL literal."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{text(str(key))}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return text(str(value))
