"""xlsx: a sheet of a workbook, row by row. Cells keep their types; formulas give the value that was last calculated."""

from __future__ import annotations

import math
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import Field

from fidelity_engine.builtin.readers.opening import MOST_COLUMNS, openable
from fidelity_engine.builtin.readers.zipped import BROKEN, check
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.values import Texts
from fidelity_engine.plugin.spec import Parameters, Placed, Reader, ReadRequest, Rows

MOST_ROWS, MOST_TEXT = 1_048_576, 200_000_000
"""Rows of a sheet, and bytes of the texts that all sheets share, which are held in memory."""
OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_PADDED = re.compile("0{2,20}")
"""A format that shows ids with zeros in front: what is shown is the id."""
DAMAGED = ("is no workbook that can be read", "Open it, and save it as .xlsx again.")


class Options(Parameters):
    """Keys of a source of workbooks."""

    serial_dates: Texts = Field((), description="Columns whose plain numbers are dates, as Excel counts them.")


def read(request: ReadRequest) -> Rows:
    """The rows of one or several workbooks whose sheets have the same columns; empty rows are none."""
    _must_be_there(request.name)
    columns: list[str] = []
    for place, path in enumerate(request.paths):
        with _opened(path) as book:
            found = _columns(_sheet(book, request, path), request, path)
        if place and found != columns:
            raise FidelityError(f"has other columns than {request.paths[0].name}", path.name, "Give it a source of its own.")
        columns = found
    for column in request.options.get("serial_dates", ()):
        if column not in columns:
            raise FidelityError(f"has no column `{column}`, which `serial_dates` names", request.paths[0].name, "Correct the name.")
    return Rows(columns, (row for place, path in enumerate(request.paths) for row in _rows(request, path, place, columns)))


def _must_be_there(source: str) -> None:
    if find_spec("openpyxl") is None:
        raise FidelityError("workbooks need a library that is not installed", source, "pip install 'fidelity-engine[xlsx]'")


def _opened(path: Path) -> Any:
    """The workbook, read as a stream, after it is certain that it does not burst."""
    from openpyxl import load_workbook

    openable(path)
    with path.open("rb") as file:
        if file.read(4) == OLD_OR_LOCKED:
            raise FidelityError("has a password, or is of the old kind .xls", path.name, "Save it as .xlsx, without a password.")
    try:
        with zipfile.ZipFile(path) as archive:
            check(archive.infolist(), path.name)
            if any(member.filename.endswith("sharedStrings.xml") and member.file_size > MOST_TEXT for member in archive.infolist()):
                raise FidelityError("holds more than 200 MB of texts", path.name, "Export the sheet as CSV.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")              # styles and validations that do not matter here
            return closing(load_workbook(path, read_only=True, data_only=True, keep_links=False))
    except FidelityError:
        raise
    except (*BROKEN, Exception):                         # whatever its library stumbles over
        raise FidelityError(DAMAGED[0], path.name, DAMAGED[1]) from None


def _sheet(book: Any, request: ReadRequest, path: Path) -> Any:
    """The sheet that the source names, else the only one."""
    wanted, names = request.options.get("sheet"), [sheet.title for sheet in book.worksheets]
    if wanted is None and len(names) == 1:
        wanted = names[0]
    if not names:                                        # what its library makes of the strict form, whose names it does not know
        raise FidelityError("has no sheet with rows, or is of the strict form", path.name, "Save it as .xlsx (Excel Workbook) again.")
    if wanted not in names:
        told = ", ".join(f"`{name}`" for name in names[:20])
        what = "has several sheets" if wanted is None else f"has no sheet `{wanted}`"
        raise FidelityError(what, path.name, f"Name one with `sheet:`: {told}.")
    sheet = book[wanted]
    sheet.reset_dimensions()                             # what is written there about its size is often wrong
    return sheet


def _columns(sheet: Any, request: ReadRequest, path: Path) -> list[str]:
    """The names in the first row that is not empty."""
    for cells in _cells(sheet, int(request.options.get("skip_rows") or 0) + 1, MOST_COLUMNS, path):
        named = ["" if cell.value is None else str(cell.value).strip() for cell in cells]
        if any(named):
            while not named[-1]:
                named.pop()
            _differ(named, path)
            return [name or f"column{place}" for place, name in enumerate(named, 1)]
    if skipped := request.options.get("skip_rows"):
        raise FidelityError(f"the sheet is empty below row {skipped}", path.name, "`skip_rows:` counts the rows above the header.")
    raise FidelityError("the sheet is empty", path.name, "The first row names the columns.")


def _differ(named: Sequence[str], path: Path) -> None:
    folded = [name.casefold() for name in named if name]
    if twice := sorted({name for name in folded if folded.count(name) > 1}):
        raise FidelityError(f"the header has {', '.join(f'`{name}`' for name in twice)} twice", path.name, "Rename one of them.")


def _cells(sheet: Any, first: int, width: int, path: Path) -> Iterator[Sequence[Any]]:
    rows = sheet.iter_rows(min_row=first, max_col=width)
    for number in count(first):
        if number > MOST_ROWS:
            raise FidelityError("names a row that no sheet has", path.name, DAMAGED[1])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = next(rows, None)
        except Exception:                                # damage shows where the stream comes to it
            raise FidelityError(DAMAGED[0], path.name, DAMAGED[1]) from None
        if row is None:
            return
        yield row


def _rows(request: ReadRequest, path: Path, place: int, columns: Sequence[str]) -> Iterator[Placed]:
    """The rows below the header, each with its number in the sheet."""
    serial = [column in request.options.get("serial_dates", ()) for column in columns]
    with _opened(path) as book:
        sheet, seen_header = _sheet(book, request, path), False
        first = int(request.options.get("skip_rows") or 0) + 1
        for number, cells in enumerate(_cells(sheet, first, len(columns), path), first):
            if all(cell.value is None or cell.value == "" for cell in cells):
                continue
            if seen_header:
                values = [_value(cell, counted, book.epoch) for cell, counted in zip(cells, serial, strict=False)]
                wrong = [column for column, cell in zip(columns, cells, strict=False) if cell.data_type == "e"]
                yield Placed({"@file": place, **dict(zip(columns, values, strict=False))}, f"{path.name}, sheet {sheet.title}", number, wrong)
            seen_header = True


def _value(cell: Any, serial: bool, epoch: datetime) -> Any:
    """A cell's value: dates without a time of day are dates, durations are minutes, errors such as #N/A are none."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return None
    if isinstance(value, str):
        return value
    if serial and isinstance(value, int | float) and not isinstance(value, bool):
        return _day_or_time(_counted(value, epoch), True)
    if isinstance(value, datetime):
        return _day_or_time(value, not _shows_time(cell.number_format))
    if isinstance(value, timedelta):
        return value.total_seconds() / 60
    if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer() and _PADDED.fullmatch(cell.number_format):
        return str(int(value)).zfill(len(cell.number_format))
    if isinstance(value, float):
        return (int(value) if value.is_integer() else value) if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, time) else value


def _counted(value: float, epoch: datetime) -> Any:
    """The date that a number stands for, or the number as text where it stands for none."""
    from openpyxl.utils.datetime import from_excel

    try:
        return from_excel(value, epoch)
    except (ValueError, OverflowError):
        return str(value)


def _day_or_time(value: Any, midnight_is_day: bool) -> Any:
    """To the second: what a spreadsheet keeps are parts of days, which no second is exactly."""
    if not isinstance(value, datetime):
        return value.isoformat() if isinstance(value, time) else value
    whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    return date(whole.year, whole.month, whole.day) if midnight_is_day and whole.time() == time() else whole


def _shows_time(number_format: str) -> bool:
    from openpyxl.styles.numbers import is_datetime

    return bool(is_datetime(number_format) != "date")


XLSX = Reader("xlsx", (".xlsx", ".xlsm"), read, "A sheet of a workbook; cells keep their types.", Options)
