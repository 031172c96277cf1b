"""The text of lines that are no JSON: the engine, which reads the others, has nothing to show for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from fidelity_engine.db import Database
from fidelity_engine.stages.load.papers import create
from fidelity_engine.stages.load.reasons import Fate

MOST, LARGEST = 100_000, 100_000_000
"""So many lines are shown, and so many characters of all of them together."""


def broken_lines(db: Database, number: int, files: Collection[Path], rows: str) -> str:
    """Make `line_<n>` (file_no, row, raw) of the lines that could not be taken apart; gives its name. `rows`: SELECT of file_no, row and fate.

    The files are read once more, and only where there are any.
    """
    wanted: dict[int, set[int]] = {}
    for file_no, row in db.rows(f"select file_no, row from ({rows}) where fate = {Fate.BROKEN.value} order by all limit {MOST}"):
        wanted.setdefault(file_no, set()).add(row)
    found, left = [], LARGEST
    for file_no, row, raw in ((no, *told) for no, path in enumerate(files) if no in wanted for told in _texts(path, wanted[no])):
        if (left := left - len(raw)) < 0:
            break
        found.append((file_no, row, raw))
    create(db, f"line_{number}", {"file_no": "INTEGER", "row": "BIGINT", "raw": "VARCHAR"}, found)
    return f"line_{number}"


def _texts(path: Path, wanted: Collection[int]) -> Iterator[tuple[int, str]]:
    """Number and text of these lines; empty ones do not count."""
    with path.open("rb") as file:
        written = (line for line in file if line.strip())
        for number, line in enumerate(written, 1):
            if number in wanted:
                yield number, line.decode(errors="replace").rstrip("\r\n")
