"""What a source says of its columns and its file: each word must be one that does something, or a mistake with a place."""

from __future__ import annotations

from pathlib import PurePosixPath

from fidelity_engine.model.source import ColumnSpec, SourceSpec
from fidelity_engine.rulefile.constants import TYPES
from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.problems import Problems
from fidelity_engine.where import DERIVED

_LISTS = ("participants", "team", "school", "grades")
_NO_WORKBOOKS = frozenset({".csv", ".tsv", ".json", ".jsonl", ".parquet", ".ics"})


def columns(source: SourceSpec, path: KeyPath, problems: Problems) -> None:
    """Add what would silently be without effect."""
    for field, said in source.columns.items():
        here = (*path, "columns", field)
        if field in DERIVED:
            problems.add(here, f"`{field}` is worked out, and cannot be given", "Give the field another name, or remove it.", True)
        elif said.value is None:
            _converted(field, said, here, problems)
    suffix = PurePosixPath(source.read).suffix.lower()
    if source.sheet is not None and source.reader is None and suffix in _NO_WORKBOOKS:
        problems.add((*path, "sheet"), f"`sheet` goes with workbooks, and `{suffix}` is none", "Remove `sheet`, or read a .xlsx.", True)


def _converted(field: str, said: ColumnSpec, path: KeyPath, problems: Problems) -> None:
    """`split` makes a list, `format` reads dates and timestamps."""
    kind = TYPES.get(field) or ("list" if field in _LISTS else said.type)
    if said.split is not None and kind not in (None, "list"):
        problems.add((*path, "split"), f"`split` goes with lists, and `{field}` is a {kind}", "Remove `split`.", True)
    if said.format is not None and kind not in ("date", "timestamp"):
        told = f"`format` goes with dates and timestamps, and `{field}` is a {kind or ('list' if said.split else 'text')}"
        problems.add((*path, "format"), told, "Remove `format`." if field in _LISTS or field in TYPES else "Declare type: date, or remove `format`.", True)
