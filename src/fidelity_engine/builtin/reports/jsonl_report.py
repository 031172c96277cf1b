"""`--format jsonl`: one finding per line, and one summary at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fidelity_engine.builtin.reports.records import as_json, finding_record, summary_record
from fidelity_engine.page import Page


def render(result: Any, page: Page) -> Iterator[str]:
    """A reader that sees no summary knows that the file is not whole."""
    for finding in result.findings:
        yield as_json(finding_record(finding) | {"kind": "finding"}, ascii_only=not page.unicode) + "\n"
    yield as_json(summary_record(result), ascii_only=not page.unicode) + "\n"
