"""The starts of a series: its rule, its further dates, and what is left out, in the time of its own wall clock."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from dateutil.rrule import rrule, rrulestr

from fidelity_engine.builtin.readers.ical.component import Component
from fidelity_engine.builtin.readers.ical.zones import YEARS, Stamp, Unreadable, Zones, stamp_of

MOST_INSTANCES = 5_000
"""Of one series, in the stretches that are asked for."""
MOST_STEPS = 100_000
"""Starts that may lie before them."""
TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_KNOWN = frozenset({
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH",
    "BYSETPOS",
})


def starts_of(series: Component, zones: Zones, until: datetime) -> dict[datetime, timedelta | None]:
    """Wall-clock starts up to `until`, in order, with the length where one differs from the series'."""
    found: dict[datetime, timedelta | None] = dict.fromkeys(_by_rule(series, series.rule, zones, until)) if series.rule else {series.start.wall: None}
    for stamp, length in series.more:
        found[stamp.seen_from(series.start, zones.local)] = length
    for wall in _by_rule(series, series.without, zones, until) if series.without else ():
        found.pop(wall, None)
    for stamp in series.excluded:
        for wall in meant(stamp, series.start, found, zones.local):
            del found[wall]
    return dict(sorted(found.items()))


def meant(stamp: Stamp, start: Stamp, starts: dict[datetime, timedelta | None], local: tzinfo) -> list[datetime]:
    """Which starts an exclusion or exception means: by the moment, else by what its clock shows, else by its date.

    Feeds write these in other zones than the series, and some in the wrong one: a cancelled meeting must not come back.
    """
    for wall in (stamp.seen_from(start, local), stamp.wall):
        if wall in starts:
            return [wall]
    if stamp.is_date and not start.is_date:
        return [wall for wall in starts if wall.date() == stamp.wall.date()]
    day = stamp.seen_from(Stamp(start.wall, False, start.zone), local).replace(hour=0, minute=0, second=0)
    return [day] if start.is_date and day in starts else []


def _by_rule(series: Component, text: str, zones: Zones, until: datetime) -> list[datetime]:
    """The starts of a rule. The series' own start is the first, and one more where the rule does not hit it."""
    parts, start = _parts(text), series.start.wall
    last = min(until, _until(parts.pop("UNTIL"), series.start, zones)) if "UNTIL" in parts else until
    far = _far(start, last)
    found = [wall - far for wall in _bounded(_rule(parts, start + far, last + far))]
    return found if found[:1] == [start] or start > until else [start, *found]


def _far(start: datetime, last: datetime) -> timedelta:
    """How far to the last years that there are, on the same days of the week and with the same leap years.

    Whoever looks for the next start of a rule that has none gives up at the end of the year 9999: so let that be near.
    """
    if not 1900 < start.year <= last.year < 2100:
        return timedelta()
    first, span = date(start.year, 1, 1), last.year - start.year
    like = (year for year in range(9998 - span, 9900, -1) if year % 4 == start.year % 4 and date(year, 1, 1).weekday() == first.weekday())
    return date(next(like, start.year), 1, 1) - first


def _parts(text: str) -> dict[str, str]:
    """The parts of a rule; empty ones (a semicolon at the end) and those of makers' own are dropped."""
    pairs = [part.partition("=") for part in text.upper().split(";") if part.strip()]
    parts = {key.strip(): value.strip() for key, _, value in pairs if value.strip()}
    if "RSCALE" in parts and parts["RSCALE"] != "GREGORIAN":
        raise Unreadable("It repeats by another calendar than the Gregorian one.")
    if parts.get("FREQ") in TOO_OFTEN:
        raise Unreadable("It repeats every hour or oftener.")
    if "COUNT" in parts and not re.fullmatch(r"\d{1,6}", parts["COUNT"]):
        raise Unreadable("Its rule of repetition cannot be read.")
    return {key: value for key, value in parts.items() if key in _KNOWN}


def _until(value: str, start: Stamp, zones: Zones) -> datetime:
    """The last wall time that a rule may reach. A date alone means all of that day, whatever the hour of the meeting."""
    if re.match(r"\d{4}", value) and int(value[:4]) >= YEARS.stop:      # for ever, as some write it
        return datetime(YEARS.stop, 1, 1)
    stamp = stamp_of(value, None, zones)
    if stamp.is_date:
        return stamp.wall + timedelta(days=1, seconds=-1)
    if start.is_date:
        return stamp.seen_from(Stamp(start.wall, False, zones.local), zones.local)
    return stamp.seen_from(start, zones.local)


def _rule(parts: dict[str, str], start: datetime, last: datetime) -> rrule:
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                  # COUNT and an end of ours beside it
            return rrulestr(text, dtstart=start).replace(until=last)  # type: ignore[union-attr]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        raise Unreadable("Its rule of repetition cannot be read.") from None


def _bounded(rule: rrule) -> Iterator[datetime]:
    for place, wall in enumerate(rule):
        if place >= MOST_STEPS:
            raise Unreadable("It repeats too often to be meetings.")
        yield wall


def within(starts: Sequence[datetime], since: datetime) -> None:
    """Unreadable where more instances than any meeting has lie in the dates that are asked for."""
    if sum(wall >= since for wall in starts) > MOST_INSTANCES:
        raise Unreadable(f"It has more than {MOST_INSTANCES} instances in the dates that are asked for.")
