"""Time zones of calendar files: names as IANA has them, as Windows has them, or as the file defines them; never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from fidelity_engine.errors import FidelityError

YEARS = range(1800, 2400)
"""Dates of events lie here: far from the ends of time, where adding days fails."""
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?")


class Unreadable(Exception):
    """An event that makes no sense; the text says why, and quotes nothing of it."""


@cache
def iana(name: str) -> ZoneInfo | None:
    """The zone of this name, None where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


class Zones:
    """What names of zones mean in one source. `local`: where times without a zone are meant."""

    def __init__(self, local: str, defined: Mapping[str, str], said: Mapping[str, str], source: str) -> None:
        self.local = ZoneInfo(local)
        self._defined, self._said = defined, said
        self._known: dict[str, tzinfo] = {}
        for name in said.values():
            if iana(name) is None:
                raise FidelityError(f"`zones` names `{name}`, which is no time zone", source, "Write it as America/Detroit.")

    def zone(self, name: str) -> tzinfo:
        """The zone of a TZID; Unreadable where nobody knows it."""
        if name not in self._known:
            found = self._find(name.strip().strip('"'))
            if found is None:
                raise Unreadable("Its time zone is unknown; say under `zones:` what the name means.")
            self._known[name] = found
        return self._known[name]

    def _find(self, name: str) -> tzinfo | None:
        if name in self._said:
            return iana(self._said[name])
        parts = name.strip("/").split("/")                  # some write /their.name/version/America/Detroit
        tails = ["/".join(parts[place:]) for place in range(len(parts)) if len(parts) - place <= 3]
        known = (iana(tail) for tail in tails if tail and ("/" in tail or len(parts) == 1))
        windows = WINDOWS_TO_OLSON.get(name)
        return next(filter(None, known), None) or (iana(windows) if windows else None) or self._own(name)

    def _own(self, name: str) -> tzinfo | None:
        """The zone as the file itself defines it."""
        if name not in self._defined:
            return None
        try:
            defined = Timezone.from_ical(self._defined[name])
            made: tzinfo | None = defined.to_tz() if isinstance(defined, Timezone) else None
            datetime(2025, 1, 1, tzinfo=made).utcoffset()
            return made
        except Exception:                                   # whatever its library stumbles over
            return None


class Stamp:
    """A date, or a wall time with its zone (None: floating, which is local)."""

    __slots__ = ("is_date", "wall", "zone")

    def __init__(self, wall: datetime, is_date: bool, zone: tzinfo | None) -> None:
        self.wall, self.is_date, self.zone = wall, is_date, zone

    def seen_from(self, other: Stamp, local: tzinfo) -> datetime:
        """The same moment on the clock of another one."""
        if self.is_date or self.zone == other.zone or (other.is_date and self.zone is None):
            return self.wall
        aware = self.wall.replace(tzinfo=self.zone or local)
        return aware.astimezone(other.zone or local).replace(tzinfo=None)

    def at(self, wall: datetime) -> Stamp:
        """Another wall time of the same kind."""
        return Stamp(wall, self.is_date, self.zone)

    def local_date(self, local: tzinfo) -> date:
        """Its date where the district is."""
        if self.is_date or self.zone is None:
            return self.wall.date()
        return self.wall.replace(tzinfo=self.zone).astimezone(local).date()

    def written(self) -> str:
        """As ISO 8601: a date, or a time with its offset where there is one."""
        if self.is_date:
            return self.wall.date().isoformat()
        return (self.wall.replace(tzinfo=self.zone) if self.zone else self.wall).isoformat()

    def named(self) -> str:
        """The same in every zone: what an id is made of."""
        if self.is_date or self.zone is None:
            return self.written()
        return self.wall.replace(tzinfo=self.zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_of(value: str, tzid: str | None, zones: Zones) -> Stamp:
    """A DATE or DATE-TIME with the zone that its parameters name."""
    found = _STAMP.fullmatch(value.strip().upper())
    if found is None:
        raise Unreadable("One of its dates cannot be read.")
    if int(found[1]) not in YEARS:
        raise Unreadable("The year of one of its dates is out of reach.")
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return Stamp(datetime.combine(day, time()), True, None)
        clock = time(int(found[4]), int(found[5]), min(int(found[6]), 59))
    except ValueError:
        raise Unreadable("One of its dates is none of the calendar.") from None
    zone = UTC if found[7] else zones.zone(tzid) if tzid else None
    return Stamp(datetime.combine(day, clock), False, zone)
