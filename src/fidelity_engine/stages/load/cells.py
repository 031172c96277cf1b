"""The cells of roster, calendar and papers: from text to typed values, as SQL expressions over a text expression.

An expression gives NULL for what does not convert; `NULL text` is an empty cell and no mistake.
"""

from __future__ import annotations

from collections.abc import Callable

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = 127
NO_DAY = 128
"""The bit of a text that is no weekday."""


def plain(text: str) -> str:
    """Text as written."""
    return text


def identifier(text: str) -> str:
    """An id: exact text, without the apostrophe that spreadsheets need in front of leading zeros."""
    return f"case when {text}[1] = '\'\'' then {text}[2:] else {text} end"


def parts(text: str, by: str = "';'") -> str:
    """A list: split, blanks around the parts and empty parts dropped; an empty cell is missing."""
    return f"list_filter(list_transform(string_split({text}, {by}), lambda p: trim(p)), lambda p: p <> '')"


def grade(text: str) -> str:
    """One grade as in OneRoster: PK, KG, 01..12; what is none of them stays as written."""
    return (
        f"case when length({text}) = 1 and {text} between '0' and '9' then '0' || {text}"
        f" when upper({text}) in ('K', 'KG') then 'KG' when upper({text}) = 'PK' then 'PK' else {text} end"
    )


def grades(text: str, by: str = "';'") -> str:
    """A list of grades, normalised."""
    return f"list_transform({parts(text, by)}, lambda g: {grade('g')})"


def day(text: str, form: str | None = None) -> str:
    """A date: year, month, day and nothing else, unless a format is declared."""
    if form is not None:
        return f"try_strptime({text}, {form})::date"
    return f"case when {text} like '____-%' then try_cast({text} as date) end"


def minute(text: str) -> str:
    """A time of day as minutes after midnight."""
    return f"date_diff('minute', time '00:00', try_cast(trim({text}) as time))::smallint"


def integer(text: str) -> str:
    """A whole number (`84.0`, as spreadsheets write it, is one)."""
    return f"try_cast({text} as bigint)"


def number(text: str) -> str:
    """A decimal number with six places."""
    return f"try_cast({text} as decimal(18,6))"


def yes(text: str) -> str:
    """yes, no, true or false in any case."""
    return f"try_cast(trim({text}) as boolean)"


def weekdays(text: str) -> str:
    """Names of weekdays as bits, Monday first; one unknown name makes the cell unreadable."""
    bits = " ".join(f"when '{name}' then {1 << place}" for place, name in enumerate(WEEKDAYS))
    names = f"list_transform(string_split(lower({text}), ';'), lambda d: (case trim(d)[:3] {bits} else {NO_DAY} end)::utinyint)"
    return f"list_filter([list_aggregate({names}, 'bit_or')], lambda d: d < {NO_DAY})[1]"


CONVERT: dict[str, tuple[Callable[..., str], str, str]] = {
    # kind: (expression, SQL type, what would mend a cell that does not convert)
    "id": (identifier, "VARCHAR", ""),
    "text": (plain, "VARCHAR", ""),
    "list": (parts, "VARCHAR[]", ""),
    "grades": (grades, "VARCHAR[]", ""),
    "date": (day, "DATE", "Write dates as 2025-09-02."),
    "minute": (minute, "SMALLINT", "Write times as 08:15."),
    "integer": (integer, "BIGINT", "Write a whole number."),
    "number": (number, "DECIMAL(18,6)", "Write a number."),
    "boolean": (yes, "BOOLEAN", "Write yes or no."),
    "weekdays": (weekdays, "UTINYINT", "Write weekdays as mon;wed."),
}
