"""The output formats in the box, registered through the same hook as anybody's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from fidelity_engine.page import Page
from fidelity_engine.plugin.spec import Report, hookimpl

FORMATS = {
    "text": "What happened and what did not, for people: a page to read from the top.",
    "md": "The same as Markdown, for a wiki or an issue.",
    "csv": "One finding per line, for a spreadsheet; cells that look like formulas are guarded.",
    "json": "One document with the summary and the findings, exact.",
    "jsonl": "One finding per line and a summary at the end, exact.",
}


def _render(name: str) -> Callable[..., Iterable[str]]:
    # A run needs one format: the others are not even imported.
    def render(result: Any, page: Page) -> Iterable[str]:
        module = import_module(f"fidelity_engine.builtin.reports.{name}_report")
        pieces: Iterable[str] = module.render(result, page)
        return pieces

    return render


@hookimpl
def fidelity_reports() -> list[Report]:
    """The formats of `fidelity run --format`."""
    return [Report(name, _render(name), doc) for name, doc in FORMATS.items()]
