"""Papers: who owns what, what is complete, what is waived, and what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple, get_args

from fidelity_engine.db import Database, name
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.adjustment import named_day
from fidelity_engine.model.rule import ReadSpec, RuleSet, SubjectKind
from fidelity_engine.plugin.spec import Reader
from fidelity_engine.relations import PAPERS, check
from fidelity_engine.stages.load.cells import KINDS
from fidelity_engine.stages.load.clock import Clock, zone_of
from fidelity_engine.stages.load.listing import Field, Listing, row_mistakes
from fidelity_engine.stages.load.reading import Reading

ACTIONS = ("accept", "decline", "done", "note", "dispute", "attest", "release")
ANY = (None, "", "*")
NOBODY = -1
"""The school_no of a school that the roster does not have: it matches nothing."""

DECISION = {
    # what people said, in the order of the file; said: when, local time of the rule file's zone
    "row_no": "BIGINT", "said": "TIMESTAMP", "who": "VARCHAR", "about": "VARCHAR", "action": "VARCHAR", "value": "VARCHAR",
    "note": "VARCHAR",
}

OWNERS = Listing("owners", "paper_owner", (
    Field("role", required=True, filled=True), Field("school", "id"), Field("name"), Field("address"),
))
COMPLETE = Listing("complete", "paper_complete", (
    Field("source", required=True, filled=True), Field("school", "id"),
    Field("through", "date", required=True, filled=True), Field("confirmed_by"), Field("at"),
))
WAIVERS = Listing("waivers", "paper_waiver", (
    Field("rule"), Field("subject_kind"), Field("subject", "id"), Field("school", "id"),
    Field("from", "date", column="from_date"), Field("until", "date", column="until_date"),
    Field("reason"), Field("approved_by"), Field("permanent", "yes"),
))
DECISIONS = Listing("decisions", "paper_decision", (
    Field("at", required=True, filled=True), Field("who"), Field("about", required=True, filled=True),
    Field("action", required=True, filled=True), Field("value"), Field("note"),
))
DATE_MEND = KINDS["date"].mend
AT_MEND = "Write a timestamp like 2026-01-30T16:05 or a date."


class PapersInfo(NamedTuple):
    """Rows per paper, and sentences about rows that cannot apply: an unknown school, an unknown source."""

    counts: Mapping[str, int]
    notes: Sequence[str] = ()


@dataclass(eq=False, repr=False)
class Desk:
    """Where the papers are read: the reading, the clock, the numbers of the schools, and the notes so far."""

    reading: Reading
    clock: Clock
    schools: Mapping[str, int]
    notes: list[str] = field(default_factory=list)

    def rows(self, listing: Listing, spec: ReadSpec | None) -> list[dict[str, Any]]:
        """The rows of a paper in their order; those with mistakes are left out and the mistakes kept."""
        if (spec is None and self.reading.given.get(listing.name) is None) or not self.reading.table(listing, spec):
            return []
        found = self.reading.db.records(f"from {listing.table} order by row_no")
        bad = [(row["row_no"], row["bad"]) for row in found if row["bad"]]
        self.reading.mistakes += row_mistakes(listing, partial(self.reading.place, listing.name), bad)
        return [row for row in found if not row["bad"]]

    def blame(self, listing: Listing, row: Mapping[str, Any], message: str, mend: str) -> None:
        """A mistake in one row."""
        self.reading.blame(FidelityError(message, self.reading.place(listing.name, row["row_no"]), mend))

    def school_no(self, listing: Listing, row: Mapping[str, Any]) -> int | None:
        """The number of a row's school; None for all."""
        if row["school"] in ANY:
            return None
        if row["school"] not in self.schools and listing is not WAIVERS:
            place = self.reading.place(listing.name, row["row_no"])
            self.notes.append(f"{place}: the roster has no school {row['school']}; this row applies to nothing.")
        return self.schools.get(row["school"], NOBODY)

    def moment(self, listing: Listing, row: Mapping[str, Any]) -> datetime | None:
        """When a row was said, as local time; None (and a mistake) where that cannot be read."""
        try:
            said = datetime.fromisoformat(row["at"].strip())
        except ValueError:
            self.blame(listing, row, f"at '{row['at']}' is no timestamp", AT_MEND)
            return None
        return self.clock.local(said).astimezone(zone_of(self.clock.zone)).replace(tzinfo=None)

    def known(self, moment: datetime) -> bool:
        """Whether it was said before `as_of`."""
        return self.clock.knows(moment)


def load_papers(
    db: Database,
    ruleset: RuleSet,
    readers: Mapping[str, Reader],
    clock: Clock,
    given: Mapping[str, Any] | None = None,
) -> PapersInfo:
    """Make owner, complete, waiver and decision, or raise every mistake of the papers at once.

    To be called after the roster is loaded. `given`: rows in place of the files owners, complete, waivers, decisions.
    """
    reading = Reading(db, ruleset, readers, given or {})
    desk = Desk(reading, clock, dict(db.rows("select school, school_no from school")))
    decisions = ReadSpec.model_validate({"read": ruleset.decisions}) if ruleset.decisions and reading.exists(ruleset.decisions) else None
    tables = {
        "owner": (PAPERS["owner"], owners(desk, ruleset.owners)),
        "complete": (PAPERS["complete"], complete(desk, ruleset.complete)),
        "waiver": (PAPERS["waiver"], waivers(desk, ruleset.waivers)),
        "decision": (DECISION, decided(desk, decisions)),
    }
    reading.check()
    for table, (columns, rows) in tables.items():
        create(db, table, columns, rows)
        check(db, table, columns)
    return PapersInfo({table: len(rows) for table, (_, rows) in tables.items()}, desk.notes)


def create(db: Database, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """A relation from rows, column by column."""
    if not rows:
        listed = ", ".join(f"{name(column)} {kind}" for column, kind in columns.items())
        db.run(f"create or replace table {table} ({listed})")
        return
    values = {f"c{place}": list(cells) for place, cells in enumerate(zip(*rows, strict=True))}
    selected = ", ".join(f"unnest($c{place}::{kind}[]) as {name(column)}" for place, (column, kind) in enumerate(columns.items()))
    db.run(f"create or replace table {table} as select {selected}", values)


def owners(desk: Desk, spec: ReadSpec | None) -> list[tuple[Any, ...]]:
    """role, school_no, name, address"""
    return [(row["role"], desk.school_no(OWNERS, row), row["name"], row["address"]) for row in desk.rows(OWNERS, spec)]


def complete(desk: Desk, spec: ReadSpec | None) -> list[tuple[Any, ...]]:
    """source, school_no, through: of what was confirmed before `as_of`"""
    found = []
    sources = desk.reading.ruleset.evidence
    for row in desk.rows(COMPLETE, spec):
        moment = desk.moment(COMPLETE, row) if row["at"] else None
        if row["at"] and (moment is None or not desk.known(moment)):
            continue
        if row["source"] not in sources:
            place = desk.reading.place(COMPLETE.name, row["row_no"])
            desk.notes.append(f"{place}: there is no source {row['source']}; this row applies to nothing.")
        found.append((row["source"], desk.school_no(COMPLETE, row), row["through"]))
    return found


def waivers(desk: Desk, spec: ReadSpec | None) -> list[tuple[Any, ...]]:
    """waiver_no (the row), rule, subject_kind, subject, school_no, from, until, reason, approved_by, permanent"""
    found = []
    for row in desk.rows(WAIVERS, spec):
        if problem := waiver_problem(row):
            desk.blame(WAIVERS, row, *problem)
            continue
        rule, kind, subject = (None if row[key] in ANY else row[key] for key in ("rule", "subject_kind", "subject"))
        found.append((
            row["row_no"], rule, kind, subject, desk.school_no(WAIVERS, row), row["from_date"] or date(1900, 1, 1),
            row["until_date"] or date(2200, 12, 31), row["reason"], row["approved_by"], bool(row["permanent"]),
        ))
    return found


def waiver_problem(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a waiver, and what would mend it."""
    kinds = get_args(SubjectKind)
    if all(row[key] in ANY for key in ("rule", "subject_kind", "subject", "school")):
        return "this waiver waives everything at once", "Name a rule, a subject or a school."
    if row["subject_kind"] not in (*ANY, *kinds):
        return unknown("kind of subject", row["subject_kind"], kinds)
    if row["until_date"] is None and not row["permanent"]:
        return "this waiver has no end", "Give `until`, or say `permanent: yes`."
    if row["from_date"] and row["until_date"] and row["from_date"] > row["until_date"]:
        return f"from {row['from_date']} lies after until {row['until_date']}", "`from` must not lie after `until`."
    return None


def unknown(what: str, word: str, words: Iterable[str]) -> tuple[str, str]:
    """An unknown word, with the nearest known one."""
    near = get_close_matches(word.lower(), list(words), n=1)
    return f"unknown {what} '{word}'", f"Did you mean '{near[0]}'?" if near else f"Write one of {', '.join(words)}."


def dated(action: str, value: str) -> bool:
    """Whether a decision whose value can only be a date has a date as value, or none."""
    return action not in ("accept", "done") or not value.strip() or named_day(value) is not None


def decided(desk: Desk, spec: ReadSpec | None) -> list[tuple[Any, ...]]:
    """The columns of DECISION: of what was said before `as_of`"""
    found = []
    for row in desk.rows(DECISIONS, spec):
        if row["action"] not in ACTIONS:
            desk.blame(DECISIONS, row, *unknown("action", row["action"], ACTIONS))
            continue
        moment = desk.moment(DECISIONS, row)
        if moment is not None and desk.known(moment):
            if not dated(row["action"], row["value"] or ""):
                place = desk.reading.place(DECISIONS.name, row["row_no"])
                desk.notes.append(f"{place}: '{row['value']}' is no date, so this `{row['action']}` is taken as one without a value. {DATE_MEND}")
            found.append((row["row_no"], moment, row["who"], row["about"], row["action"], row["value"], row["note"]))
    return found


