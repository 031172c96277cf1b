"""csv and tsv: comma or tab, double quotes, a header; nothing is sniffed. All columns are text."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from fidelity_engine.builtin.readers.csv_repair import Dialect, damaged, mended, scan
from fidelity_engine.builtin.readers.opening import MOST_COLUMNS, in_utf8, slug
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows


def read(request: ReadRequest) -> Rows:
    """The rows of one or several files with the same header."""
    dialect, skip = dialect_of(request), int(request.options.get("skip_rows") or 0)
    columns: list[str] = []
    paths = []
    for place, original in enumerate(request.paths):
        path = in_utf8(original, request, place, skip)
        found, lines = header(path, original.name, dialect)
        _check_delimiter(found, original.name, dialect)
        if place and found != columns:
            raise FidelityError(f"has other columns than {request.paths[0].name}", original.name, "Give it a source of its own.")
        columns = found
        paths.append(path if lines == 1 else _one_line(path, lines, len(found), request, place))
    columns = [column or f"column{place}" for place, column in enumerate(columns, 1)]
    return Rows(columns, scan(paths, columns, dialect), repair=partial(mended, request, paths, columns, dialect))


def dialect_of(request: ReadRequest) -> Dialect:
    """Delimiter and quote as declared, else as the extension says."""
    tabs = all(path.suffix.lower() in (".tsv", ".tab") for path in request.paths)
    delimiter = str(request.options.get("delimiter") or ("\t" if tabs else ","))
    quote = str(request.options.get("quote", '"') or "")
    if len(delimiter) != 1 or len(quote) > 1 or delimiter == quote or delimiter in "\r\n":
        raise FidelityError("delimiter and quote are one character each, and different", request.name, "Write delimiter: ';'.")
    return Dialect(delimiter, quote)


def header(path: Path, name: str, dialect: Dialect) -> tuple[list[str], int]:
    """The column names, which the first row says, and how many lines it takes."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            rows = csv.reader(file, **dialect.options)
            found, lines = next(filter(None, rows), []), rows.line_num
    except csv.Error:
        raise FidelityError("the header cannot be taken apart", name, "Declare `delimiter:` and `quote:`.") from None
    columns = [column.strip().removeprefix("\ufeff") for column in found]
    _check(columns, name)
    return columns, lines


def _one_line(path: Path, lines: int, width: int, request: ReadRequest, place: int) -> Path:
    """A copy whose header is one line: over several lines the engine would lose its place."""
    copy = request.folder / f"{slug(request.name)}-{place}-header{path.suffix}"
    with (
        path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as source,
        copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
    ):
        last = list(islice(source, lines))[-1]
        target.write(",".join(["h"] * width) + last[len(last.rstrip("\r\n")):])
        shutil.copyfileobj(source, target)
    return copy


def _check_delimiter(columns: Sequence[str], name: str, dialect: Dialect) -> None:
    """A header in one piece that holds what usually parts cells: told, and not guessed."""
    if len(columns) == 1:
        for sign, written in ((",", ","), (";", ";"), ("\t", "\\t"), ("|", "|")):
            if sign in columns[0] and sign != dialect.delimiter:
                raise FidelityError(f"the header is one column that holds `{written}`", name, f'Declare `delimiter: "{written}"`.')


def _check(columns: Sequence[str], name: str) -> None:
    if len(columns) > MOST_COLUMNS:
        raise FidelityError(f"has more than {MOST_COLUMNS:,} columns", name, "Export the ones that are needed, or transpose it.")
    if any(damaged(column) for column in columns):
        raise FidelityError("the header is not utf-8", name, "Declare `encoding:`, for example cp1252.")
    if any("\0" in column for column in columns):
        raise FidelityError("the header holds zero bytes, as a damaged file does", name, "Export it again.")
    if not any(columns):
        raise FidelityError("the file has no header", name, "The first row names the columns.")
    folded = [column.casefold() for column in columns]
    twice = sorted({column for column, same in zip(columns, folded, strict=True) if column and folded.count(same) > 1})
    if twice:
        raise FidelityError(f"the header has {', '.join(f'`{column}`' for column in twice)} twice", name, "Rename one of them.")


CSV = Reader("csv", (".csv", ".tsv", ".tab", ".txt"), read, "Comma- or tab-separated text with a header; nothing is sniffed.", scans=True)
