"""The clock: the one moment that a run is about, and which days are over at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Period, RuleSet
from fidelity_engine.model.values import YEARS

AFTERGLOW = 30
"""So many days after the period's end a run still has something to do."""

MEND = "Write a date like 2026-01-30 or a timestamp like 2026-01-30T18:00-05:00."


class Clock(NamedTuple):
    """`as_of` as an aware UTC instant: a day is over when its local end is not after it.

    `known_until` is the last instant at which something can have become known: `as_of` itself, and for a date the
    last microsecond of that day, because an event at 00:00 of the next day does not exist yet. `as_of_date` is the
    local date, `zone` the rule file's, `written` what the person wrote ("" for now).
    """

    as_of: datetime
    as_of_date: date
    zone: str
    period: Period
    known_until: datetime
    written: str = ""

    @classmethod
    def read(
        cls,
        ruleset: RuleSet,
        written: str | date | datetime | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Clock:
        """The clock of a run: what the caller says, else the rule file's `as_of`, else now."""
        chosen = written if written is not None else ruleset.as_of
        moment = parsed(chosen) if chosen is not None else now()
        if moment.year not in YEARS:
            raise FidelityError(f"the year of as_of '{chosen}' is out of reach", mend=MEND)
        zone = zone_of(ruleset.timezone)
        text = "" if chosen is None else str(chosen)
        if not isinstance(moment, datetime):
            over = midnight(moment + timedelta(days=1), zone)
            return cls(over, moment, ruleset.timezone, ruleset.period, over - timedelta(microseconds=1), text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        instant = local.astimezone(UTC)
        return cls(instant, instant.astimezone(zone).date(), ruleset.timezone, ruleset.period, instant, text)

    def last_over(self, zone: str | None = None) -> date:
        """The last day that is over in a time zone (default: the rule file's)."""
        return self.as_of.astimezone(zone_of(zone or self.zone)).date() - timedelta(days=1)

    def local(self, moment: datetime) -> datetime:
        """A moment as an aware one: without offset it is meant in the rule file's zone."""
        return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(self.zone))

    def knows(self, moment: datetime) -> bool:
        """Whether something said or recorded at a moment (naive: rule file's zone) exists as of `as_of`."""
        return self.local(moment) <= self.known_until

    @property
    def nothing_to_do(self) -> str | None:
        """The sentence that says why there is nothing to do, or None."""
        start, end = self.period.start, self.period.end
        if self.as_of_date < start:
            return f"The period begins on {start}; as of {self.as_of_date} there is nothing to do yet."
        if self.as_of_date > end + timedelta(days=AFTERGLOW):
            return (
                f"The period ended on {end}, more than {AFTERGLOW} days before {self.as_of_date};"
                " there is nothing to do any more."
            )
        return None


def parsed(written: str | date | datetime) -> date | datetime:
    """A date or timestamp from its ISO 8601 text; a value that is one already stays as it is."""
    if isinstance(written, date):
        return written
    if not isinstance(written, str):
        raise FidelityError(f"as_of {written!r} is neither a date nor a timestamp", mend=MEND)
    text = written.strip()
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise FidelityError(f"as_of '{written}' is neither a date nor a timestamp", mend=MEND) from None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):          # unknown names, folders, and names that leave the data base
        raise FidelityError(f"unknown time zone '{name}'", mend="Write a name like America/Detroit.") from None
