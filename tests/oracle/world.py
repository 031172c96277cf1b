"""The description of a district as typed values, and the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SIX = Decimal("0.000001")


def number(value: Any) -> Fraction | None:
    """'Numbers are read half-even to six places.'"""
    return None if value is None else Fraction(Decimal(str(value)).quantize(SIX, ROUND_HALF_EVEN))


def plain(value: Any) -> str | None:
    """A number 'written with at most six' places, half-even, without trailing zeros."""
    if value is None:
        return None
    if isinstance(value, Fraction):
        scaled = value * 10**6
        value = Decimal(round(scaled)).scaleb(-6)  # round() of a Fraction is half-even
    text = f"{Decimal(str(value)).quantize(SIX, ROUND_HALF_EVEN):f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def day(value: Any) -> date | None:
    """A date of the description; empty is open."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)


def clock_time(value: Any) -> time | None:
    """A bell time."""
    return None if value in (None, "") else time.fromisoformat(value)


def listed(value: Any) -> list[str] | None:
    """Text or list as a list; missing stays missing."""
    if value is None:
        return None
    return [str(value)] if not isinstance(value, (list, tuple)) else [str(v) for v in value]


def grade_name(text: str) -> str:
    """'`3` and `K` are normalised to `03` and `KG`.'"""
    if text == "K":
        return "KG"
    return text.zfill(2) if text.isdigit() else text


def grade_names(value: Any) -> list[str] | None:
    """Normalised grades; missing stays missing."""
    names = listed(value)
    return None if names is None else [grade_name(n) for n in names]


@dataclass
class Clock:
    """'A day is over when its local end is not after as_of.' An as_of that is a date means the end of that day."""

    zone: ZoneInfo
    now: datetime  # a day whose end is not after it is over
    known: datetime  # what was recorded later does not exist yet

    @classmethod
    def at(cls, as_of: Any, zone: ZoneInfo) -> Clock:
        if isinstance(as_of, str):
            as_of = datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)
        if isinstance(as_of, datetime):
            moment = as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)
            return cls(zone, moment, moment)
        end = datetime.combine(as_of + DAY, time(), zone)
        return cls(zone, end, end - timedelta(microseconds=1))

    @property
    def today(self) -> date:
        return self.known.astimezone(self.zone).date()

    def over(self, when: date, zone: ZoneInfo | None = None) -> bool:
        return datetime.combine(when + DAY, time(), zone or self.zone) <= self.now

    def last_over(self, zone: ZoneInfo | None = None) -> date:
        """The last day that is over."""
        when = self.now.astimezone(zone or self.zone).date()
        while not self.over(when, zone):
            when -= DAY
        return when

    def moment(self, value: Any, zone: ZoneInfo | None = None) -> datetime | None:
        """A timestamp; one without offset is of the source's zone, else of the rule file's. A date is no moment of another zone."""
        if value in (None, ""):
            return None
        if len(str(value)) == len("2025-09-01"):
            zone = None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=zone or self.zone)


@dataclass
class World:
    """Everything that an evaluation looks at; other modules add to `notes` what they have worked out once."""

    rules: dict[str, Any]
    schools: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    staff: list[dict[str, Any]]
    members: list[dict[str, Any]]
    calendar: list[dict[str, Any]] | None
    terms: list[dict[str, Any]]
    complete: list[dict[str, Any]]
    waivers: list[dict[str, Any]]
    raw_events: dict[str, list[dict[str, Any]] | None]
    clock: Clock
    events: list[Any] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    notes: dict[Any, Any] = field(default_factory=dict)

    @property
    def period(self) -> tuple[date, date]:
        said = self.rules["period"]
        return day(said["from"]), day(said["until"])  # type: ignore[return-value]

    def dates(self, first: date, last: date) -> list[date]:
        return [first + timedelta(days=i) for i in range((last - first).days + 1)]

    def school(self, school: str) -> dict[str, Any]:
        return next(s for s in self.schools if s["school"] == school)

    def team(self, team: str) -> dict[str, Any]:
        return next(t for t in self.teams if t["team"] == team)

    def zone(self, school: str | None) -> ZoneInfo:
        """The school's time zone where it has one, else the rule file's."""
        own = self.school(school).get("timezone") if school else None
        return ZoneInfo(own) if own else self.clock.zone

    def once(self, key: Any, make: Any) -> Any:
        """What `make()` gives, worked out once per key."""
        if key not in self.notes:
            self.notes[key] = make()
        return self.notes[key]


def world_of(district: dict[str, Any], as_of: Any) -> World:
    """The world of a description."""
    rules = district["rules"]
    clock = Clock.at(as_of, ZoneInfo(rules["timezone"]))
    rows = {name: [dict(r) for r in district.get(name) or []] for name in ("schools", "teams", "staff", "members", "terms", "complete", "waivers")}
    short = isinstance(rules.get("calendar"), dict) and "read" not in rules["calendar"]
    calendar = None if short else [dict(r) for r in district["calendar"]]
    for row in [*rows["schools"], *rows["teams"], *rows["staff"]]:
        row["grades"] = grade_names(row.get("grades")) or []
    for row in rows["staff"]:
        row["roles"] = listed(row.get("roles")) or []
    return World(rules, calendar=calendar, raw_events=district.get("events") or {}, clock=clock, **rows)
