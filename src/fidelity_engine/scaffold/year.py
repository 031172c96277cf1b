"""`fidelity new year`: next year's rule file and tests, with every date moved and marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fidelity_engine.engine import Engine
from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.rulefile import Document, document_of, read_document
from fidelity_engine.testing.suite import ENDING
from fidelity_engine.where import Plain

SAME_WEEKDAY = timedelta(364)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.+Z-]+)?(\.\.\d{4}-\d{2}-\d{2})?")
_YEAR = re.compile(r"(\d{4})-(\d{2}|\d{4})")
_AS_OF = re.compile(r"^as_of:.*\n?", re.MULTILINE)
MARK = "# moved by a year: look at it"


def next_year(rules: Path) -> tuple[dict[Path, str], list[str]]:
    """New path → text of next year's rule file (and its tests), and what somebody should look at."""
    document = read_document(rules)
    year = _next(document)
    target = _renamed(rules, document.data.get("year"), year)
    written = _AS_OF.sub("", _moved(document, year, MARK))
    texts, tests = {target: written}, rules.with_name(rules.stem + ENDING)
    Engine.from_text(written, rules.parent, str(target))
    if tests.is_file():
        moved = _moved(document_of(tests.read_text("utf-8"), str(tests), tests.parent), "", "")
        texts[target.with_name(target.stem + ENDING)] = re.sub(r"^rules:.*$", f"rules: {target.name}", moved, count=1, flags=re.MULTILINE)
    return texts, list(_to_do(document))


def _next(document: Document) -> str:
    """The year after the file's: 2026-27 after 2025-26."""
    said = str(document.data.get("year") or "")
    found = _YEAR.fullmatch(said)
    if not found:
        raise Mistakes([document.mistake(("year",), f"the year `{said}` is none of the form 2025-26", "Write year: 2025-26.")])
    first = int(found.group(1)) + 1
    return f"{first}-{(first + 1) % 100:02}" if len(found.group(2)) == 2 else f"{first}-{first + 1}"


def _renamed(rules: Path, year: Any, following: str) -> Path:
    stem = rules.stem.replace(str(year), following)
    target = rules.with_name(f"{stem if stem != rules.stem else f'{rules.stem}-{following}'}{rules.suffix}")
    if target.exists():
        raise FidelityError(f"{target} is there already", mend="Move it away, or go on with it.")
    return target


# --- dates --------------------------------------------------------------------------------------------------------------


def _moved(document: Document, year: str, mark: str) -> str:
    """The text with all its plain dates a year later; lines that changed carry a mark."""
    lines = document.text.splitlines(keepends=True)
    edits = [(start, end, moved_text(text)) for start, end, text in _dates(document.node, ())]
    said = document.node.child("year")
    if said is not None and year:
        edits.append((_at(said.start), _at(said.end), year))
    for (line, column), (_, end), text in sorted(edits, reverse=True):
        lines[line] = lines[line][:column] + text + lines[line][end:]
    if mark:
        for line in {start[0] for start, _, _ in edits} - ({said.start.line} if said is not None else set()):
            lines[line] = f"{lines[line].rstrip()}    {mark}\n" if "#" not in lines[line] else lines[line].rstrip() + f" ({mark[2:]})\n"
    return "".join(lines)


def _dates(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """Start, end and text of every plain scalar that is a date; not those of a basis, or of `as_of` of a rule file."""
    if isinstance(node.data, Plain) and _DATED.fullmatch(node.data):
        if path != ("as_of",):
            yield _at(node.start), _at(node.end), str(node.data)
        return
    parts = node.parts.items() if isinstance(node.parts, dict) else enumerate(node.parts or ())
    for key, part in parts:
        if key != "basis":
            yield from _dates(part, (*path, str(key)))


def _at(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def moved_text(text: str) -> str:
    """A text with its dates a year later."""
    return _DATE.sub(lambda found: _later(date.fromisoformat(found.group())).isoformat(), text)


def _later(day: date) -> date:
    """The first of a month stays the first of a month; any other date keeps its weekday."""
    return day.replace(year=day.year + 1) if day.day == 1 else day + SAME_WEEKDAY


def _to_do(document: Document) -> Iterator[str]:
    yield "Dates are a year later: the first of a month stays one, all others keep their weekday. Look at each line that is marked."
    calendar: Any = document.data.get("calendar")
    if isinstance(calendar, dict) and "read" in calendar:
        yield f"The calendar is read from {calendar['read']}: it must hold the days of the new year."
    yield "Roster and evidence are read from the same files: put the new ones there, or change `read:`."
    for paper in ("waivers", "decisions", "complete"):
        if paper in document.data:
            yield f"`{paper}` still holds last year's rows; rows that have ended do nothing."
