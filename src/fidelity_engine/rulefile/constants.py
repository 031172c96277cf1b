"""Constants of a source, and what its maps make of texts: each is a value of its field, or a mistake with a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

from fidelity_engine.model.measure import Status
from fidelity_engine.model.source import ColumnSpec, SourceSpec
from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.problems import Problems, did_you_mean

TYPES = {"start": "timestamp", "end": "timestamp", "recorded_at": "timestamp", "minutes": "number"}
"""Fields whose type is always the same."""
_STATUSES = get_args(Status)
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LOOKS = {
    "number": r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?",
    "integer": r"[+-]?[0-9]+([.]0*)?",
    "boolean": "(?i:true|false)",
    "date": _DAY,
    "timestamp": rf"{_DAY}([T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,9}})?)?(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)?)?",
}
_MENDS = {
    "number": "Write a number such as 30.", "integer": "Write a whole number such as 30.", "boolean": "Write true or false.",
    "date": "Write a date like 2026-01-30.", "timestamp": "Write a timestamp like 2026-01-30T18:00.",
}


def constants(source: SourceSpec, path: KeyPath, problems: Problems) -> None:
    """Add the constants that are no values: of these a run would only say that they are missing, or nothing at all."""
    for field, column in source.columns.items():
        for place, value in _said(column):
            written = str(value).strip()
            if field == "status":
                if written not in _STATUSES:
                    mend = did_you_mean(written, _STATUSES, f"Statuses are {', '.join(_STATUSES)}.")
                    problems.add((*path, "columns", field, *place), f"`{written[:60]}` is no status", mend)
            elif (kind := TYPES.get(field, column.type or "text")) in _LOOKS and not _is(kind, written, column):
                problems.add((*path, "columns", field, *place), f"`{written[:60]}` is no {kind}", _MENDS[kind])
    event_type = source.columns.get("type")
    if event_type is not None and event_type.value is not None and (written := str(event_type.value)) not in source.delivers:
        mend = did_you_mean(written, source.delivers, "Add it to `delivers:`.")
        problems.add((*path, "columns", "type", "value"), f"the source does not deliver `{written[:60]}`", mend)
    if twice := sorted({one for one in source.delivers if source.delivers.count(one) > 1}):
        problems.add((*path, "delivers"), f"`{twice[0]}` stands here twice", "Name each type once.")


def _said(column: ColumnSpec) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values that stand in the rule file, with their places; what is empty there is missing, which may be meant."""
    found = [(("value",), column.value), *((("map", key), value) for key, value in (column.map or {}).items())]
    return ((place, value) for place, value in found if value is not None and value != "")


def _is(kind: str, written: str, column: ColumnSpec) -> bool:
    """Whether a text is a value of the kind; one that a declared format is for is told when it is read."""
    if column.format is not None:
        return True
    if not re.fullmatch(_LOOKS[kind], written):
        return False
    if kind not in ("date", "timestamp"):
        return True
    try:
        return bool(date.fromisoformat(written[:10]))
    except ValueError:
        return False
