"""What is wrong within and between the roster's files: all of it, with file, row and mend."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from fidelity_engine.db import text
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load.calendar_rows import BACKWARDS, backwards
from fidelity_engine.stages.load.clock import zone_of
from fidelity_engine.stages.load.facts import Facts
from fidelity_engine.stages.load.listing import Listing, row_mistakes
from fidelity_engine.stages.load.reading import Reading
from fidelity_engine.stages.load.roster_files import MEMBERS, SCHOOLS, STAFF, TEAMS

LISTINGS = {listing.name: listing for listing in (SCHOOLS, TEAMS, STAFF, MEMBERS)}

MEND = {
    "twice": ("{value} stands here twice", "Ids are unique: remove one of the rows, or give it another id."),
    "school": ("unknown school '{value}'", "Add it to the schools, or mend the id."),
    "team": ("unknown team '{value}'", "Add it to the teams, or mend the id."),
    "staff": ("unknown staff member '{value}'", "Add a row to the staff, or mend the id."),
    "dates": ("from {value}", "`from` must not lie after `until`."),
    "bells": BACKWARDS,
    "zone": ("unknown time zone '{value}'", "Write a name like America/Detroit."),
}

KNOWN = {"school": "roster_school", "team": "roster_team", "staff": "roster_staff"}
"""Code of an unknown id → the listing that would know it."""

CROSS = (
    # file, code, value, from and where; `needs` a readable file of that name
    ("schools", "twice", "'school ' || r.school", "schools",
     "roster_school r where r.school is not null qualify r.row_no > min(r.row_no) over (partition by r.school)"),
    ("schools", "bells", backwards("r"), "schools", "roster_school r where r.day_end <= r.day_start"),
    ("teams", "twice", "'team ' || r.team", "teams",
     "roster_team r where r.team is not null qualify r.row_no > min(r.row_no) over (partition by r.team)"),
    ("teams", "school", "r.school", "schools", "roster_team r where r.school_no is null and r.school is not null"),
    ("staff", "school", "r.school", "schools", "roster_staff r where r.school_no is null and r.school is not null"),
    ("members", "team", "r.team", "teams", "roster_member r where r.subject_no is null and r.team is not null"),
    ("members", "staff", "r.staff", "staff", "roster_member r where r.staff_no is null and r.staff is not null"),
)

def check_roster(reading: Reading, facts: Facts) -> None:
    """Add every mistake of the roster to the reading."""
    if facts.wrong & set(LISTINGS) or not all(map(known_zone, facts.zones)):
        blame_rows(reading, facts)
    for name in LISTINGS:
        unsaid = name not in reading.listed or name in reading.failed or (name in reading.given and name != "schools")
        if not unsaid and not facts.counts[name]:
            mend = "An empty roster judges nobody."
            reading.blame(FidelityError(f"the {name} have no rows", reading.origin(name), mend))


def blame_rows(reading: Reading, facts: Facts) -> None:
    """Add the mistakes of the rows."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for file, code, row_no, value in reading.db.rows(query(reading, facts)):
        found[file, code].append((row_no, value))
    for (file, code), rows in found.items():
        mistakes = row_mistakes(LISTINGS[file], partial(reading.place, file), sorted(set(rows))) if code == "bad" else [
            FidelityError(MEND[code][0].format(value=value), reading.place(file, row_no), _mend(reading, code, value))
            for row_no, value in sorted(set(rows))
        ]
        reading.blame_rows(file, mistakes)


def _mend(reading: Reading, code: str, value: str) -> str:
    """What would mend it. Some exports write ids as formulas of a spreadsheet, and others of the same system do not."""
    if code in KNOWN and reading.db.one(f"select count(*) from {KNOWN[code]} where {code} = $id", {"id": f'="{value}"'}):
        return f'It stands there as ="{value}", as a spreadsheet guards zeros: write it alike in all files.'
    return MEND[code][1]


def query(reading: Reading, facts: Facts) -> str:
    """One statement for all checks: (file, code, row_no, value)."""
    pieces = [own_rows(listing) for listing in LISTINGS.values()]
    for file, code, value, needs, source in CROSS:
        if file in reading.listed and not {file, needs} & reading.failed:
            pieces.append(f"(select {text(file)}, {text(code)}, r.row_no, {value} from {source})")
    if wrong := [text(zone) for zone in facts.zones if not known_zone(zone)]:
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
