"""Listings: files of the roster, calendar and papers, read into a table of typed columns.

Every listing table has `row_no` (1-based number of the data row), the fields of its listing, the file's other columns
under `@` and their own name where the listing keeps them, and `bad`: what did not convert, as field, US, text, RS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.model.rule import ColumnSpec
from fidelity_engine.stages.load.cells import CONVERT, day, grades, parts
from fidelity_engine.stages.load.relation import Relation

UNIT, RECORD = "\x1f", "\x1e"
MISSING = "\x00"
SHOWN = 200
"""So many mistakes of one kind are listed for one file; the others are counted."""


@dataclass(frozen=True)
class Field:
    """One column of a listing: its name in the file, kind of cell, and whether column and value are required."""

    name: str
    kind: str = "text"
    required: bool = False
    filled: bool = False
    column: str = ""

    @property
    def sql(self) -> str:
        return self.column or self.name


@dataclass(frozen=True)
class Listing:
    """What a file may say. `extra`: other columns are kept as attributes. `rest`: SQL added to the select."""

    name: str
    table: str
    fields: tuple[Field, ...]
    extra: bool = False


@dataclass(frozen=True)
class Listed:
    """A listing that was read: the place of its rows, and its attribute columns with their types."""

    origin: str
    extras: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class RowPlace(Place):
    """A data row of a file: `teams.csv:row 12`."""

    def __str__(self) -> str:
        return f"{self.path}:row {self.line}"


def create(
    db: Database,
    listing: Listing,
    relation: Relation,
    columns: Mapping[str, ColumnSpec],
    joins: str = "",
    more: str = "",
) -> Listed:
    """Make the listing's table. `joins` and `more` resolve references: SQL after `from ... r`, and more columns."""
    texts = texts_of(listing, relation, columns)
    cells = cells_of(listing, texts, columns)
    # texts first, then typed values, then what did not convert: each expression stands once, as planning is what costs
    raw = "".join(f", {texts[cell.name]} as {cell.raw}" for cell in cells if cell.name in texts)
    typed = "".join(f", ({cell.value})::{CONVERT[cell.kind][1]} as {name(cell.sql)}" for cell in cells)
    some = ", ".join(cell.raw for cell in cells if cell.name in texts)
    selected = ", ".join(f"r.{name(cell.sql)}" for cell in cells)
    wrong = ", ".join(cell.wrong for cell in cells if cell.wrong) or "''"
    sql = (
        f"create or replace table {listing.table} as"
        f" select r.row_no, {selected}, concat({wrong}) as bad{more} from (select *{typed}"
        f" from (select row_number() over () as row_no{raw} from {relation.sql}) where coalesce({some}) is not null) r {joins}"
    )
    try:
        db.run(sql, relation.values)
    except DatabaseError as error:
        cause = str(error).splitlines()[0]
        raise FidelityError(f"the {listing.name} cannot be read: {cause}", relation.origin) from None
    return Listed(relation.origin, {cell.name: cell.kind for cell in cells if cell.extra})


@dataclass(frozen=True)
class Cell:
    """One column of a listing table: `value` is the typed SQL of the text `raw`, `wrong` the SQL of its mistake."""

    name: str
    kind: str
    sql: str
    raw: str
    value: str
    wrong: str
    extra: bool


def cells_of(listing: Listing, texts: Mapping[str, str], columns: Mapping[str, ColumnSpec]) -> list[Cell]:
    """The columns of a listing table: the listing's fields, then the file's other columns."""
    known = {entry.name for entry in listing.fields}
    others = [Field(other, kind_of(columns.get(other)), column="@" + other) for other in texts if other and other not in known]
    return [
        cell_of(entry, f"raw_{place}", entry.name in texts, columns.get(entry.name), entry.name not in known)
        for place, entry in enumerate([*listing.fields, *(others if listing.extra else [])])
    ]


def cell_of(entry: Field, raw: str, present: bool, spec: ColumnSpec | None, extra: bool) -> Cell:
    """One column, from its text."""
    wrong, where = "", f"r.{raw}" if present else "null"
    if entry.filled:
        wrong = f"case when {where} is null then {text(entry.name + UNIT + MISSING + RECORD)} end"
    if present and CONVERT[entry.kind][2]:
        unread = f"case when {where} is not null and r.{name(entry.sql)} is null"
        wrong += f"{', ' * bool(wrong)}{unread} then {text(entry.name + UNIT)} || {where} || {text(RECORD)} end"
    value = converted(entry.kind, raw, spec) if present else "null"
    return Cell(entry.name, entry.kind, entry.sql, raw, value, wrong, extra)


def create_empty(db: Database, listing: Listing, more: str = "") -> None:
    """The listing's table without rows: where there is no file, or where it cannot be read."""
    typed = ["0::bigint as row_no", *(f"null::{CONVERT[e.kind][1]} as {name(e.sql)}" for e in listing.fields)]
    db.run(f"create or replace table {listing.table} as select {', '.join(typed)}, '' as bad{more} where false")


def texts_of(listing: Listing, relation: Relation, columns: Mapping[str, ColumnSpec]) -> dict[str, str]:
    """Field → SQL text expression, as the `columns:` mapping says, else the column of the same name."""
    mistakes: list[FidelityError] = []
    used = {spec.column for spec in columns.values() if spec.column}
    found: dict[str, str] = {}
    for entry, spec in columns.items():
        if spec.column is None:
            found[entry] = "null::varchar" if spec.value is None else text(written(spec.value))
        elif spec.column in relation.columns:
            found[entry] = mapped(relation.text(spec.column), spec)
        else:
            mistakes.append(no_column(spec.column, relation))
    for column in relation.columns:
        if column not in used and column not in columns:
            found[column] = relation.text(column)
    mistakes += [
        no_column(e.name, relation)
        for e in listing.fields if e.required and e.name not in found and e.name not in columns
    ]
    if mistakes:
        raise Mistakes(mistakes)
    return found


def no_column(column: str, relation: Relation) -> FidelityError:
    """The mistake of a column that the file lacks."""
    near = get_close_matches(column.lower(), [c.lower() for c in relation.columns], n=1)
    actual = next((c for c in relation.columns if near and c.lower() == near[0]), None)
    mend = f"Did you mean '{actual}'? Name it under `columns:`." if actual else f"It has: {', '.join(relation.columns)}."
    return FidelityError(f"no column '{column}'", relation.origin, mend)


def mapped(expression: str, spec: ColumnSpec) -> str:
    """The text of a mapped column, with its values translated."""
    if spec.map is None:
        return expression
    cases = " ".join(
        f"when {text(str(key))} then {'null' if value is None else text(written(value))}" for key, value in spec.map.items()
    )
    return f"case {expression} {cases} else {expression} end"


def written(value: object) -> str:
    """A constant of the rule file as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def converted(kind: str, expression: str, spec: ColumnSpec | None) -> str:
    """The typed value of a text expression."""
    if spec and spec.format and kind == "date":
        return day(expression, text(spec.format))
    if spec and spec.split and kind in ("list", "grades"):
        return (parts if kind == "list" else grades)(expression, text(spec.split))
    return CONVERT[kind][0](expression)


def kind_of(spec: ColumnSpec | None) -> str:
    """The kind of cell that an attribute column declares."""
    declared = spec.type if spec else None
    if declared is None:
        return "list" if spec and spec.split else "text"
    return declared if declared in CONVERT else "text"


def row_mistakes(listing: Listing, origin: str, rows: Sequence[tuple[int, str]]) -> list[FidelityError]:
    """The mistakes in (row_no, bad) pairs of a listing."""
    kinds = {entry.name: entry.kind for entry in listing.fields}
    mistakes: list[FidelityError] = []
    for row_no, bad in rows:
        for record in bad.split(RECORD)[:-1]:
            column, value = record.split(UNIT, 1)
            place = RowPlace(origin, row_no)
            if value == MISSING:
                mistakes.append(FidelityError(f"no {column}", place, f"Every row of the {listing.name} needs one."))
            else:
                mend = CONVERT[kinds.get(column, "text")][2]
                mistakes.append(FidelityError(f"{column} '{value}' cannot be read", place, mend))
    return mistakes
