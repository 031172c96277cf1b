"""`--format csv`: one finding per line, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from fidelity_engine.builtin.reports.records import COLUMNS, Written, plain
from fidelity_engine.escape import formula_safe, visible
from fidelity_engine.page import Page

LINES = 500
"""So many make a piece."""


def render(result: Any, page: Page) -> Iterator[str]:
    """The fixed columns; `evidence_ids` is followed by how many there are."""
    written = Written(_cell, evidence_ids=lambda evidence: _cell((evidence or {}).get("newest", [])))
    lines = ([*written(finding), plain((finding.evidence_ids or {}).get("count"))] for finding in result.findings)
    yield _text([[*COLUMNS, "evidence_count"]])
    while piece := _text(islice(lines, LINES)):
        yield piece


def _cell(value: Any) -> str:
    guarded = formula_safe(plain(value)) if isinstance(value, str | list | tuple | dict) else plain(value)
    return visible(guarded)


def _text(lines: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
