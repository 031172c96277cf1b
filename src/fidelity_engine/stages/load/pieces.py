"""Which people occur where in a source's files: these are often sorted by school, so that a piece of them names few of all people.

A list of all people is copied for every two thousand events, and is too long to stay where the processor finds it soon; that of a piece does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from fidelity_engine.db import Database

PLACES = 160_000
"""So many places of a list are worth a piece of their own: each brings the events in with a plan of its own."""
MOST_PIECES = 8
WORTHWHILE = 0.5
"""The lists of pieces may be so long, in place of one of all, on the average of the events."""
EACH = 8
"""One row in so many is looked at."""
STRAY = 0.001
"""So many events of a piece may be of schools whose people have lower numbers than the others, and higher ones."""


class Piece(NamedTuple):
    """Rows of a source that lie together: a condition for the scan, and the numbers of the people of nearly all of their schools."""

    condition: str
    low: int
    high: int


def pieces_of(db: Database, rows: str, files: int, ranges: str, places: int) -> Sequence[Piece]:
    """The pieces of so many files; none where the people of each are not much fewer than `places`, that of all.

    `rows`: relation of some of the rows (file_no, row_no, school_no), spread over the files. `ranges`: relation of the lowest and the highest number
    of the people of each school (school_no, low, high).
    """
    count = min(MOST_PIECES, places // PLACES)
    if count < 2:
        return ()
    most = db.one(f"select max(row_no) + 1 from {rows}") or 1
    number, conditions = _cut(files, count, most)
    found = db.rows(f"""select {number} as number, quantile_disc(s.low, {STRAY})::bigint, quantile_disc(s.high, {1 - STRAY})::bigint, count(*)
        from {rows} r join {ranges} s on s.school_no = r.school_no where r.row_no % {EACH} = 0 group by number""")
    told = {piece: (low, high) for piece, low, high, _ in found}
    length = sum((high - low + 1) * events for _, low, high, events in found) / max(sum(row[-1] for row in found), 1)
    if not found or length > WORTHWHILE * places:
        return ()
    return [Piece(condition, *told.get(piece, found[0][1:3])) for piece, condition in enumerate(conditions)]


def _cut(files: int, count: int, most: int) -> tuple[str, Sequence[str]]:
    """SQL for the number of a row's piece, and the condition of each: several files, a file, or a part of one with up to `most` rows.

    Each row is in one piece, also of a file or a row that was not counted: what is in none would be lost.
    """
    parts = count // files
    if parts < 2:
        count = min(count, files)
        starts = [-(-files * piece // count) for piece in range(count + 1)]
        bounds = [f"file_index >= {first} and file_index < {end}" for first, end in pairwise(starts[:-1])]
        return f"r.file_no * {count} // {files}", [*bounds, f"file_index >= {starts[-2]}"]
    size = -(-most // parts)
    ends = [f" and file_row_number < {size * (part + 1)}" if part + 1 < parts else "" for part in range(parts)]
    which = [*(f"= {file}" for file in range(files - 1)), f">= {files - 1}"]
    return (f"r.file_no * {parts} + least(r.row_no // {size}, {parts - 1})",
            [f"file_index {file} and file_row_number >= {size * part}{ends[part]}" for file in which for part in range(parts)])
