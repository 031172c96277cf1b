"""How the columns of a source become the fields of an event: `columns:`, own names, constants, maps."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fidelity_engine.db import Database, name, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import ColumnSpec
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.stages.load import convert
from fidelity_engine.stages.load.convert import GUESS, Cell, Short
from fidelity_engine.stages.load.feed import Feed
from fidelity_engine.stages.load.lookup import Lookup, all_looked_up, looked_up, roster_ids, table_of
from fidelity_engine.stages.load.place import columns_told
from fidelity_engine.stages.load.zones import Zones
from fidelity_engine.where import CANONICAL, DERIVED, FieldType

IDS = ("id", "school", "team")
LISTS = ("participants", "grades")
SQL_TYPES: dict[FieldType, str] = {
    "text": "VARCHAR", "number": "DECIMAL(18,6)", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP", "list": "VARCHAR[]",
}
SMALL_MAP = 30


class Made(NamedTuple):
    """One field of a source: its cell over the raw columns, its value over the cell `c_<field>`, and its types."""

    field: str
    cell: str
    sql: str
    type: FieldType
    sql_type: str
    column: str | None = None          # None: a constant
    day_only: str = "false"
    as_written: bool = False           # the value is the text of the column itself
    short: Short | None = None         # the same over the text `t_<field>`, for many rows
    can_fail: bool = True              # whether a cell may hold what is no value of the type


@dataclass(eq=False, repr=False)
class Making:
    """What making the fields of one source goes on with."""

    db: Database
    spec: SourceSpec
    feed: Feed
    zones: Zones
    resolve: Callable[[str], list[Path]]
    number: int
    maps: int = 0
    school: str | None = None          # the value of `school`, where the source has one and it is a text

    def next_map(self) -> str:
        """The name of one more relation that values are looked up in."""
        self.maps += 1
        return f"map_{self.number}_{self.maps}"


def made(work: Making, extras: Collection[str]) -> dict[str, Made]:
    """The canonical fields that the source has, those it declares, and the extra ones that rules use."""
    spec = {name: said for name, said in work.spec.columns.items() if name not in DERIVED}
    if work.spec.type is not None:
        spec["type"] = work.spec.type
    used_up = {said.column for said in spec.values() if said.column}
    found: dict[str, Made] = {}
    for field in [*CANONICAL, *sorted((set(spec) | set(extras)) - set(CANONICAL) - set(DERIVED))]:
        said = spec.get(field)
        own = field in work.feed.columns and field not in used_up
        if field == "id" and work.feed.given and not own and (said is None or said.column not in work.feed.columns):
            continue             # rows of a program that have none: it is derived, whatever the file's column is called
        if said is not None or own:
            found[field] = _one(work, field, said or ColumnSpec.model_validate({}), own)
        if field == "school" and field in found and found[field].type == "text":
            work.school = f"({found[field].sql})::varchar"
    return found


def _one(work: Making, field: str, said: ColumnSpec, own: bool) -> Made:
    if said.column is None and said.value is not None:
        return _constant(work, field, said)
    column: str | None = said.column or field
    if column not in work.feed.columns:
        if not work.feed.open_ended and not work.feed.given:
            raise FidelityError(
                f"has no column `{column}`, which `{field}` is read from", work.spec.name,
                f"Its columns are {columns_told(list(work.feed.columns))}.",
            )
        column = field if own and work.feed.given else None
    if column is None:
        return _typed(work, field, said, Cell("null::varchar", "VARCHAR"), None)
    cell = Cell(name(column), work.feed.columns[column])
    if work.feed.given and own and column != field and work.feed.columns[field] == cell.type:
        cell = Cell(f"coalesce({cell.sql}, {name(field)})", cell.type)
    return _typed(work, field, said, cell, column)


def _constant(work: Making, field: str, said: ColumnSpec) -> Made:
    value = str(said.value).lower() if isinstance(said.value, bool) else str(said.value)
    kind = said.type
    if kind is None and field not in CANONICAL:
        kind = said.constant_type
    if field == "status" and work.feed.status != "held" and "status" in work.feed.columns:
        # what a calendar itself calls cancelled stays so, whatever the others are said to be
        kept = f"case when {name('status')} = 'cancelled' then 'cancelled' else {text(value)} end"
        return _typed(work, field, said, Cell(kept, "VARCHAR"), "status")
    return _typed(work, field, said.model_copy(update={"type": kind}), Cell(text(value), "VARCHAR"), None)


def _typed(work: Making, field: str, said: ColumnSpec, cell: Cell, column: str | None) -> Made:
    """The field converted to what it must be."""
    kind = _kind(field, said, cell)
    as_written = column is not None and cell.type == "VARCHAR" and not said.changes
    if kind != "list":
        cell = _mapped(work, field, said, cell)
    raw, cell = _emptied(cell, kind), Cell(name("c_" + field), "TEXT" if _is_plain(cell, kind) else cell.type)
    sql, sql_type = _converted(work, field, said, cell, kind)
    only = convert.day_only(cell, said.format) if kind == "timestamp" else "false"
    usual = work.feed.large and as_written and said.format is None and kind != "list" and field != "status"
    short = _short(work, field, said, kind) if usual else None
    return Made(field, raw, sql, kind, sql_type, column, only, as_written, short, _can_fail(field, kind, cell.type))


def _can_fail(field: str, kind: FieldType, cell: str) -> bool:
    """Whether cells of an SQL type may hold what is no value of the kind."""
    if kind in ("text", "list"):
        return field == "status"
    return not (cell in convert.SMALL and kind in ("number", "integer")) and not (cell == "BOOLEAN" and kind == "boolean")


def _short(work: Making, field: str, said: ColumnSpec, kind: FieldType) -> Short:
    written, guess = name("t_" + field), name("g_" + field)
    emptied = _emptied(Cell(written, "VARCHAR"), kind)
    cell = Cell(emptied if kind == "text" else written, "TEXT")          # others are trimmed where they are read
    first, fits, value = (sql.replace(GUESS, guess) for sql in convert.short(written, kind, work.zones))
    only = convert.day_only(cell) if kind == "timestamp" else "false"
    return Short(first, fits, value, _converted(work, field, said, cell, kind)[0], f"{emptied} is null", only)


def _is_plain(cell: Cell, kind: FieldType) -> bool:
    """Whether it is text; a list that JSON holds is not yet."""
    return cell.type == "VARCHAR" or (cell.type == "JSON" and kind != "list")


def _emptied(cell: Cell, kind: FieldType) -> str:
    """The cell, NULL where it is empty; around what is not text blanks do not count."""
    if not _is_plain(cell, kind):
        return cell.sql
    return f"nullif({cell.sql if kind in ('text', 'list') else f'trim({cell.sql})'}, '')"


def _kind(field: str, said: ColumnSpec, cell: Cell) -> FieldType:
    if field in ("school", "team"):
        return "list" if said.type == "list" or said.split or cell.is_list else "text"
    if field in CANONICAL:
        return CANONICAL[field]
    return said.type or ("list" if said.split else native(cell))


def native(cell: Cell) -> FieldType:
    """The type that a column has by itself: text in text files."""
    if cell.is_list:
        return "list"
    if cell.type in convert.INTEGERS | convert.WIDE:
        return "integer"
    if cell.type in convert.FLOATS or cell.type.startswith("DECIMAL"):
        return "number"
    if cell.type in ("BOOLEAN", "DATE"):
        return "boolean" if cell.type == "BOOLEAN" else "date"
    return "timestamp" if cell.type.startswith("TIMESTAMP") else "text"


def _converted(work: Making, field: str, said: ColumnSpec, cell: Cell, kind: FieldType) -> tuple[str, str]:
    """The value's SQL and SQL type. Whole-number ids stay numbers: they are joined to the roster as such."""
    if field in IDS and kind == "text" and cell.type in convert.INTEGERS and not said.by:
        return f"{cell.sql}::bigint", "BIGINT"
    if field == "participants" and cell.is_list and cell.item in convert.INTEGERS and not said.changes:
        return cell.sql, cell.type
    if kind == "list":
        return _list(work, field, said, cell), "VARCHAR[]"
    if field == "status":
        plain = convert.written(cell)
        return f"case when {plain} in ('held', 'planned', 'cancelled') then {plain} end", "VARCHAR"
    if field == "end":
        return f"case when not {convert.day_only(cell, said.format)} then {convert.as_timestamp(cell, work.zones, said.format)} end", "TIMESTAMP"
    if kind == "timestamp":
        return convert.as_timestamp(cell, work.zones, said.format), "TIMESTAMP"
    if kind == "date":
        return convert.as_date(cell, said.format), "DATE"
    plain_ways = {
        "number": convert.as_number, "integer": convert.as_integer, "boolean": convert.as_boolean, "text": convert.as_text,
    }
    value = plain_ways[kind](cell)
    near = _near(work, field, said)
    return looked_up(value, near) if near else value, SQL_TYPES[kind]


def _list(work: Making, field: str, said: ColumnSpec, cell: Cell) -> str:
    """A list of texts: its map for every part, then the Excel guard or the grade's normal form, then the roster."""
    last = convert.grade if field == "grades" else convert.unguarded
    entries, split = _entries(work, said), said.split or ";"
    if len(entries) <= SMALL_MAP:
        sql = convert.as_list(cell, split, (lambda part: last(_cases(part, entries))) if entries else last)
    else:
        sql = all_looked_up(convert.as_list(cell, split), table_of(work.db, work.next_map(), entries))
    for lookup in (_by(work, field, said), _near(work, field, said)):
        sql = all_looked_up(sql, lookup) if lookup else sql
    return sql


def _mapped(work: Making, field: str, said: ColumnSpec, cell: Cell) -> Cell:
    entries, by = _entries(work, said), _by(work, field, said)
    if entries and len(entries) <= SMALL_MAP:
        cell = Cell(_cases(convert.written(cell), entries), "VARCHAR")
    elif entries:
        cell = Cell(looked_up(convert.written(cell), table_of(work.db, work.next_map(), entries)), "VARCHAR")
    return Cell(looked_up(convert.written(cell), by), "VARCHAR") if by else cell


def _by(work: Making, field: str, said: ColumnSpec) -> Lookup | None:
    return roster_ids(work.db, work.next_map(), field, said.by, work.spec.name) if said.by else None


def _near(work: Making, field: str, said: ColumnSpec) -> Lookup | None:
    """Of teams that share what they are found by: the one at the event's school."""
    if field != "team" or not said.by or work.school is None:
        return None
    return roster_ids(work.db, work.next_map(), field, said.by, work.spec.name, work.school)


def _cases(sql: str, entries: Mapping[str, str | None]) -> str:
    cases = " ".join(f"when {text(key)} then {'null' if value is None else text(value)}" for key, value in entries.items())
    return f"case {sql} {cases} else {sql} end"


def _entries(work: Making, said: ColumnSpec) -> dict[str, str | None]:
    found: dict[str, str | None] = {str(key): _said(value) for key, value in (said.map or {}).items()}
    if said.map_file:
        for path in work.resolve(said.map_file):
            found |= _map_file(path)
    return found


def _said(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _map_file(path: Path) -> dict[str, str | None]:
    """The first two columns of a csv file with a header: value in the data, value in its place."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))[1:]
    except (OSError, UnicodeError, csv.Error):
        raise FidelityError("the map file cannot be read", path.name, "Write a csv file with two columns.") from None
    if any(len(row) < 2 for row in rows if row):
        raise FidelityError("the map file wants two columns", path.name, "Write a csv file with two columns.")
    return {row[0]: row[1] or None for row in rows if row}
