"""Rows of a reader, or rows given in place of a file, as something that SQL can select from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.model.rule import ReadSpec, RuleSet
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows, Scan

GIVEN = "given_rows"


@dataclass(frozen=True)
class Relation:
    """`sql` stands after FROM; `types`: column → SQL type; `values` are bound; `origin` names it in mistakes."""

    origin: str
    sql: str
    types: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> Sequence[str]:
        return list(self.types)

    def text(self, column: str) -> str:
        """The cell as text, NULL where it is empty."""
        cell, kind = name(column), self.types[column]
        if kind.endswith("[]"):
            return f"nullif(array_to_string({cell}::varchar[], ';'), '')"
        if kind in ("DOUBLE", "FLOAT"):
            return f"case when {cell} = floor({cell}) then {cell}::bigint::varchar else {cell}::varchar end"
        return f"nullif({cell}, '')" if kind == "VARCHAR" else f"{cell}::varchar"


@contextmanager
def opened(db: Database, origin: str, rows: Rows) -> Iterator[Relation]:
    """The rows as a relation, for as long as the context lasts."""
    if isinstance(rows.data, Scan):
        yield scanned(db, origin, rows, rows.data)
    elif hasattr(rows.data, "__arrow_c_stream__"):
        with db.registered(GIVEN, rows.data):
            yield Relation(origin, GIVEN, db.columns(GIVEN))
    else:
        yield bound(origin, rows.columns, rows.data)


def scanned(db: Database, origin: str, rows: Rows, scan: Scan) -> Relation:
    """A file that the engine reads itself."""
    sql = scan_sql(scan)
    if not rows.typed:
        return Relation(origin, sql, dict.fromkeys(rows.columns, "VARCHAR"))
    try:
        types = {row[0]: row[1] for row in db.rows(f"describe from {sql}")}
    except DatabaseError as error:
        raise FidelityError(f"cannot be read: {str(error).splitlines()[0]}", origin) from None
    return Relation(origin, sql, {column: types[column] for column in rows.columns if column in types})


def scan_sql(scan: Scan) -> str:
    """The table function's call."""
    files = "[" + ", ".join(text(str(path)) for path in scan.paths) + "]"
    options = "".join(f", {name(key)} = {literal(value)}" for key, value in scan.options.items())
    return f"{scan.function}({files}{options})"


def literal(value: Any) -> str:
    """A table function's option as an SQL literal."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{text(str(key))}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return text(str(value))


def bound(origin: str, columns: Sequence[str], data: Iterable[Mapping[str, Any]]) -> Relation:
    """Rows as bound lists of texts, one list per column."""
    lists: dict[str, list[str | None]] = {column: [] for column in columns}
    for row in data:
        for column, cells in lists.items():
            cells.append(as_text(row.get(column)))
    values = {f"c{place}": cells for place, cells in enumerate(lists.values())}
    selected = ", ".join(f"unnest($c{place}::varchar[]) as {name(column)}" for place, column in enumerate(lists))
    return Relation(origin, f"(select {selected or 'null where false'})", dict.fromkeys(columns, "VARCHAR"), values)


def as_text(value: Any) -> str | None:
    """One value as a cell of a file would hold it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ";".join(as_text(item) or "" for item in value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def given_rows(data: Any) -> Rows:
    """Rows that were given in place of a file: Arrow data, or a list of mappings."""
    if isinstance(data, Rows):
        return data
    if hasattr(data, "__arrow_c_stream__"):
        return Rows([], data, typed=True)
    rows = list(data)
    return Rows(list(dict.fromkeys(str(key) for row in rows for key in row)), rows)


def read(
    db: Database, ruleset: RuleSet, name: str, spec: ReadSpec, readers: Mapping[str, Reader], paths: Sequence[Path]
) -> Rows:
    """The rows of a file of the rule set; rows that its reader could not take apart are mistakes."""
    reader = reader_for(spec, readers, paths)
    options = spec.model_dump(exclude={"read", "reader", "columns"}, exclude_none=True)
    rows = reader.read(ReadRequest(name, paths, options, db.folder, ruleset.timezone))
    if rows.rejected:
        raise Mistakes(FidelityError(bad.sentence, f"{spec.read}:row {bad.row}") for bad in rows.rejected)
    return rows


def reader_for(spec: ReadSpec, readers: Mapping[str, Reader], paths: Sequence[Path]) -> Reader:
    """The reader that the rule file names, else the one for the file's extension."""
    if spec.reader:
        if spec.reader in readers:
            return readers[spec.reader]
        raise FidelityError(f"unknown reader '{spec.reader}'", spec.read, f"Known: {', '.join(sorted(readers))}.")
    extension = paths[0].suffix.lower()
    for reader in readers.values():
        if extension in reader.extensions:
            return reader
    raise FidelityError(f"no reader for '{extension}' files", spec.read, "Name one with `reader:`.")
