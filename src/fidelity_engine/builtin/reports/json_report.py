"""`--format json`: one document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fidelity_engine.builtin.reports.records import as_json, finding_record, summary_record
from fidelity_engine.page import Page


def render(result: Any, page: Page) -> Iterator[str]:
    """The summary first, then the findings, and the improvement side: adjustments, outcomes at risk, who holds."""
    document = {
        "summary": summary_record(result), "findings": [finding_record(one) for one in result.findings],
        "adjustments": [asdict(one) for one in result.adjustments], "outcomes": [asdict(one) for one in result.outcomes],
        "holding": [asdict(one) for one in result.holding],
    }
    yield as_json(document, ascii_only=not page.unicode, indent=2) + "\n"
