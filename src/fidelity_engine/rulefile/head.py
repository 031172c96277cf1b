"""The head of a rule file: clock, calendar, roster and papers, read key by key so that one mistake hides no other."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError

from fidelity_engine.model.calendar import FileCalendar, ShortCalendar
from fidelity_engine.model.rule import Period
from fidelity_engine.model.shapes import short
from fidelity_engine.model.source import ListingSpec
from fidelity_engine.model.values import YEARS
from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.problems import Problems, did_you_mean
from fidelity_engine.rulefile.said import NAMED, REQUIRED, Head
from fidelity_engine.rulefile.told import keys, read, told

_MISSING = {
    "fidelity": "Begin with `fidelity: 1`.",
    "timezone": "Add `timezone: America/Detroit`.",
    "period": "Add `period: {from: 2025-09-02, until: 2026-06-12}`.",
    "rules": "Add `rules:` with a list of rules.",
}


def head(data: dict[str, Any], problems: Problems) -> Head:
    """The head; keys with a mistake keep their defaults."""
    known = [*keys(Head), *NAMED]
    for key in data:
        if key not in known:
            mend = did_you_mean(key, known, f"Keys are {', '.join(known)}.")
            problems.add((key,), f"there is no key `{key}` here", mend, True)
    for key in REQUIRED:
        if key not in data:
            problems.add((), f"`{key}` is missing", _MISSING[key])
        elif data[key] is None and key != "rules":  # of `rules` the reader of rules says it
            problems.add((key,), f"`{key}` is empty", _MISSING[key])
    raw = {key: value for key, value in data.items() if key in Head.model_fields}
    found = _lenient(raw, problems)
    _checked(found, problems)
    return found


def _lenient(raw: dict[str, Any], problems: Problems) -> Head:
    """Whatever can be read; each key that cannot is told and left out."""
    try:
        return Head.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        for details in wrong:
            for one in told(details, (), Head):
                problems.add(*one)
        bad = {details["loc"][0] for details in wrong}
        return Head.model_validate({key: value for key, value in raw.items() if key not in bad}, by_alias=True)


def _checked(found: Head, problems: Problems) -> None:
    if found.timezone is not None:
        zone(found.timezone, ("timezone",), problems)
    if found.period is not None and found.period.start > found.period.end:
        problems.add(("period", "until"), "the period ends before it begins", "Write the earlier date under `from`.")
    if found.as_of is not None and not _moment(found.as_of):
        mend = "Write it as 2026-01-30 or 2026-01-30T06:00."
        problems.add(("as_of",), "`as_of` is neither a date nor a timestamp", mend)


def _moment(text: str) -> bool:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return False
    return text[4:5] == "-" and found.year in YEARS


def zone(name: str, path: KeyPath, problems: Problems) -> None:
    """Tell a time zone that does not exist."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        mend = did_you_mean(name, available_timezones(), "Write a name such as America/Detroit.")
        problems.add(path, f"there is no time zone `{name[:60]}`", mend)


def year_of(period: Period) -> str:
    """The school year of a file that does not name it: 2025-26."""
    first, last = period.start.year, period.end.year
    return str(first) if first == last else f"{first}-{last % 100:02d}"


def calendar(raw: Any, problems: Problems) -> FileCalendar | ShortCalendar | None:
    """The calendar: files where it says `read`, else the short form."""
    path = ("calendar",)
    if raw is None:
        if problems.document.has(path):
            problems.add(path, "the calendar is empty", "Name its file: calendar: {read: PATH}.")
        return None
    if isinstance(raw, dict) and "read" not in raw:
        return read(ShortCalendar, raw, path, problems)
    if not isinstance(raw, dict | str):
        problems.add(path, "a calendar is a file or a map", "Write calendar: {read: PATH}.")
        return None
    raw = {"read": raw} if isinstance(raw, str) else raw
    days = read(ListingSpec, {key: value for key, value in raw.items() if key != "terms"}, path, problems)
    terms = _terms(raw["terms"], problems) if "terms" in raw else None
    return FileCalendar(read=days, terms=terms) if days is not None else None


def _terms(raw: Any, problems: Problems) -> ListingSpec | None:
    if isinstance(raw, dict) and "read" not in raw:
        mend = "Beside `read` it names a file; the ranges belong to the short form without `read`."
        problems.add(("calendar", "terms"), "`terms` is no file", mend)
        return None
    return read(ListingSpec, short("read")(raw) if isinstance(raw, str) else raw, ("calendar", "terms"), problems)
