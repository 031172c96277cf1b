"""Damaged csv files, read with care: what can be read is, and each row that cannot is named."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fidelity_engine.builtin.readers.opening import Rejects, slug
from fidelity_engine.plugin.spec import ReadRequest, Rejected, Rows, Scan

BROKEN = "A quote is not closed, or text stands after a closing quote"
BYTES = "It holds bytes that are no utf-8; where Excel saved the file, say `encoding: cp1252`"
LONGEST_LINE = 2_000_000
TOO_LONG = f"It is longer than {LONGEST_LINE:,} bytes, the most that a row may have"
LONG_CELL = "A cell in quotes is longer than {:,} characters, the most that one may have in a file with damaged rows"
BUFFER_BYTES = 48_000_000
"""Of large files so much is read at a time: what a thread takes of it then fills a block of a table, and is not copied to others."""
LONGEST_SHOWN = 10_000


class Dialect(NamedTuple):
    """How cells are told apart."""

    delimiter: str
    quote: str

    @property
    def options(self) -> dict[str, Any]:
        """The same for Python's csv module."""
        quoting = {"quotechar": self.quote} if self.quote else {"quoting": csv.QUOTE_NONE, "quotechar": None}
        return {"delimiter": self.delimiter, "strict": True, **quoting}


class Record(NamedTuple):
    """One row of a file: its cells, or its text and what is wrong with it."""

    cells: list[str]
    sentence: str = ""
    raw: str = ""


def mended(request: ReadRequest, paths: Sequence[Path], columns: Sequence[str], dialect: Dialect) -> Rows:
    """The rows that can be read, in clean copies of the files, and those that cannot."""
    rejected = Rejects()
    copies = []
    for place, (path, original) in enumerate(zip(paths, request.paths, strict=True)):
        copy = request.folder / f"{slug(request.name)}-{place}-mended.csv"
        with copy.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow("h" for _ in columns)
            for row, record in enumerate(records(path, len(columns), dialect), 1):
                if record.sentence:
                    rejected.add(Rejected(original.name, row, record.sentence, record.raw))
                else:
                    writer.writerow(record.cells)
        copies.append(copy)
    return Rows(columns, scan(copies, columns, CLEAN), rejected)


CLEAN = Dialect(",", '"')


def scan(paths: Sequence[Path], columns: Sequence[str], dialect: Dialect) -> Scan:
    """Files that the engine reads by itself, all columns as text."""
    options = {
        "columns": dict.fromkeys(columns, "VARCHAR"), "auto_detect": False, "header": True, "delim": dialect.delimiter,
        "quote": dialect.quote, "escape": dialect.quote, "strict_mode": True, "null_padding": False,
        "max_line_size": LONGEST_LINE,
    }
    if any(path.stat().st_size > BUFFER_BYTES for path in paths):
        options["buffer_size"] = BUFFER_BYTES
    return Scan("read_csv", paths, options)


def records(path: Path, width: int, dialect: Dialect) -> Iterator[Record]:
    """The data rows of a file. A row whose quotes are wrong ends with its line, so that the next line is a row again."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _Lines(file)
        seen_header = False
        while (record := _next(lines, width, dialect)) is not None:
            if seen_header:
                yield record
            seen_header = True


class _Lines:
    """Lines of a file that can be handed back."""

    def __init__(self, file: Iterator[str]) -> None:
        self.file, self.back = file, deque[str]()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else next(self.file)
        self.taken.append(line)
        return line

    def hand_back(self, keep: int) -> None:
        """All lines taken but the first `keep` come again."""
        self.back.extendleft(reversed(self.taken[keep:]))

    def blank(self) -> bool:
        """Skip one empty line, and tell whether there was one."""
        line = next(self, None)
        if line is not None and line.strip("\r\n"):
            self.hand_back(-1)
            return False
        return line is not None


    def plain(self, dialect: Dialect) -> list[str] | None:
        """The cells of the next line where it has no quote, as most have none: told apart without a reader for each."""
        line = next(self, "")
        if line and not (dialect.quote and dialect.quote in line):
            return line.rstrip("\r\n").split(dialect.delimiter)
        self.hand_back(0)
        self.taken = []
        return None


def _next(lines: _Lines, width: int, dialect: Dialect) -> Record | None:
    lines.taken = []
    while width > 1 and lines.blank():
        lines.taken = []
    lines.taken = []
    try:
        cells = lines.plain(dialect) or next(csv.reader(lines, **dialect.options))
    except StopIteration:
        return None
    except csv.Error as error:
        raw, long = _shown(lines.taken[:1]), "limit" in str(error) and len(lines.taken) == 1
        lines.hand_back(1)
        return Record([], f"{LONG_CELL.format(csv.field_size_limit()) if long else BROKEN}.", raw)
    long = 4 * sum(map(len, lines.taken)) > LONGEST_LINE and _bytes(cells) > LONGEST_LINE
    record = Record([], f"{TOO_LONG}.") if long else _checked(cells or [""], width)
    return record._replace(raw=_shown(lines.taken)) if record.sentence else record


def _bytes(cells: Sequence[str]) -> int:
    """How long they are at most when they are written."""
    return sum(len(cell.encode("utf-8", "surrogateescape")) + cell.count('"') + 3 for cell in cells)


def _shown(lines: Sequence[str]) -> str:
    return "".join(lines)[:LONGEST_SHOWN].rstrip("\r\n").encode("utf-8", "replace").decode()


def _checked(cells: list[str], width: int) -> Record:
    if len(cells) != width:
        return Record([], f"It has {len(cells)} cells where the header has {width}.")
    if damaged("".join(cells)):
        return Record([], f"{BYTES}.")
    return Record(cells)


def damaged(cell: str) -> bool:
    """Whether a text holds bytes that were no utf-8."""
    return not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell)
