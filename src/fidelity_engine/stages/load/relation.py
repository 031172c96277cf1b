"""Rows of a reader, or rows given in place of a file, as something that SQL can select from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from fidelity_engine.db import Database, name
from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.model.rule import ReadSpec, RuleSet
from fidelity_engine.plugin.spec import Placed, Reader, ReadRequest, Rows, Scan
from fidelity_engine.stages.load.convert import Cell
from fidelity_engine.stages.load.feed import BROKEN, feed_of
from fidelity_engine.stages.load.place import RowPlace

GIVEN = "given_listing"


class Relation(NamedTuple):
    """`sql` stands after FROM; `types`: column → SQL type; `values` are bound; `origin` names it in mistakes.

    `broken`: an SQL condition for rows that could not be taken apart, where there can be any. `row_no`: their number, from 1.
    `places`: file and row there of each row, where its reader tells them.
    """

    origin: str
    sql: str
    types: Mapping[str, str]
    values: dict[str, Any] | None = None
    broken: str = ""
    row_no: str = "row_number() over ()"
    places: Sequence[tuple[str, int]] = ()

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, in order."""
        return list(self.types)

    def cell(self, column: str) -> Cell:
        """A column with its type."""
        return Cell(name(column), self.types[column])


@contextmanager
def opened(db: Database, origin: str, rows: Rows, known: Collection[str] = ()) -> Iterator[Relation]:
    """The rows as a relation, for as long as the context lasts. `known`: columns of which the listing says the type."""
    if isinstance(rows.data, Scan):
        yield scanned(db, origin, rows, known)
    elif hasattr(rows.data, "__arrow_c_stream__"):
        with db.registered(GIVEN, rows.data):
            yield Relation(origin, GIVEN, db.columns(GIVEN))
    else:
        rows.data = list(rows.data)
        found, wrong = bound(origin, rows.columns, rows.data), list(_bad_cells(origin, rows.data, known))
        if wrong:
            raise Mistakes(wrong)
        if rows.rejected:
            raise unreadable_rows(origin, rows)
        yield found


def _bad_cells(origin: str, data: Iterable[Any], known: Collection[str]) -> Iterator[FidelityError]:
    """Cells that their reader found to be no values, in columns that the listing uses."""
    for row in data:
        for column in row.bad if isinstance(row, Placed) else ():
            if column in known:
                place = RowPlace(row.place or origin, row.row or 0)
                yield FidelityError(f"`{column}` holds an error such as #N/A", place, "Mend the cell: nothing is judged on half a file.")


def scanned(db: Database, origin: str, rows: Rows, known: Collection[str]) -> Relation:
    """A file that the engine reads itself. JSON values keep their type where the listing does not say one."""
    feed = feed_of(db, origin, 0, rows, ())
    others = set(feed.columns) - set(known)
    if feed.open_ended and others:
        feed = feed_of(db, origin, 0, rows, others)
    if not feed.open_ended:
        if feed.numbered and isinstance(rows.data, Scan) and len(rows.data.paths) == 1:
            return Relation(origin, feed.scan, feed.columns, row_no="file_row_number + 1")          # several threads can read
        return Relation(origin, feed.scan, feed.columns)
    if not feed.columns and db.one(f"select count(*) from {feed.scan}"):
        raise FidelityError("holds rows, and none of them is a JSON object", origin, "Write {...} for each row, one a line in .jsonl.")
    return Relation(origin, f"({feed.select(feed.columns)})", feed.columns, broken=BROKEN)


MENDS = {
    (".zip", ".gz", ".bz2", ".xz", ".7z", ".zst", ".tar"): "Unpack it, or name its `reader:`.",
    (".xls", ".xlsb", ".ods", ".numbers"): "Save it as .xlsx or as CSV.", (".pdf", ".doc", ".docx", ".html"): "Export it as CSV.",
    (".db", ".sqlite", ".sqlite3"): "Write its address, sqlite:///PATH, and a `query:`.",
}
"""What would mend a file of a kind that has no reader."""
TYPES: tuple[tuple[frozenset[type], str], ...] = (
    (frozenset({bool}), "BOOLEAN"), (frozenset({int}), "BIGINT"), (frozenset({int, float, Decimal}), "DOUBLE"),
    (frozenset({date}), "DATE"), (frozenset({list, tuple, set, frozenset}), "VARCHAR[]"),
)
"""What a column of values is; texts, and all other mixtures, are text."""


def bound(origin: str, columns: Sequence[str], data: Collection[Mapping[str, Any] | Placed]) -> Relation:
    """Rows as bound lists, one list per column."""
    placed = any(isinstance(row, Placed) for row in data)
    places = [_place(origin, number, row) for number, row in enumerate(data, 1)] if placed else []
    rows = [row.values if isinstance(row, Placed) else row for row in data]
    types: dict[str, str] = {}
    values: dict[str, Any] = {}
    for place, column in enumerate(columns):
        cells = [row.get(column) for row in rows]
        kinds = {type(cell) for cell in cells if cell is not None}
        types[column] = next((kind for fits, kind in TYPES if kinds and kinds <= fits), "VARCHAR")
        values[f"c{place}"] = [adapted(types[column])(cell) for cell in cells]
    selected = ", ".join(f"unnest($c{place}::{types[c]}[]) as {name(c)}" for place, c in enumerate(columns))
    return Relation(origin, f"(select {selected or 'null where false'})", types, values, places=places)


def _place(origin: str, number: int, row: Mapping[str, Any] | Placed) -> tuple[str, int]:
    """File and row there: as the reader says, else the number among all rows."""
    said = row if isinstance(row, Placed) else None
    return (said.place if said else "") or origin, (said.row if said else None) or number


def adapted(kind: str) -> Callable[[Any], Any]:
    """How a value is bound in a column of a type."""
    if kind == "VARCHAR[]":
        return lambda cell: None if cell is None else [as_text(part) for part in cell]
    return as_text if kind == "VARCHAR" else lambda cell: cell


def as_text(value: Any) -> str | None:
    """One value as a cell of a file would hold it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return ";".join(as_text(item) or "" for item in value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def given_rows(data: Any, origin: str) -> Rows:
    """Rows that were given in place of a file: Arrow data, or a list of mappings."""
    if isinstance(data, Rows):
        return data
    if hasattr(data, "__arrow_c_stream__"):
        return Rows([], data, typed=True)
    rows = mappings(data, origin)
    return Rows(list(dict.fromkeys(str(key) for row in rows for key in row)), rows)


def mappings(data: Any, origin: str) -> list[Mapping[str, Any]]:
    """Given rows as a list; FidelityError where they are none, or one of them is no mapping."""
    mend = "Give a list of mappings such as [{...}, {...}], or an Arrow table."
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        raise FidelityError(f"rows were expected here, not {type(data).__name__}", origin, mend)
    rows = list(data)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise FidelityError(f"a row is a mapping of fields, not {type(row).__name__}", RowPlace(origin, number), mend)
    return rows


def read(
    db: Database, ruleset: RuleSet, name: str, spec: ReadSpec, readers: Mapping[str, Reader], paths: Sequence[Path], address: str = ""
) -> Rows:
    """The rows of a file, or database, of the rule set; rows that its reader could not take apart are mistakes."""
    reader = reader_for(spec, readers, paths, address)
    options = spec.model_dump(exclude={"read", "reader", "columns"}, exclude_none=True)
    rows = reader.read(ReadRequest(name, paths, options, db.folder, ruleset.timezone, name, address))
    if rows.rejected:
        raise unreadable_rows(spec.read, rows)
    return rows


def unreadable_rows(origin: str, rows: Rows) -> Mistakes:
    """The rows that a reader could not take apart: half a roster accuses, so each of them is a mistake."""
    mend = "Mend the row: nothing is judged on half a file."
    return Mistakes(FidelityError(bad.sentence, RowPlace(_file_of(origin, bad.path), bad.row), mend) for bad in rows.rejected)


def _file_of(origin: str, path: str) -> str:
    """What was asked for, and the file in it where that is another."""
    asked = Path(origin)
    if path.startswith(f"{asked.name}/"):                # an archive or folder, of which the path names a file
        return (asked.parent / path).as_posix()
    return origin if asked.name == path else f"{origin}: {path}"


def takes_folders(spec: ReadSpec, readers: Mapping[str, Reader]) -> bool:
    """Whether the reader that the rule file names also reads a folder."""
    return spec.reader in readers and readers[str(spec.reader)].folders


def reader_for(spec: ReadSpec, readers: Mapping[str, Reader], paths: Sequence[Path], address: str = "") -> Reader:
    """The reader that the rule file names, else the one for the file's extension or for the address."""
    if spec.reader:
        if spec.reader in readers:
            return readers[spec.reader]
        raise FidelityError(f"unknown reader '{spec.reader}'", spec.read, f"Known: {', '.join(sorted(readers))}.")
    if address:
        return _reader_of(address, spec, readers)
    extension = paths[0].suffix.lower()
    for reader in readers.values():
        if extension in reader.extensions:
            return reader
    mend = next((mend for extensions, mend in MENDS.items() if extension in extensions), "Name one with `reader:`.")
    raise FidelityError(f"no reader for '{extension}' files", spec.read, mend)


def _reader_of(address: str, spec: ReadSpec, readers: Mapping[str, Reader]) -> Reader:
    scheme = address.partition("://")[0].partition("+")[0].lower()
    for reader in readers.values():
        if scheme in reader.schemes:
            return reader
    raise FidelityError("no reader for addresses of this kind", getattr(spec, "name", ""), "Name one with `reader:`.")
