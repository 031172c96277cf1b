"""What is wrong with the calendar and its terms, and where stated totals of days differ from the dates."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from difflib import get_close_matches
from functools import partial
from typing import NamedTuple

from fidelity_engine.errors import FidelityError, Place
from fidelity_engine.stages.load.calendar_rows import BACKWARDS, CALENDAR, KINDS, SCHOOL_MEND, TERMS, backwards
from fidelity_engine.stages.load.facts import KNOWN, LOST, WRONG, Facts
from fidelity_engine.stages.load.listing import row_mistakes
from fidelity_engine.stages.load.reading import Reading

UNCOVERED = 4
"""So many weekdays of the period may lie outside the calendar's rows: the days around its first and last row."""


class TermNote(NamedTuple):
    """A term whose stated number of days is not the number of its instructional dates; no school: for all."""

    term: str
    school: str | None
    stated: int
    found: int

    def __str__(self) -> str:
        place = f" at {self.school}" if self.school else ""
        return f"The calendar states {self.stated} days for {self.term}{place}, its dates give {self.found}."


ROWS = f"""
    select 'calendar' as file, case when bad <> '' then 'bad' when kind not in ({KNOWN}) then 'kind'
        when {LOST} then 'school' else 'bells' end as code,
      row_no, case code when 'bad' then bad when 'kind' then kind when 'bells' then {backwards('c')} else school end
      from calendar_row c where {WRONG['calendar_row']}
    union all
    select 'terms', case when bad <> '' then 'bad' when from_date > until_date then 'dates' else 'school' end as code,
      row_no, case code when 'bad' then bad when 'dates' then term else school end from term_row where {WRONG['term_row']}"""


def check_rows(reading: Reading, facts: Facts) -> None:
    """Add the mistakes of single rows of the calendar and the terms."""
    if not facts.wrong & {"calendar", "terms"}:
        return
    by_code: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for file, code, row_no, value in reading.db.rows(ROWS):
        by_code.setdefault((file, code), []).append((row_no, value))
    for (file, code), rows in sorted(by_code.items()):
        if code == "school" and "schools" in reading.failed:
            continue
        listing = CALENDAR if file == "calendar" else TERMS
        reading.blame_rows(file, row_mistakes(listing, partial(reading.place, file), sorted(set(rows))) if code == "bad" else [
            mistake(code, value, reading.place(file, row_no)) for row_no, value in sorted(set(rows))
        ])


def mistake(code: str, value: str, place: Place) -> FidelityError:
    """The mistake of one row."""
    if code == "kind":
        near = get_close_matches(value.lower(), KINDS, n=1)
        mend = f"Did you mean '{near[0]}'?" if near else f"Kinds are {', '.join(KINDS)}."
        return FidelityError(f"unknown kind of day '{value}'", place, mend)
    if code == "dates":
        return FidelityError(f"term '{value}' ends before it begins", place, "`from` must not lie after `until`.")
    if code == "bells":
        return FidelityError(BACKWARDS[0].format(value=value), place, BACKWARDS[1])
    return FidelityError(f"unknown school '{value}'", place, SCHOOL_MEND)


def check_calendar(reading: Reading, facts: Facts, short: bool) -> None:
    """Add what is wrong with the calendar as a whole: dates that it does not cover, terms that are missing or overlap."""
    if not facts.counts["calendar"]:
        mend = "Without dates nothing is expected."
        reading.blame(FidelityError("the calendar has no rows", reading.origin("calendar"), mend))
        return
    if not short:                                    # the short form covers the period by itself
        check_cover(reading)
    overlaps = reading.db.rows(OVERLAPS) if facts.counts["terms"] > 1 else []
    for one, other, row_no in sorted(overlaps):
        place = reading.place("terms", row_no)
        reading.blame(FidelityError(f"term '{other}' overlaps with term '{one}'", place, "Terms follow one another."))
    by_term = any(rule.expect.each.unit == "term" for rule in reading.ruleset.rules if rule.mode != "off")
    if by_term and not facts.counts["terms"]:
        message = "there are rules with `each: term`, but no terms"
        reading.blame(FidelityError(message, reading.origin("calendar"), "Give `terms:`."))


COVERS = """
    select starts_on, ends_on, min(s.school)
    from class_base b join roster_school s on s.school_no = b.school_no group by starts_on, ends_on"""
OVERLAPS = """
    select a.term, b.term, b.row_no
    from term_row a join term_row b on coalesce(a.school_no, 0) = coalesce(b.school_no, 0)
      and coalesce(a.school, '') = coalesce(b.school, '') and a.row_no < b.row_no
    where a.from_date <= b.until_date and b.from_date <= a.until_date"""


def check_cover(reading: Reading) -> None:
    """Add the schools whose calendar does not cover the period: one for each pair of first and last date."""
    period, day = reading.ruleset.period, timedelta(days=1)
    for first, last, school in sorted(reading.db.rows(COVERS), key=str):
        if first is None:
            message = f"the calendar has no dates for school {school}"
        elif weekdays(period.start, first) > UNCOVERED or weekdays(last + day, period.end + day) > UNCOVERED:
            message = f"the calendar of school {school} goes from {first} to {last}, the period from {period.start} to {period.end}"
        else:
            continue
        reading.blame(FidelityError(message, reading.origin("calendar"), "Add the missing dates, or shorten the period."))


def weekdays(start: date, end: date) -> int:
    """How many days from Monday to Friday lie from `start` up to, but without, `end`."""
    return sum((start + timedelta(days=n)).weekday() < 5 for n in range((end - start).days))


TERM_DAYS = """
    select t.row_no, t.term, t.days, count(*) filter (d.instructional) as found, b.class_no
    from class_base b
      join term_row t on coalesce(t.school_no, 0) = case when b.own_terms then b.school_no else 0 end
      left join day d on d.class_no = b.class_no and d.date between t.from_date and t.until_date
    where t.from_date <= t.until_date and (t.school is null or t.school_no is not null)
    group by all having found = 0 or found <> t.days"""


def check_terms(reading: Reading, facts: Facts) -> list[TermNote]:
    """Add terms without instructional days to the mistakes; give the totals that differ from the dates."""
    rows = reading.db.rows(TERM_DAYS) if facts.counts["terms"] else []
    if not rows:
        return []
    schools: dict[int, list[str]] = defaultdict(list)
    for class_no, school in reading.db.rows(
        "select c.class_no, s.school from school_class c join roster_school s on s.school_no = c.school_no order by s.school"
    ):
        schools[class_no].append(school)
    found: dict[tuple[int, str, int | None, int], list[str]] = defaultdict(list)
    for row_no, term, stated, days, class_no in sorted(rows):
        found[row_no, term, stated, days] += schools[class_no]
    for (row_no, term, _, days), affected in found.items():
        if not days:
            reading.blame(FidelityError(
                f"term '{term}' has no instructional days at school {min(affected)}",
                reading.place("terms", row_no), "Mend its dates, or give the school terms of its own."))
    return [note for key, affected in found.items() if key[3] for note in notes(*key[1:], affected, schools)]


def notes(term: str, stated: int | None, days: int, affected: list[str], schools: dict[int, list[str]]) -> list[TermNote]:
    """One note where every school is affected, else one per school."""
    if stated is None:
        return []
    if len(affected) == sum(map(len, schools.values())):
        return [TermNote(term, None, stated, days)]
    return [TermNote(term, school, stated, days) for school in sorted(affected)]
