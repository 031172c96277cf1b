"""Which days count: the calendar as files, or in the short form of a small district."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from fidelity_engine.model.blocks import Frozen
from fidelity_engine.model.shapes import date_range, date_ranges, every
from fidelity_engine.model.source import ReadSaid
from fidelity_engine.model.values import TEXT, shown, wrong

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _weekdays(raw: Any) -> tuple[int, ...]:
    if isinstance(raw, tuple):
        return raw
    if not isinstance(raw, list) or not raw:
        raise wrong(f"a list of weekdays was expected here, not {shown(raw)}", "Write [mon, tue, wed, thu, fri].")
    return tuple(sorted(set(every((index, _weekday, item) for index, item in enumerate(raw)))))


def _weekday(raw: Any) -> int:
    if raw not in WEEKDAYS:
        raise wrong(f"{shown(raw)} is no weekday", f"Weekdays are {', '.join(WEEKDAYS)}.", word=raw, words=WEEKDAYS)
    return WEEKDAYS.index(raw)


def _bell(raw: Any) -> tuple[str, str]:
    if isinstance(raw, tuple):
        return raw
    mend = 'Write ["08:15", "15:10"].'
    if not isinstance(raw, list) or len(raw) != 2:
        raise wrong(f"two bell times were expected here, not {shown(raw)}", mend)
    first, last = every((index, _time, item) for index, item in enumerate(raw))
    if first >= last:
        raise wrong(f"the day ends at {last}, before it begins at {first}", mend)
    return first, last


def _time(raw: Any) -> str:
    if not isinstance(raw, str) or not _TIME.fullmatch(raw):
        raise wrong(f"a time of day was expected here, not {shown(raw)}", 'Write it as "08:15".')
    return str(raw)


_TIMES = {"type": "string", "pattern": r"^\d\d:\d\d$"}
_RANGE = TEXT
_RANGES = {"anyOf": [{"type": "array", "items": _RANGE}, _RANGE]}
Range = Annotated[tuple[date, date], BeforeValidator(date_range), WithJsonSchema(_RANGE)]
Ranges = Annotated[tuple[tuple[date, date], ...], BeforeValidator(date_ranges), WithJsonSchema(_RANGES)]
Weekdays = Annotated[
    tuple[int, ...],
    BeforeValidator(_weekdays),
    WithJsonSchema({"type": "array", "items": {"enum": list(WEEKDAYS)}, "minItems": 1}),
]
Bell = Annotated[
    tuple[str, str],
    BeforeValidator(_bell),
    WithJsonSchema({"type": "array", "items": _TIMES, "minItems": 2, "maxItems": 2}),
]


class ShortCalendar(Frozen):
    """The calendar of a small district, in the rule file itself. Ranges are (first, last) dates."""

    weekdays: Weekdays = Field((0, 1, 2, 3, 4), description="The weekdays on which there is school.")
    closed: Ranges = Field((), description="Dates and ranges (2025-11-27..2025-11-28) without school.")
    closed_for: dict[str, Ranges] = Field(default_factory=dict, description="School: when it alone is closed.")
    day: Bell | None = Field(None, description="Bell times, first and last.")
    terms: dict[str, Range] = Field(default_factory=dict, description="Term: its range of dates.")


class FileCalendar(Frozen):
    """The calendar as files: days, and terms where there are any."""

    read: ReadSaid = Field(description="date, school, kind, day_start, day_end, note")
    terms: ReadSaid | None = Field(None, description="term, from, until, school")
