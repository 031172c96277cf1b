"""`--format csv`: one finding per line, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from fidelity_engine.builtin.reports.records import COLUMNS, finding_record, plain
from fidelity_engine.escape import formula_safe, visible
from fidelity_engine.page import Page


def render(result: Any, page: Page) -> Iterator[str]:
    """The fixed columns; `evidence_ids` is followed by how many there are."""
    yield _line([*COLUMNS, "evidence_count"])
    for finding in result.findings:
        record = finding_record(finding)
        evidence = record["evidence_ids"] or {}
        record["evidence_ids"] = evidence.get("newest", [])
        yield _line([*(_cell(value) for value in record.values()), plain(evidence.get("count"))])


def _cell(value: Any) -> str:
    guarded = formula_safe(plain(value)) if isinstance(value, str | list | tuple | dict) else plain(value)
    return visible(guarded)


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
