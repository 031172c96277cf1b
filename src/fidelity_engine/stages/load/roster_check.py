"""What is wrong within and between the roster's files: all of it, with file, row and mend."""

from __future__ import annotations

from collections import defaultdict

from fidelity_engine.db import text
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load.clock import zone_of
from fidelity_engine.stages.load.listing import SHOWN, Listing, RowPlace, row_mistakes
from fidelity_engine.stages.load.reading import Reading
from fidelity_engine.stages.load.roster_files import MEMBERS, SCHOOLS, STAFF, TEAMS

LISTINGS = {listing.name: listing for listing in (SCHOOLS, TEAMS, STAFF, MEMBERS)}

MEND = {
    "twice": ("{value} stands here twice", "Ids are unique: remove one of the rows, or give it another id."),
    "school": ("unknown school '{value}'", "Add it to the schools, or mend the id."),
    "team": ("unknown team '{value}'", "Add it to the teams, or mend the id."),
    "staff": ("unknown staff member '{value}'", "Add a row to the staff, or mend the id."),
    "dates": ("from {value}", "`from` must not lie after `until`."),
    "zone": ("unknown time zone '{value}'", "Write a name like America/Detroit."),
}

CROSS = (
    # file, code, value, from and where; `needs` a readable file of that name
    ("schools", "twice", "'school ' || r.school", "schools",
     "roster_school r where r.school is not null qualify r.row_no > min(r.row_no) over (partition by r.school)"),
    ("teams", "twice", "'team ' || r.team", "teams",
     "roster_team r where r.team is not null qualify r.row_no > min(r.row_no) over (partition by r.team)"),
    ("teams", "school", "r.school", "schools", "roster_team r where r.school_no is null and r.school is not null"),
    ("staff", "school", "r.school", "schools", "roster_staff r where r.school_no is null and r.school is not null"),
    ("members", "team", "r.team", "teams", "roster_member r where r.subject_no is null and r.team is not null"),
    ("members", "staff", "r.staff", "staff", "roster_member r where r.staff_no is null and r.staff is not null"),
)

WRONG = "count(*) filter (bad <> '' or from_date > until_date{0})"
FACTS = f"""
    select (select count(*) from roster_school), (select count(*) from roster_team), (select count(*) from roster_staff),
      (select count(*) from roster_member),
      (select {WRONG.format("")} + count(*) - count(distinct school) from roster_school),
      (select {WRONG.format(" or school_no is null")} + count(*) - count(distinct team) from roster_team),
      (select {WRONG.format(" or school_no is null and school is not null")} from roster_staff),
      (select {WRONG.format(" or subject_no is null or staff_no is null")} from roster_member)"""
"""The rows of each listing, and how much is wrong with each: only where something is do the mistakes get looked up."""


def check_roster(reading: Reading) -> None:
    """Add every mistake of the roster to the reading."""
    facts = reading.db.rows(FACTS)[0]
    reading.counts = dict(zip(LISTINGS, facts, strict=False))
    if any(facts[len(LISTINGS):]) or not all(known_zone(zone) for zone in zones(reading)):
        blame_rows(reading)
    check_empty(reading)


def zones(reading: Reading) -> list[str]:
    """The time zones that the schools name."""
    return [zone for (zone,) in reading.db.rows("select distinct timezone from roster_school where timezone is not null")]


def blame_rows(reading: Reading) -> None:
    """Add the mistakes of the rows."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for file, code, row_no, value in reading.db.rows(query(reading)):
        found[file, code].append((row_no, value))
    for (file, code), rows in found.items():
        origin = reading.origin(file)
        mistakes = row_mistakes(LISTINGS[file], origin, sorted(set(rows))) if code == "bad" else [
            FidelityError(MEND[code][0].format(value=value), RowPlace(origin, row_no), MEND[code][1])
            for row_no, value in sorted(set(rows))
        ]
        limited(reading, origin, mistakes)


def limited(reading: Reading, origin: str, mistakes: list[FidelityError]) -> None:
    """The first of many mistakes of one kind, and how many there are beside them."""
    reading.mistakes += mistakes[:SHOWN]
    if len(mistakes) > SHOWN:
        reading.blame(FidelityError(f"{len(mistakes) - SHOWN} more rows with the same mistake", origin))


def query(reading: Reading) -> str:
    """One statement for all checks: (file, code, row_no, value)."""
    pieces = [own_rows(listing) for listing in LISTINGS.values()]
    for file, code, value, needs, source in CROSS:
        if file in reading.listed and not {file, needs} & reading.failed:
            pieces.append(f"(select {text(file)}, {text(code)}, r.row_no, {value} from {source})")
    if wrong := [text(zone) for zone in zones(reading) if not known_zone(zone)]:
        pieces.append(f"select 'schools', 'zone', row_no, timezone from roster_school where timezone in ({', '.join(wrong)})")
    return " union all ".join(pieces)


def own_rows(listing: Listing) -> str:
    """The mistakes of single rows."""
    span = "from_date::varchar || ' lies after until ' || until_date::varchar"
    return (
        f"select {text(listing.name)}, case when bad <> '' then 'bad' else 'dates' end, row_no,"
        f" case when bad <> '' then bad else {span} end from {listing.table} where bad <> '' or from_date > until_date"
    )


def known_zone(zone: str) -> bool:
    """Whether a time zone has this name."""
    try:
        zone_of(zone)
    except FidelityError:
        return False
    return True


def check_empty(reading: Reading) -> None:
    """A roster without schools, or a file of it that has no rows at all."""
    for name in LISTINGS:
        if name not in reading.listed or name in reading.failed or name in reading.given and name != "schools":
            continue
        if not reading.counts[name]:
            reading.blame(FidelityError(f"the {name} have no rows", reading.origin(name), "An empty roster judges nobody."))
