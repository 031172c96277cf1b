"""The cells of roster, calendar and papers: from text to typed values, as SQL expressions.

An expression gives NULL for what does not convert; an empty cell is missing and no mistake. What a text in `convert`
already is, is not said again here; regular expressions are left out where a cast decides, as planning is what costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fidelity_engine.db import text
from fidelity_engine.stages.load import convert
from fidelity_engine.stages.load.convert import Cell

WEEKDAYS = {
    "mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday", "sat": "saturday",
    "sun": "sunday",
}
EMPTIED = "TEXT"
"""The type of a text cell that is missing where it is empty: nobody need look again."""
EVERY_DAY = 127
NO_DAY = 128
"""The bit of a text that is no weekday."""


class Said(NamedTuple):
    """What the rule file declares for a column: what separates the values of a list, and the format of dates and times."""

    split: str | None = None
    format: str | None = None


def identifier(cell: Cell, said: Said) -> str:
    """Exact text, without the apostrophe that spreadsheets want in front of leading zeros."""
    return convert.unguarded(cell.sql) if cell.type == EMPTIED else convert.as_text(cell)


def day(cell: Cell, said: Said) -> str:
    """A date: year, month, day and nothing else, unless a format is declared."""
    if cell.type in (EMPTIED, "JSON") and not said.format:
        return f"case when {cell.sql} like '____-__-__%' then try_cast({cell.sql} as date) end"
    return convert.as_date(cell, said.format)


def minute(cell: Cell, said: Said) -> str:
    """A time of day as minutes after midnight."""
    if said.format and cell.type in (EMPTIED, "JSON"):
        read = f"try_strptime(trim({convert.written(cell)}), {text(said.format)})"
        return f"(hour({read}) * 60 + minute({read}))::smallint"
    return f"date_diff('minute', time '00:00', try_cast(trim({convert.written(cell)}) as time))::smallint"


def yes(cell: Cell, said: Said) -> str:
    """yes, no, true or false in any case."""
    return cell.sql if cell.type == "BOOLEAN" else f"try_cast(trim({convert.written(cell)}) as boolean)"


def parts(cell: Cell, said: Said) -> str:
    """A list: split, blanks around the parts and empty parts dropped."""
    return convert.as_list(cell, said.split or ";", lambda part: part)


def grades(cell: Cell, said: Said) -> str:
    """A list of grades, normalised."""
    return convert.as_list(cell, said.split or ";", convert.grade)


def weekdays(cell: Cell, said: Said) -> str:
    """Names of weekdays as bits, Monday first; one unknown name makes the cell unreadable."""
    bits = " ".join(
        f"when {text(short)} then {1 << place} when {text(full)} then {1 << place}"
        for place, (short, full) in enumerate(WEEKDAYS.items())
    )
    names = convert.as_list(cell, said.split or ";", lambda part: f"(case lower({part}) {bits} else {NO_DAY} end)::utinyint")
    return f"list_filter([list_aggregate({names}, 'bit_or')], lambda d: d < {NO_DAY})[1]"


class Kind(NamedTuple):
    """How a kind of cell is converted, its SQL type, and what would mend a cell that does not convert."""

    convert: Callable[[Cell, Said], str]
    sql: str
    mend: str = ""


KINDS: dict[str, Kind] = {
    "text": Kind(lambda cell, said: convert.written(cell), "VARCHAR"),
    "id": Kind(identifier, "VARCHAR"),
    "list": Kind(parts, "VARCHAR[]"),
    "grades": Kind(grades, "VARCHAR[]"),
    "date": Kind(day, "DATE", "Write dates as 2025-09-02."),
    "minute": Kind(minute, "SMALLINT", "Write times as 08:15."),
    "integer": Kind(lambda cell, said: convert.as_integer(cell), "BIGINT", "Write a whole number."),
    "number": Kind(lambda cell, said: convert.as_number(cell), "DECIMAL(18,6)", "Write a number."),
    "boolean": Kind(lambda cell, said: convert.as_boolean(cell), "BOOLEAN", "Write true or false."),
    "yes": Kind(yes, "BOOLEAN", "Write yes or no."),
    "weekdays": Kind(weekdays, "UTINYINT", "Write weekdays as mon;wed."),
}
