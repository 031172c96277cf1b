"""csv and tsv: comma or tab, double quotes, a header; nothing is sniffed. All columns are text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fidelity_engine.builtin.readers.csv_repair import Dialect, damaged, mended, scan
from fidelity_engine.builtin.readers.opening import in_utf8
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows


def read(request: ReadRequest) -> Rows:
    """The rows of one or several files with the same header."""
    dialect, skip = dialect_of(request), int(request.options.get("skip_rows") or 0)
    paths = [in_utf8(path, request, place, skip) for place, path in enumerate(request.paths)]
    headers = [header(path, original.name, dialect) for path, original in zip(paths, request.paths, strict=True)]
    for found, original in zip(headers, request.paths, strict=True):
        if found != headers[0]:
            raise FidelityError(f"has other columns than {request.paths[0].name}", original.name, "Give it a source of its own.")
    columns = [column or f"column{place}" for place, column in enumerate(headers[0], 1)]
    return Rows(columns, scan(paths, columns, dialect), repair=partial(mended, request, paths, columns, dialect))


def dialect_of(request: ReadRequest) -> Dialect:
    """Delimiter and quote as declared, else as the extension says."""
    tabs = all(path.suffix.lower() in (".tsv", ".tab") for path in request.paths)
    delimiter = str(request.options.get("delimiter") or ("\t" if tabs else ","))
    quote = str(request.options.get("quote", '"') or "")
    if len(delimiter) != 1 or len(quote) > 1 or delimiter == quote or delimiter in "\r\n":
        raise FidelityError("delimiter and quote are one character each, and different", request.name, "Write delimiter: ';'.")
    return Dialect(delimiter, quote)


def header(path: Path, name: str, dialect: Dialect) -> list[str]:
    """The column names: the first row."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            found = next(filter(None, csv.reader(file, **dialect.options)), [])
    except csv.Error:
        raise FidelityError("the header cannot be taken apart", name, "Declare `delimiter:` and `quote:`.") from None
    columns = [column.strip().removeprefix("\ufeff") for column in found]
    _check(columns, name)
    return columns


def _check(columns: Sequence[str], name: str) -> None:
    if any(damaged(column) for column in columns):
        raise FidelityError("the header is not utf-8", name, "Declare `encoding:`, for example cp1252.")
    if not any(columns):
        raise FidelityError("the file has no header", name, "The first row names the columns.")
    twice = sorted({column for column in columns if columns.count(column) > 1 and column})
    if twice:
        raise FidelityError(f"the header has {', '.join(f'`{column}`' for column in twice)} twice", name, "Rename one of them.")


CSV = Reader("csv", (".csv", ".tsv", ".tab", ".txt"), read, "Comma- or tab-separated text with a header; nothing is sniffed.")
