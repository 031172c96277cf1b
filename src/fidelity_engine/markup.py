"""HTML and SVG from templates: escaped in this one place, and fenced so that a page runs only the script it came with.

The only home of Jinja.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fidelity_engine.escape import visible

FENCE = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src {style}; script-src {script}"


def rendered(folder: Path, name: str, **values: Any) -> str:
    """A template of a folder, filled in; a name that the template knows and `values` does not is an error."""
    return _environment(folder).get_template(name).render(values)


def fenced(folder: Path, style: str, script: str | None = None) -> dict[str, Any]:
    """What the head of a page needs: `style` and `script`, and the `policy` that lets a browser run nothing else."""
    kept = {"style": _text(folder, style), "script": _text(folder, script) if script else ""}
    sources = {what: f"'sha256-{_digest(text)}'" if text else "'none'" for what, text in kept.items()}
    return {what: Markup(text) for what, text in kept.items()} | {"policy": FENCE.format(**sources)}


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )


def _shown(value: Any) -> Any:
    """Data as a page may have it: control characters and marks of direction as escapes, nothing for None."""
    if value is None:
        return ""
    return visible(value) if type(value) is str else value


@cache
def _text(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8").strip()


def _digest(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
