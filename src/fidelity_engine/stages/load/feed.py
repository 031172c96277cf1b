"""The rows of one source as something that SQL can select from: files read by the engine, Arrow data, or mappings."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import Placed, Rejected, Rows, Scan
from fidelity_engine.stages.load.scan import scan_sql

NATIVE = {"UBIGINT": "BIGINT", "BIGINT": "BIGINT", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN", "ARRAY": "VARCHAR[]"}
ALL_ROWS = "where true /* of all rows */"
"""Stands after a scan; `only` adds conditions that the scan itself can use."""
MAPPINGS = {
    "format": "newline_delimited", "records": "true",
    "columns": {"json": "JSON", "place": "VARCHAR", "row": "BIGINT", "bad": "VARCHAR[]"},
}


OURS = ("@file_no", "@content", "@broken")
"""Columns beside the file's own: which file, a hash of the row, and whether it could not be taken apart."""
BROKEN = '"@broken"'
COUNTED = ', row_number() over () - 1 as "@row_no"'
MANY_FILES, SMALL_BYTES = 50, 1_000_000
LARGE_BYTES = 3_000_000
"""Text files of so much together are worth a longer statement that is quicker for each row (large.py)."""
FILE = "@file"
"""In a mapping: the index of the file that it is from."""


@dataclass(eq=False, repr=False)
class Feed:
    """`columns`: column → SQL type. `numbered`: the scan tells row numbers itself, so it can be read again at will.

    `given`: rows given in place of the source; they may use its columns or the canonical fields.
    `open_ended`: columns are only known from the rows (json), so that one may be absent because nobody filled it.
    `scattered`: over many small files, which one thread reads as fast as several.
    `large`: over text files of LARGE_BYTES. `json`: each row is a JSON object. `placed`: the scan has `place` and `row` besides, which say where a row stands.
    `files`: as they are told; `paths`: where those that the engine reads itself are; `lines`: where those are that have one JSON object a line.
    `bad`: columns that hold no value in some rows; `@bad` says which they are of a row.
    """

    source: str
    scan: str
    columns: dict[str, str]
    numbered: bool = False
    open_ended: bool = False
    json: bool = False
    placed: bool = False
    rejected: Sequence[Rejected] = ()
    status: str = "held"
    files: Sequence[str] = ()
    paths: Sequence[Path] = ()
    lines: Sequence[Path] = ()
    given: bool = False
    skips: str = ""
    scattered: bool = False
    large: bool = False
    bad: Collection[str] = ()

    def select(self, columns: Collection[str], whole: bool = False, counted: bool = False) -> str:
        """SELECT of these columns by their names, with OURS besides; `whole`: with `@whole_row`, the row as text.

        `counted`: with `@row_no`, also where the scan does not tell it: joins do not keep the order of rows.
        """
        if self.json:
            return self._select_json(sorted(columns), whole, counted)
        cells = "".join(f", {name(column)}" for column in sorted(columns))
        cells += f', {self._written} as "@whole_row"' if whole else ""
        order = ', file_row_number as "@row_no"' if self.numbered else COUNTED if counted else ""
        file_no = "0" if self.scan.startswith("given_") else "file_index"
        return f"""select {file_no}::integer as "@file_no"{order}, {self._content} as "@content", false as "@broken"{cells}
            from {self.scan} {ALL_ROWS}"""

    def texts_where(self, wanted: str) -> str:
        """SELECT of `content` and `raw`, the row as text, where `wanted` holds, in the order of the rows: of others both are NULL, and soon told."""
        return f"""select case when {wanted} then {self._content} end as content, case when {wanted} then {self._written} end as raw
            from {self.scan} {ALL_ROWS}"""

    def _select_json(self, columns: Sequence[str], whole: bool, counted: bool) -> str:
        pointers = "".join(f", {text(pointer(column))}" for column in columns)
        cells = "".join(f", {self._cell(place, column)} as {name(column)}" for place, column in enumerate(columns, 2))
        row = ', json::varchar as "@whole_row"' if whole else ""
        row += ', coalesce(bad, []) as "@bad"' if self.bad else ""
        row += COUNTED if counted else ""
        more = (', "@whole_row"' if whole else "") + (', "@bad"' if self.bad else "") + (', "@row_no"' if counted else "")
        return f"""select "@file_no", "@content", "@broken"{more}{cells} from (
            select file_index::integer as "@file_no", hash(json::varchar) as "@content",
              json_type(json) is distinct from 'OBJECT' as "@broken", json_extract_string(json, ['/'{pointers}]) as v{row}
            from {self.scan})"""

    def _cell(self, place: int, column: str) -> str:
        kind, cell = self.columns[column], f"v[{place}]"
        if kind == "VARCHAR[]":
            return f"case when {cell} is null then null when starts_with({cell}, '[') then try_cast({cell}::json as varchar[]) else [{cell}] end"
        return cell if kind == "JSON" else f"try_cast({cell} as {kind})"

    @property
    def _content(self) -> str:
        return f"hash({', '.join(name(column) for column in self.columns) or '0'})"

    @property
    def _written(self) -> str:
        """The row as text, the same on every machine: what an id is derived from, and what a quarantine file shows."""
        return f"to_json({{{', '.join(f'{text(column)}: {name(column)}' for column in self.columns)}}})::varchar"


def only(rows: str, condition: str) -> str:
    """The rows for which a condition on the scan's own columns holds."""
    return rows.replace(ALL_ROWS, f"{ALL_ROWS} and {condition}")


def pointer(key: str) -> str:
    """A JSON pointer to a key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def feed_of(db: Database, source: str, number: int, rows: Rows, typed: Collection[str], files: Sequence[Path] = ()) -> Feed:
    """The rows of a reader. `typed`: columns of JSON values whose type matters. FidelityError when they cannot be read."""
    names = [path.name for path in files]
    if isinstance(rows.data, Scan):
        found = _scanned(db, source, rows, rows.data, typed)
    elif hasattr(rows.data, "__arrow_c_stream__"):
        relation = f"given_{number}"
        try:
            db.register(relation, rows.data)
        except DatabaseError as error:
            raise unreadable(source, error) from None
        found = Feed(source, relation, db.columns(relation))
    else:
        found = _mapped(db, source, number, rows, typed)
    found.rejected, found.status, found.skips, found.files = rows.rejected, rows.status, rows.skips, found.files or names
    return found


def _scanned(db: Database, source: str, rows: Rows, scan: Scan, typed: Collection[str]) -> Feed:
    sql = scan_sql(scan)
    try:
        if scan.function == "read_json" and not rows.columns:
            lines = scan.paths if scan.options.get("format") == MAPPINGS["format"] else ()
            return replace(_json(db, source, sql, typed), scattered=_scattered(scan.paths), lines=lines)
        if rows.typed:
            columns = {row[0]: row[1] for row in db.rows(f"describe from {sql}")}
            return Feed(source, sql, columns, numbered=scan.function == "read_parquet", paths=scan.paths)
    except DatabaseError as error:
        raise unreadable(source, error) from None
    named = scan.options.get("columns", dict.fromkeys(rows.columns, "VARCHAR"))
    scattered = _scattered(scan.paths)
    large = scan.function == "read_csv" and not scattered and sum(path.stat().st_size for path in scan.paths) >= LARGE_BYTES
    return Feed(source, sql, dict(named), scattered=scattered, large=large)


def _scattered(paths: Sequence[Path]) -> bool:
    return len(paths) > MANY_FILES and sum(path.stat().st_size for path in paths) < SMALL_BYTES * len(paths)


def _json(db: Database, source: str, sql: str, typed: Collection[str]) -> Feed:
    """Keys, and the types of those that matter, in one pass over all rows."""
    wanted = sorted(typed)
    pointers = ", ".join(text(pointer(key)) for key in wanted)
    kinds = f"json_type(json, [{pointers}])" if wanted else "[]"
    found = db.rows(f"select distinct json_keys(json), {kinds} from {sql} where json_type(json) = 'OBJECT'")
    columns = dict.fromkeys(sorted({key for keys, _ in found for key in keys if key}), "JSON")      # what has no name is no column
    for place, key in enumerate(wanted):
        if key in columns:
            columns[key] = _kind({kinds[place] for _, kinds in found})
    return Feed(source, sql, columns, open_ended=True, json=True)


def _kind(found: set[str | None]) -> str:
    """The type of a JSON key: mixed ones are text, numbers of two kinds are numbers, lists among texts are lists."""
    kinds = {NATIVE.get(kind, "VARCHAR") for kind in found if kind not in (None, "NULL")}
    if "VARCHAR[]" in kinds:
        return "VARCHAR[]"
    if kinds == {"BIGINT", "DOUBLE"}:
        return "DOUBLE"
    return kinds.pop() if len(kinds) == 1 else "VARCHAR"


def _mapped(db: Database, source: str, number: int, rows: Rows, typed: Collection[str]) -> Feed:
    """Mappings travel as JSON lines through the engine's own folder: one way in for all that has no columns.

    A reader that names its columns has no others; those of rows given in place of a source are open-ended.
    """
    paths, placed, bad = _laid_down(db.folder, number, rows.data)  # type: ignore[arg-type]
    try:
        found = _json(db, source, scan_sql(Scan("read_json", paths, MAPPINGS)), typed)
    except DatabaseError as error:
        if "maximum_object_size" not in str(error):         # of the lines that were just written nothing else can be amiss
            raise
        raise FidelityError("holds a row of more than 16 MB", source, "Leave the large column out of what is read.") from None
    found.columns = {**dict.fromkeys(rows.columns, "JSON"), **found.columns}
    found.placed, found.bad = placed, bad
    found.open_ended, found.scattered = rows.typed or not rows.columns, _scattered(paths)
    return found


def _laid_down(folder: Path, number: int, rows: Iterable[Mapping[str, Any] | Placed]) -> tuple[list[Path], bool, set[str]]:
    """The rows as JSON lines, a file for each that they are from; whether rows say where they stand; columns with bad values."""
    paths: list[Path] = []
    placed, bad = False, set[str]()
    with ExitStack() as stack:
        file = None
        for given in rows:
            row, line = _written(given if isinstance(given, Placed) else Placed(given))
            placed |= bool(row.place)
            bad.update(row.bad)
            while file is None or len(paths) <= row.values.get(FILE, 0):
                stack.close()
                paths.append(folder / f"rows-{number}-{len(paths)}.jsonl")
                file = stack.enter_context(paths[-1].open("w", encoding="utf-8", errors="replace"))
            file.write(line)
    if not paths:
        paths.append(folder / f"rows-{number}.jsonl")
        paths[0].touch()
    return paths, placed, bad


def _written(row: Placed) -> tuple[Placed, str]:
    """The row, and its line. What JSON cannot say (NaN, a value within itself) is no value of its column; keys become texts."""
    try:
        return row, _line(row)
    except (TypeError, ValueError, RecursionError):
        told = {str(key): value for key, value in row.values.items()}
        bad = [key for key, value in told.items() if not _is_json(value)]
        row = replace(row, values=told | dict.fromkeys(bad), bad=(*row.bad, *bad))
        return row, _line(row)


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, default=_plain, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _line(row: Placed) -> str:
    told = {key: value for key, value in row.values.items() if key != FILE}
    whole = {"json": told, "place": row.place or None, "row": row.row, "bad": list(row.bad) or None}
    return json.dumps(whole, default=_plain, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return str(value)


class Unreadable(FidelityError):
    """A file that the engine cannot get through."""


def unreadable(source: str, error: Exception) -> Unreadable:
    """The error of a file; the engine's message may quote rows, so only its kind is told."""
    kind = type(error).__name__
    return Unreadable(f"cannot be read ({'damaged' if kind == 'Error' else kind})", source, "Export it again, or name the right `reader:`.")
