"""From the cells of a source to the types of the canonical event, as SQL expressions. What does not convert is NULL.

A *cell* is an SQL expression with its SQL type. `JSON` is the text of a JSON value, in which a list is still written
as one; `TEXT` is a text that is missing where it was empty. Expressions are kept short: planning them is what a small
district waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fidelity_engine.db import text
from fidelity_engine.stages.load.zones import Zones, from_instant, from_wall

SMALL = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})
INTEGERS = SMALL | {"BIGINT"}
WIDE = frozenset({"UBIGINT", "HUGEINT", "UHUGEINT"})
FLOATS = frozenset({"FLOAT", "DOUBLE"})
TEXTS = frozenset({"VARCHAR", "JSON"})
ALWAYS = ("NULL",)

_NUMBER = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?"
_SHORT_NUMBER = r"[+-]?[0-9]{1,12}([.][0-9]{0,6})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)"
_NO_TIME = frozenset("aAwdbBmyYjUWxDFGuV%")


class Cell(NamedTuple):
    """An SQL expression and its SQL type."""

    sql: str
    type: str

    @property
    def item(self) -> str:
        """The type of a list's items."""
        return self.type.removesuffix("[]")

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self.type.endswith("[]")


class Short(NamedTuple):
    """How most cells of a field are written, which is soon told: a first `guess` at the value, whether it `fits`, the `value` then.

    SQL over the cell, and over GUESS. `otherwise`: the value of all other cells. `missing`: whether there is none.
    `day_only`: whether one of these is a date without a time of day.
    """

    guess: str
    fits: str
    value: str
    otherwise: str
    missing: str
    day_only: str = "false"


def written(cell: Cell) -> str:
    """The cell as text, NULL where it is empty."""
    sql, kind = cell
    if kind == "TEXT":
        return sql
    if kind in TEXTS:
        return f"nullif({sql}, '')"
    if kind in FLOATS:
        return f"case when {sql} = trunc({sql}) and abs({sql}) < 1e15 then {sql}::bigint::varchar else {sql}::varchar end"
    return f"array_to_string({sql}::varchar[], ';')" if cell.is_list else f"{sql}::varchar"


def unguarded(sql: str) -> str:
    """A text without the apostrophe that spreadsheets want in front of leading zeros."""
    return f"case when starts_with({sql}, '''') and regexp_full_match({sql}, '''[0-9]+') then {sql}[2:] else {sql} end"


def as_text(cell: Cell) -> str:
    """Exact text; the Excel guard is dropped."""
    return unguarded(written(cell)) if cell.type in TEXTS or cell.type == "TEXT" else written(cell)


def as_number(cell: Cell) -> str:
    """DECIMAL(18,6), read half-even."""
    if cell.type in INTEGERS | WIDE or (cell.type.startswith("DECIMAL") and int(cell.type[:-1].split(",")[1]) <= 6):
        return f"try_cast({cell.sql} as decimal(18,6))"
    if cell.type == "BOOLEAN" or cell.is_list:
        return "null::decimal(18,6)"
    trimmed = f"trim({written(cell)})"
    return (
        f"case when regexp_full_match({trimmed}, '{_SHORT_NUMBER}') then try_cast({trimmed} as decimal(18,6))"
        f" when regexp_full_match({trimmed}, '{_NUMBER}')"
        f" then try_cast(round_even(try_cast({trimmed} as decimal(38,20)), 6) as decimal(18,6)) end"
    )


def as_integer(cell: Cell) -> str:
    """BIGINT; `84.0`, as spreadsheets write it, is one."""
    if cell.type in INTEGERS | WIDE:
        return f"try_cast({cell.sql} as bigint)"
    if cell.type == "BOOLEAN" or cell.is_list:
        return "null::bigint"
    trimmed = f"trim({written(cell)})"
    return f"case when regexp_full_match({trimmed}, '[+-]?[0-9]+([.]0*)?') then try_cast(split_part({trimmed}, '.', 1) as bigint) end"


def as_boolean(cell: Cell) -> str:
    """BOOLEAN: `true` and `false` in any case."""
    if cell.type == "BOOLEAN":
        return cell.sql
    lowered = f"lower(trim({written(cell)}))"
    return f"case {lowered} when 'true' then true when 'false' then false end"


def as_list(cell: Cell, split: str = ";", each: Callable[[str], str] = unguarded) -> str:
    """VARCHAR[]: texts are split, blanks around the parts and empty parts dropped; `each` is applied to every part."""
    plain = ""
    if cell.is_list:
        inner = f"{cell.sql}::varchar[]"
        if cell.item in FLOATS:
            inner = f"list_transform({cell.sql}, lambda p: {written(Cell('p', cell.item))})"
        if cell.item not in TEXTS:
            return f"list_transform({inner}, lambda p: {each('p')})" if each is not unguarded else inner
        plain = f"list_bool_and(list_transform({inner}, lambda p: {PLAIN}))"
    elif cell.type == "JSON":
        parts = f"string_split(nullif({cell.sql}, ''), {text(split)})"
        inner = f"case when starts_with({cell.sql}, '[') and json_valid({cell.sql}) then try_cast({cell.sql}::json as varchar[]) else {parts} end"
    else:
        inner = f"string_split({written(cell)}, {text(split)})"
        plain = _is_even(cell.sql, split) if cell.type in TEXTS or cell.type == "TEXT" else ""
    tidied = _tidied(inner, each)
    return f"case when {plain} then {inner} else {tidied} end" if plain and each is unguarded else tidied


def _tidied(parts: str, each: Callable[[str], str]) -> str:
    return f"list_transform(list_filter(list_transform({parts}, lambda p: trim(p)), lambda p: p <> ''), lambda p: {each('p')})"


PLAIN = "coalesce(p >= '(' and not ends_with(p, ' ') and length(p) = strlen(p), false)"
"""Condition that a part holds as it is: it begins with no blank or apostrophe and ends with no blank; other blanks are not ASCII. Soon told."""


def _is_even(cell: str, split: str) -> str:
    """Condition that splitting alone puts a text right, which is soon told: no blanks, apostrophes, empty parts, and all of it ASCII."""
    found = [f"contains({cell}, {text(odd)})" for odd in (" ", "'", split * 2)] + [f"{at}({cell}, {text(split)})" for at in ("starts_with", "ends_with")]
    return " and ".join(f"not {one}" for one in found) + f" and length({cell}) = strlen({cell})"


def as_timestamp(cell: Cell, zones: Zones, form: str | None = None) -> str:
    """TIMESTAMP in the rule file's zone; ISO 8601 with or without offset, unless a format is declared."""
    if cell.type == "DATE":
        return f"try_cast({cell.sql} as timestamp)"
    if cell.type == "TIMESTAMP WITH TIME ZONE":
        return from_instant(cell.sql, zones, again=True)
    if cell.type.startswith("TIMESTAMP"):
        return from_wall(cell.sql if cell.type == "TIMESTAMP" else f"{cell.sql}::timestamp", zones, again=True)
    trimmed = f"trim({written(cell)})"
    if form is not None:
        parsed = _strptime(trimmed, form)
        return from_instant(parsed, zones) if "%z" in form or "%Z" in form else from_wall(parsed, zones)
    wall, instant = from_wall(f"try_cast({trimmed} as timestamp)", zones), from_instant(f"try_cast({trimmed} as timestamptz)", zones)
    with_offset = f" when regexp_full_match({trimmed}, '{_DAY}{_CLOCK}{_OFFSET}') then {instant} end"
    if zones.source == zones.rules:
        careful = f"case when regexp_full_match({trimmed}, '{_DAY}({_CLOCK})?') then {wall}{with_offset}"
    else:
        day = f"case when regexp_full_match({trimmed}, '{_DAY}') then try_cast({trimmed} as timestamp)"
        careful = f"{day} when regexp_full_match({trimmed}, '{_DAY}{_CLOCK}') then {wall}{with_offset}"
    return f"coalesce({from_wall(_soon_parsed(written(cell)), zones)}, {careful})"


def _soon_parsed(cell: str) -> str:
    """A text like 2025-09-05T10:00:00, or with a blank for the T, which the engine would write so; NULL for all others."""
    value = f"try_cast({cell} as timestamp)"
    return f"case when strlen({cell}) = 19 and {value}::varchar = replace({cell}, 'T', ' ') then {value} end"


def _is_long(cell: str) -> str:
    """Condition: so many letters, and no blank at either end, that it is no date, and, if a date and time, of no other form."""
    return f"length({cell}) = 19 and {cell} >= '0' and {cell} < ':' and {cell}[-1] between '0' and '9'"


def _strptime(trimmed: str, form: str) -> str:
    """`%Y` is a year of four digits, as in Python: without the test `25` would be a year of antiquity."""
    parsed = f"try_strptime({trimmed}, {text(form)})"
    return f"case when year({parsed}) >= 1000 then {parsed} end" if "%Y" in form else parsed


GUESS = '"guess"'


def short(cell: str, kind: str, zones: Zones) -> tuple[str, str, str]:
    """Guess, fit and value (see Short) of a text cell: what the engine writes for a value, if written so, is that value."""
    again = f"{GUESS}::varchar = {cell}"
    shorter = f"when strlen({cell}) in (16, 19) then left({GUESS}::varchar, strlen({cell})) = replace({cell}, 'T', ' ')"
    longer = f"case when strlen({cell}) = 19 and {again} then true {shorter} end"
    return {
        "timestamp": (f"try_cast({cell} as timestamp)", longer, from_wall(GUESS, zones, again=True)),
        "date": (f"try_cast({cell} as date)", f"strlen({cell}) = 10 and {again}", GUESS),
        "number": (f"try_cast({cell} as integer)", f"case when {again} then true else regexp_full_match({cell}, '{_SHORT_NUMBER}') end",
                   f"try_cast({cell} as decimal(18,6))"),              # writing a whole number again takes a third of the pattern
        "integer": (f"try_cast({cell} as bigint)", again, GUESS),
        "boolean": ("null", f"{cell} in ('true', 'false', 'TRUE', 'FALSE')", f"{cell} in ('true', 'TRUE')"),
        "text": ("null", f"{cell} >= '('", cell),               # neither empty nor guarded by an apostrophe
    }[kind]


WEEK, FIRST, LAST = 7 * 24 * 60, "timestamp '0001-01-01'", "timestamp '9999-12-31'"


def later(start: str, minutes: str) -> str:
    """So many minutes (DECIMAL(18,6)) after a start; unknown where that leads past the end of time.

    Within a week the microseconds fit into 18 digits, which is the quick way; beyond it they need more.
    """
    quick = f"when {minutes} between 0 and {WEEK} and {start} < {LAST} then {start} + to_microseconds({_quick(minutes)})"
    wide = f"{start} + to_microseconds({_wide(minutes)})"
    return f"(case {quick} when abs({minutes}) < 1e9 and {start} between {FIRST} and {LAST} then {wide} end)"


def lasting(minutes: str) -> str:
    """So many minutes (DECIMAL(18,6), not negative) in microseconds; unknown where `later` would not know either on a day of a calendar."""
    return f"(case when {minutes} <= {WEEK} then {_quick(minutes)} when {minutes} < 1e9 then {_wide(minutes)} end)"


def _quick(minutes: str) -> str:
    return f"({minutes} * 60000000)::bigint"


def _wide(minutes: str) -> str:
    return f"({minutes}::decimal(38,6) * 60000000)::bigint"


def day_only(cell: Cell, form: str | None = None) -> str:
    """Whether the value is a date without a time of day, as an SQL condition."""
    if cell.type == "DATE":
        return "true"
    if cell.type.startswith("TIMESTAMP"):
        return "false"
    if form is not None:
        told = {form[place + 1] for place, letter in enumerate(form[:-1]) if letter == "%"}
        return str(told <= _NO_TIME).lower()
    sql = written(cell)
    return f"case when {_is_long(sql)} then false else regexp_full_match(trim({sql}), '{_DAY}') end"


def as_date(cell: Cell, form: str | None = None) -> str:
    """DATE: ISO 8601 unless a format is declared."""
    if cell.type == "DATE":
        return cell.sql
    if cell.type.startswith("TIMESTAMP"):
        return f"{cell.sql}::date"
    trimmed = f"trim({written(cell)})"
    if form is not None:
        return f"({_strptime(trimmed, form)})::date"
    return f"case when regexp_full_match({trimmed}, '{_DAY}') then try_cast({trimmed} as date) end"


def grade(sql: str) -> str:
    """A grade as in OneRoster: `3` is `03`, `K` is `KG`."""
    return f"case when {sql} = 'K' then 'KG' when regexp_full_match({sql}, '[0-9]') then '0' || {sql} else {sql} end"
