"""Statements one after the other: JSON lines, or a document (an array, or what a store answers)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidelity_engine.errors import FidelityError

LARGEST_DOCUMENT = 200_000_000
LONGEST_LINE = 2_000_000
LONGEST_SHOWN = 10_000
NO_OBJECT = "It is no JSON object."
TOO_LONG = f"It is longer than {LONGEST_LINE} bytes."


@dataclass(frozen=True)
class Line:
    """A statement and its number (1-based); None where there should be one, with what is wrong and its text."""

    number: int
    statement: Mapping[str, Any] | None
    sentence: str = NO_OBJECT
    raw: str = ""


def lines(path: Path, name: str) -> Iterator[Line]:
    """The statements of a file, which is named by its extension."""
    return _document(path, name) if path.suffix.lower() == ".json" else _of_lines(path)


def _of_lines(path: Path) -> Iterator[Line]:
    number = 0
    with path.open("rb") as file:
        while raw := file.readline(LONGEST_LINE):
            whole = raw.endswith(b"\n") or len(raw) < LONGEST_LINE
            while not whole and not file.readline(LONGEST_LINE).endswith(b"\n"):
                if not file.peek(1):
                    break
            if raw.removeprefix(b"\xef\xbb\xbf").strip():
                number += 1
                yield _line(number, raw) if whole else Line(number, None, TOO_LONG)


def _line(number: int, raw: bytes) -> Line:
    try:
        found = loaded(raw.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        found = None
    shown = "" if isinstance(found, dict) else raw[:LONGEST_SHOWN].decode("utf-8", "replace").rstrip("\r\n")
    return Line(number, found if isinstance(found, dict) else None, raw=shown)


def _document(path: Path, name: str) -> Iterator[Line]:
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise FidelityError("is too large for one JSON document", name, "Export JSON lines (.jsonl), one statement a line.")
    try:
        found = loaded(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise FidelityError("is no JSON", name, "Export it again, or name it .jsonl with one statement a line.") from None
    statements = found.get("statements") if isinstance(found, dict) else found
    if not isinstance(statements, list):
        raise FidelityError("holds no list of statements", name, 'Write [{...}, {...}] or {"statements": [...]}.')
    for number, one in enumerate(statements, 1):
        yield Line(number, one if isinstance(one, dict) else None, raw=json.dumps(one)[:LONGEST_SHOWN])


def loaded(raw: bytes) -> Any:
    """JSON; words that are no JSON (NaN) are a ValueError."""
    return json.loads(raw, parse_constant=_refused)


def _refused(word: str) -> None:
    raise ValueError(word)
