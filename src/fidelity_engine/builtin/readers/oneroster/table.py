"""One csv file of a bundle: rows by column (small letters), without the guards and quotes that spreadsheets leave."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fidelity_engine.builtin.readers.opening import openable
from fidelity_engine.errors import FidelityError

_GUARD = re.compile(r'=?"(.*)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row by column, and its number (1-based, the header not counted)."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def rows_of(path: Path, name: str) -> Iterator[Row]:
    """The rows of a file, one by one. A file that cannot be taken apart is no file: half a roster accuses."""
    openable(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = [column.strip().lower() for column in next(rows, [])]
            _check(header, name)
            for number, row in enumerate(filter(None, rows), 1):
                if len(row) != len(header):
                    raise FidelityError(f"row {number} has {len(row)} cells where the header has {len(header)}", name, "Export it again.")
                yield Row(number, {column: unguarded(cell) for column, cell in zip(header, row, strict=True)})
    except csv.Error:
        raise FidelityError("cannot be taken apart", name, "Export it again: a quote is not closed.") from None
    except UnicodeError:
        raise FidelityError("is not utf-8", name, "OneRoster files are; export it again.") from None


def _check(header: list[str], name: str) -> None:
    if len(set(header)) != len(header):
        raise FidelityError("the header has a column twice", name, "Export it again.")
    if not {"sourcedid", "propertyname"} & set(header):
        raise FidelityError("the header names no sourcedId", name, "The first row names the columns, as OneRoster does.")


def unguarded(cell: str) -> str:
    """A cell without what keeps spreadsheets from making numbers of ids: `'00123`, `="00123"`."""
    cell = cell.strip()
    if cell.startswith("="):
        found = _GUARD.fullmatch(cell)
        return found[1] if found else cell
    return cell.removeprefix("'")


def listed(cell: str) -> list[str]:
    """The values of a list: separated by commas, those with a comma in them quoted once more."""
    try:
        values = next(csv.reader([cell.replace("\n", " ").replace("\r", " ")], skipinitialspace=True), [])
    except csv.Error:
        values = cell.split(",")
    return [value for value in (unguarded(value) for value in values) if value]
