"""Listings: files of the roster, calendar and papers, read into a table of typed columns.

Every listing table has `row_no` (1-based number of the data row), the fields of its listing, the file's other columns
as `@` and their own name where the listing keeps them, and `bad`: what did not convert, as field, UNIT, text, RECORD.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.model.rule import ColumnSpec
from fidelity_engine.stages.load.cells import EMPTIED, KINDS, Said
from fidelity_engine.stages.load.convert import Cell, written
from fidelity_engine.stages.load.feed import unreadable
from fidelity_engine.stages.load.fields import native
from fidelity_engine.stages.load.place import RowPlace, columns_told
from fidelity_engine.stages.load.relation import Relation

UNIT, RECORD = "\x1f", "\x1e"
LIKE = 0.8
"""So like a field must a column be that is taken for a misspelt one: `frm` is, `form` is not."""
MISSING, BROKEN = "\x00", "\x01"


class Field(NamedTuple):
    """One column of a listing: its name in the file, kind of cell, and whether column and value are required."""

    name: str
    kind: str = "text"
    required: bool = False
    filled: bool = False
    column: str = ""

    @property
    def sql(self) -> str:
        """The name of the typed column."""
        return self.column or self.name


class Listing(NamedTuple):
    """What a file may say. `extra`: its other columns are kept as attributes."""

    name: str
    table: str
    fields: tuple[Field, ...]
    extra: bool = False

    @property
    def known(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(entry.name for entry in self.fields)


class Listed(NamedTuple):
    """A listing that was read: how its file is called, its attribute columns with their types, and where its rows stand."""

    origin: str
    extras: Mapping[str, str] = {}
    places: Sequence[tuple[str, int]] = ()

    def place(self, row_no: int) -> RowPlace:
        """Where a row stands: as its reader told, which may have left out others; else its number among the data rows."""
        return RowPlace(*self.places[row_no - 1]) if self.places else RowPlace(self.origin, row_no)


class Column(NamedTuple):
    """One column on its way into the table: the cell it is read from (None: the file has none), and what it becomes."""

    field: Field
    cell: Cell | None
    said: Said
    extra: bool

    def raw(self, place: str) -> Cell:
        """The cell in the layer of raw cells, where an empty text is missing already."""
        return Cell(place, EMPTIED if self.cell and self.cell.type == "VARCHAR" else self.cell.type if self.cell else "")

    def typed(self, place: str) -> str:
        """The SQL of its value."""
        kind = KINDS[self.field.kind]
        value = kind.convert(self.raw(place), self.said) if self.cell else "null"
        return f"({value})::{kind.sql} as {name(self.field.sql)}"

    def wrong(self, place: str) -> list[str]:
        """The SQL of what can be wrong with it."""
        told = text(self.field.name + UNIT)
        missing = f"r.{place} is null" if self.cell else "true"
        found = [f"case when {missing} then {told} || {text(MISSING + RECORD)} end"] if self.field.filled else []
        if self.cell and KINDS[self.field.kind].mend:
            shown = written(self.raw(f"r.{place}"))
            unread = f"r.{place} is not null and r.{name(self.field.sql)} is null"
            found.append(f"case when {unread} then {told} || ({shown}) || {text(RECORD)} end")
        return found


def create(
    db: Database, listing: Listing, relation: Relation, columns: Mapping[str, ColumnSpec], joins: str = "", more: str = ""
) -> Listed:
    """Make the listing's table. `joins` and `more` resolve references: SQL after `from ... r`, and more columns."""
    listed = columns_of(listing, relation, columns)
    if not any(column.cell for column in listed):
        mend = f"Its columns are {', '.join(entry.name for entry in listing.fields)}."
        raise FidelityError("the header names none of the columns that can stand here", relation.origin, mend)
    try:
        db.run(f"create or replace table {listing.table} as {select(listed, relation, joins, more)}", relation.values)
    except DatabaseError as error:
        raise unreadable(relation.origin, error) from error
    return Listed(relation.origin, {column.field.name: column.field.kind for column in listed if column.extra}, relation.places)


def select(listed: Sequence[Column], relation: Relation, joins: str, more: str) -> str:
    """Three layers, so that each expression stands once: raw cells, typed values, what did not convert."""
    raws = [(f"raw_{place}", column) for place, column in enumerate(listed)]
    there = [(place, column.cell) for place, column in raws if column.cell]
    raw = "".join(f", {emptied(cell)} as {place}" for place, cell in there)
    typed = "".join(f", {column.typed(place)}" for place, column in raws)
    selected = ", ".join(f"r.{name(column.field.sql)}" for column in listed)
    bad = f"concat('', {', '.join(piece for place, column in raws for piece in column.wrong(place)) or 'null'})"
    filled = f"coalesce({', '.join(place if cell.type == 'VARCHAR' else f'{place}::varchar' for place, cell in there)}) is not null"
    if relation.broken:
        raw += f", {relation.broken} as broken"
        bad = f"case when r.broken then {text(UNIT + BROKEN + RECORD)} else {bad} end"
        filled += " or broken"
    return (
        f"select r.row_no, {selected}, {bad} as bad{more} from (select *{typed}"
        f" from (select {relation.row_no} as row_no{raw} from {relation.sql}) where {filled}) r {joins}"
    )


def emptied(cell: Cell) -> str:
    """A cell in which empty text is missing."""
    return written(cell) if cell.type in ("VARCHAR", "JSON") else cell.sql


def create_empty(db: Database, listing: Listing, more: str = "") -> None:
    """The listing's table without rows: where there is no file, or where it cannot be read."""
    typed = ["0::bigint as row_no", *(f"null::{KINDS[e.kind].sql} as {name(e.sql)}" for e in listing.fields)]
    db.run(f"create or replace table {listing.table} as select {', '.join(typed)}, '' as bad{more} where false")


def columns_of(listing: Listing, relation: Relation, columns: Mapping[str, ColumnSpec]) -> list[Column]:
    """The listing's fields, then the file's other columns, each with the cell that the rule file says."""
    cells = cells_of(listing, relation, columns)
    found = [Column(entry, cells.get(entry.name), said(columns.get(entry.name)), False) for entry in listing.fields]
    for other, cell in cells.items():
        if listing.extra and other and other not in listing.known:
            kind = kind_of(columns.get(other), cell)
            found.append(Column(Field(other, kind, column="@" + other), cell, said(columns.get(other)), True))
    return found


def cells_of(listing: Listing, relation: Relation, columns: Mapping[str, ColumnSpec]) -> dict[str, Cell]:
    """Field → cell, as the `columns:` mapping says, else the column of the same name; or all that the file lacks."""
    used = {spec.column for spec in columns.values()}
    found: dict[str, Cell] = {}
    lacking = [e.name for e in listing.fields if e.required and e.name not in columns and e.name not in relation.types]
    for entry, spec in columns.items():
        if spec.column is None:
            found[entry] = Cell("null" if spec.value is None else text(constant(spec.value)), "VARCHAR")
        elif spec.column in relation.types:
            found[entry] = translated(relation.cell(spec.column), spec)
        else:
            lacking.append(spec.column)
    mistakes = [no_column(column, relation) for column in lacking]
    mistakes += [] if listing.extra else _misspelt(listing, relation, used | set(columns) | set(lacking))
    if mistakes:
        raise Mistakes(mistakes)
    return found | {c: relation.cell(c) for c in relation.columns if c not in used and c not in columns}


def _misspelt(listing: Listing, relation: Relation, said: Collection[str | None]) -> list[FidelityError]:
    """The mistakes of columns that mean nothing here, and look like a field that the file does not have: nobody would miss it."""
    absent = [field for field in sorted(listing.known) if field not in said and field not in relation.types]
    strange = [column for column in relation.columns if column and column not in said and column not in listing.known]
    near = {column: get_close_matches(column.lower(), absent, 1, LIKE) for column in strange}
    return [FidelityError(f"the column '{column}' means nothing here", relation.origin, f"Did you mean '{field}'?")
            for column, found in near.items() for field in found]


def no_column(column: str, relation: Relation) -> FidelityError:
    """The mistake of a column that the file lacks."""
    by_small = {known.lower(): known for known in relation.columns}
    near = get_close_matches(column.lower(), list(by_small), n=1)
    mend = f"Its columns are {columns_told(relation.columns)}."
    if near:
        mend = f"Did you mean '{by_small[near[0]]}'? Name it under `columns:`."
    return FidelityError(f"no column '{column}'", relation.origin, mend)


def translated(cell: Cell, spec: ColumnSpec) -> Cell:
    """A mapped column, with its values translated."""
    if spec.map is None:
        return cell
    cases = " ".join(
        f"when {text(str(key))} then {'null' if value is None else text(constant(value))}" for key, value in spec.map.items())
    return Cell(f"case {written(cell)} {cases} else {written(cell)} end", "VARCHAR")


def constant(value: object) -> str:
    """A constant of the rule file as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def said(spec: ColumnSpec | None) -> Said:
    """What the rule file declares for a column."""
    return Said(spec.split, spec.format) if spec else Said()


def kind_of(spec: ColumnSpec | None, cell: Cell) -> str:
    """The kind of an attribute: as declared, else as its column is by itself."""
    declared = spec.type if spec else None
    kind = declared or ("list" if spec and spec.split else native(cell))
    return kind if kind in KINDS else "text"


def row_mistakes(listing: Listing, placed: Callable[[int], Place], rows: Sequence[tuple[int, str]]) -> list[FidelityError]:
    """The mistakes in (row_no, bad) pairs of a listing. `placed`: where a row stands."""
    kinds = {entry.name: entry.kind for entry in listing.fields}
    found: list[FidelityError] = []
    for row_no, bad in rows:
        for record in bad.split(RECORD)[:-1]:
            column, value = record.split(UNIT, 1)
            found.append(row_mistake(placed(row_no), column, value, KINDS[kinds.get(column, "text")].mend))
    return found


def row_mistake(place: Place, column: str, value: str, mend: str) -> FidelityError:
    """The mistake of one cell."""
    if value == BROKEN:
        return FidelityError("this row cannot be taken apart", place, "Mend the row: nothing is judged on half a file.")
    if value == MISSING:
        return FidelityError(f"no {column}", place, "Every row needs one.")
    return FidelityError(f"{column} '{value}' cannot be read", place, mend)
