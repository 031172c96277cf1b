"""`--format json`: one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from fidelity_engine.builtin.reports.records import COLUMNS, Written, as_json, in_pieces, summary_record
from fidelity_engine.page import Page

_FINDING = "\n    {\n" + ",\n".join(f'      "{name}": %s' for name in COLUMNS) + "\n    }"


def render(result: Any, page: Page) -> Iterator[str]:
    """The summary first, then the findings, and the improvement side: adjustments, outcomes at risk, who holds."""
    write = partial(as_json, ascii_only=not page.unicode, indent=2)
    yield f'{{\n  "summary": {_inside(write(summary_record(result)), 2)},\n  "findings": ['
    yield from in_pieces(_findings(result.findings, Written(lambda value: _inside(write(value), 6))))
    yield "\n  ],\n" if result.findings else "],\n"
    rest = {"adjustments": result.adjustments, "outcomes": result.outcomes, "holding": result.holding}
    yield ",\n".join(f'  "{name}": {_inside(write([asdict(one) for one in found]), 2)}' for name, found in rest.items()) + "\n}\n"


def _findings(findings: Iterable[Any], written: Written) -> Iterator[str]:
    for place, finding in enumerate(findings):
        yield f"{',' if place else ''}{_FINDING % tuple(written(finding))}"


def _inside(text: str, spaces: int) -> str:
    """JSON as it stands so far inside another; a text of its own has no line end."""
    return text.replace("\n", "\n" + " " * spaces)
