"""Wall clock times of one time zone in another, as SQL: by a difference known for whole stretches of dates, else by the zones' rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import Period

AROUND = timedelta(days=400)
"""So far around a school year its times are told by stretches."""
UTC = "UTC"
SEVERAL = 8
"""So many zones of schools are told one from the other by each row."""
A_DAY = timedelta(days=1)


class Steady(NamedTuple):
    """Dates `since` to before `until`, on the wall of the one zone, on which the other is so many microseconds ahead."""

    ahead: int
    since: date
    until: date


class Zones(NamedTuple):
    """Where naive timestamps of a source are meant, and the zone that all are brought to.

    `steady`, `from_utc`: stretches between the two, and between UTC and the second; without them every row asks for the zones' rules.
    """

    source: str
    rules: str
    steady: tuple[Steady, ...] = ()
    from_utc: tuple[Steady, ...] = ()


class Offsets(NamedTuple):
    """How zones differ from UTC. `changes`: zone → (first date, microseconds ahead of UTC from its first moment of UTC on); none is known from `end` on."""

    changes: Mapping[str, list[tuple[date, int]]]
    end: date

    def between(self, source: str, target: str) -> tuple[Steady, ...]:
        """The stretches in which both zones keep their offsets, a day to each side left out: walls are less than a day from UTC."""
        ours, theirs = dict(self.changes[source]), dict(self.changes[target])
        days = sorted(ours | theirs)
        here = there = 0
        found = []
        for first, after in zip(days, [*days[1:], self.end], strict=True):
            here, there = ours.get(first, here), theirs.get(first, there)
            found.append(Steady(there - here, first + A_DAY, after - 2 * A_DAY))
        return tuple(one for one in found if one.since < one.until)


def offsets(db: Database, zones: Collection[str], period: Period) -> Offsets:
    """What a school year and the days around it need."""
    first, end = period.start - AROUND, period.end + AROUND
    found = db.rows(f"""with d as (select unnest(range(timestamp '{first}', timestamp '{end}', interval 1 day)) as midnight),
        o as (select zone, midnight, epoch_us(timezone(zone, timezone('{UTC}', midnight))) - epoch_us(midnight) as ahead
              from d, (select unnest([{', '.join(map(text, sorted({*zones, UTC})))}]) as zone))
        select zone, midnight::date, ahead
        from (select *, lag(ahead) over (partition by zone order by midnight) as former from o) where former is distinct from ahead order by zone, midnight""")
    return Offsets({zone: [(at, ahead) for _, at, ahead in rows] for zone, rows in groupby(found, lambda row: row[0])}, end)


class SchoolZones(NamedTuple):
    """The rule file's zone, and the others in which schools are, with stretches from the first to each."""

    rules: str
    others: Mapping[str, tuple[Steady, ...]]

    def local(self, start: str, zone: str, day_only: str) -> str:
        """A timestamp of the rule file's zone in that which `zone`, SQL, names; a date without a time of day stays."""
        by_rules = f"timezone({zone}, timezone({text(self.rules)}, {start}))"
        known = " ".join(f"when {text(other)} then {_by_stretches(start, start, steady, by_rules)}" for other, steady in self.others.items() if steady)
        moved = f"case {zone} {known} else {by_rules} end" if known else by_rules
        return f"case when {zone} <> {text(self.rules)} and not coalesce({day_only}, false) then {moved} else {start} end"


def schools_zones(db: Database, rules: str, period: Period) -> SchoolZones:
    """The zones of the roster. Stretches are for many rows, and few zones: a row asks one after the other."""
    others = [zone for (zone,) in db.rows(f"select distinct zone from school where zone <> {text(rules)} order by zone")]
    if not others or db.few_rows or len(others) > SEVERAL:
        return SchoolZones(rules, dict.fromkeys(others, ()))
    known = offsets(db, {rules, *others}, period)
    return SchoolZones(rules, {zone: known.between(rules, zone) for zone in others})


def by_stretches(db: Database, zones: Zones, period: Period) -> Zones:
    """The same with stretches of a school year, which pays for many rows."""
    known = offsets(db, zones[:2], period)
    return zones._replace(steady=known.between(zones.source, zones.rules), from_utc=known.between(UTC, zones.rules))


def from_wall(sql: str, zones: Zones, again: bool = False) -> str:
    """A naive timestamp of the source in the rule file's zone. `again`: it may be repeated at will, being no more than a column."""
    if zones.source == zones.rules:
        return sql
    by_rules = f"timezone({text(zones.rules)}, timezone({text(zones.source)}, {sql}))"
    return _by_stretches(sql, sql, zones.steady, by_rules) if again else by_rules


def from_instant(sql: str, zones: Zones, again: bool = False) -> str:
    """A timestamp with time zone in the rule file's zone. `again`: as for `from_wall`."""
    by_rules = f"timezone({text(zones.rules)}, {sql})"
    return _by_stretches(sql, f"make_timestamp(epoch_us({sql}))", zones.from_utc, by_rules, "::timestamptz") if again else by_rules


def _by_stretches(sql: str, wall: str, stretches: Collection[Steady], otherwise: str, cast: str = "") -> str:
    """`wall` moved by the difference that holds at `sql`."""
    whens = ""
    for ahead in sorted({one.ahead for one in stretches}):
        dates = [f"{sql} >= '{one.since}'::timestamp{cast} and {sql} < '{one.until}'::timestamp{cast}" for one in stretches if one.ahead == ahead]
        whens += f" when {' or '.join(dates)} then {wall}{f' + to_microseconds({ahead})' if ahead else ''}"
    return f"(case{whens} else {otherwise} end)" if whens else otherwise
