"""`--format jsonl`: one finding per line, and one summary at the end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from fidelity_engine.builtin.reports.records import COLUMNS, Written, as_json, in_pieces, summary_record
from fidelity_engine.page import Page

_LINE = "{" + ", ".join(f'"{name}": %s' for name in COLUMNS) + ', "kind": "finding"}\n'


def render(result: Any, page: Page) -> Iterator[str]:
    """A reader that sees no summary knows that the file is not whole."""
    written = Written(partial(as_json, ascii_only=not page.unicode))
    yield from in_pieces(_LINE % tuple(written(finding)) for finding in result.findings)
    yield as_json(summary_record(result), ascii_only=not page.unicode) + "\n"
