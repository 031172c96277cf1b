"""Times of one zone in another: by stretches of dates they are what the zones' rules say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from fidelity_engine.db import Database
from fidelity_engine.model.rule import Period
from fidelity_engine.stages.load.zones import SchoolZones, Zones, by_stretches, from_instant, from_wall, offsets, schools_zones

YEAR = Period(start=date(2025, 8, 1), end=date(2026, 6, 30))
TIMES = """select unnest(range(timestamp '2024-03-01', timestamp '2028-01-01', interval 10 minute)
    || [null::timestamp, 'infinity', '-infinity', '1900-01-01'::timestamp]) as t"""
PAIRS = [
    ("UTC", "America/Detroit"), ("America/Detroit", "America/Los_Angeles"), ("America/Phoenix", "America/Denver"), ("Australia/Lord_Howe", "UTC"),
    ("Africa/Casablanca", "Europe/Berlin"), ("Pacific/Kiritimati", "Pacific/Pago_Pago"), ("America/New_York", "Asia/Kolkata"), ("UTC", "UTC"),
]


@pytest.fixture
def db() -> Iterator[Database]:
    """The engine alone."""
    made = Database()
    yield made
    made.close()


@pytest.mark.parametrize(("source", "rules"), PAIRS)
def test_stretches_say_what_the_rules_of_the_zones_say(db: Database, source: str, rules: str) -> None:
    """Every ten minutes of four years, those that an hour of the clock repeats or leaves out too, and the ends of time."""
    zones = by_stretches(db, Zones(source, rules), YEAR)
    plain = Zones(source, rules)
    told = f"{from_wall('t', zones, again=True)} is distinct from {from_wall('t', plain)}"
    instants = f"{from_instant('z', zones, again=True)} is distinct from {from_instant('z', plain)}"
    assert db.one(f"select count(*) from ({TIMES}) where {told}") == 0
    assert db.one(f"select count(*) from (select timezone('UTC', t) as z from ({TIMES})) where {instants}") == 0


@pytest.mark.parametrize(("source", "rules"), PAIRS)
def test_most_days_of_a_school_year_lie_in_a_stretch(db: Database, source: str, rules: str) -> None:
    """Otherwise nothing would be gained."""
    found = offsets(db, {source, rules}, YEAR).between(source, rules)
    days = [YEAR.start + timedelta(days=n) for n in range((YEAR.end - YEAR.start).days)]
    assert sum(any(one.since <= day < one.until for one in found) for day in days) > 0.9 * len(days)


def test_schools_in_other_zones_get_their_own_time(db: Database) -> None:
    """A date without a time of day stays, and so does an event without a school."""
    db.run("""create table school as select * from (values (1, 'America/Detroit'), (2, 'America/Denver'), (3, 'Asia/Kolkata')) s(school_no, zone)""")
    known, none = schools_zones(db, "America/Detroit", YEAR), {"America/Denver": (), "Asia/Kolkata": ()}
    assert set(known.others) == set(none) and all(known.others.values())
    events = f"(select t, zone, d from ({TIMES}), (select zone from school union all select null), (select unnest([true, false, null]) as d))"
    quick, slow = known.local("t", "zone", "d"), SchoolZones("America/Detroit", none).local("t", "zone", "d")
    assert db.one(f"select count(*) from {events} where {quick} is distinct from {slow}") == 0
    assert set(db.rows(f"select distinct {quick} = t from {events} where d or zone is null or zone = 'America/Detroit'")) == {(None,), (True,)}
    noon = f"select zone, {quick} from (select timestamp '2026-01-15 12:00' as t, zone, false as d from school) order by zone"
    assert [str(there) for _, there in db.rows(noon)] == ["2026-01-15 10:00:00", "2026-01-15 12:00:00", "2026-01-15 22:30:00"]


def test_few_rows_and_many_zones_go_by_the_rules(db: Database) -> None:
    """Stretches cost a statement, and each row asks for the zones one after the other."""
    db.run("create table school as select row_number() over () as school_no, name as zone from pg_timezone_names() where name like 'America/%' limit 20")
    assert not any(schools_zones(db, "America/Detroit", YEAR).others.values())
