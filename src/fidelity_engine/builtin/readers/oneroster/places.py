"""Schools and terms of a bundle: orgs.csv, academicSessions.csv."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fidelity_engine.builtin.readers.oneroster.bundle import Bundle, Kept, applied
from fidelity_engine.plugin.spec import Placed, Rejected

SCHOOL = "school"
TERMS = ("term", "semester", "gradingperiod")
"""Types of sessions that follow one another, the first of which a bundle has is taken."""
OWN = "metadata."


@dataclass
class Found:
    """The rows of a listing, and those that refer to something that is not there."""

    columns: list[str]
    rows: list[Placed] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def add(self, kept: Kept, cells: Mapping[str, Any]) -> None:
        """One row of the listing, and the row of the bundle that it is from."""
        self.rows.append(Placed(cells, kept.file, kept.row.number))

    def reject(self, kept: Kept, sentence: str) -> None:
        """Name a row that cannot be used."""
        self.rejected.append(Rejected(kept.file, kept.row.number, sentence))


def schools(bundles: list[Bundle]) -> Found:
    """school, name, identifier, parent, and the bundle's own columns (metadata.x becomes x)."""
    found = Found(["school", "name", "identifier", "parent"])
    orgs = applied(bundles, "orgs", found.rejected)
    headers = {column for kept in orgs.values() for column in kept.row.cells}
    own = sorted(column for column in headers if column.startswith(OWN) and column.removeprefix(OWN) not in found.columns)
    found.columns += [column.removeprefix(OWN) for column in own]
    for id_, kept in orgs.items():
        row, parent = kept.row, kept.row["parentsourcedid"]
        if parent and parent not in orgs:
            found.reject(kept, f"Its parentSourcedId {parent} is no org of the bundle.")
        if is_school(kept):
            cells = {column.removeprefix(OWN): row[column] for column in own}
            found.add(kept, {**cells, "school": id_, "name": row["name"], "identifier": row["identifier"], "parent": parent})
    return found


def is_school(kept: Kept) -> bool:
    """Whether an org is a school; districts, departments and states are none."""
    return kept.row["type"].lower() == SCHOOL


def terms(bundles: list[Bundle]) -> Found:
    """term, from, until, sourced_id: the last day is the one before endDate, which OneRoster leaves out."""
    found = Found(["term", "from", "until", "sourced_id"])
    sessions = applied(bundles, "academicSessions", found.rejected)
    types = {kept.row["type"].lower() for kept in sessions.values()}
    wanted = next((kind for kind in TERMS if kind in types), None)
    for id_, kept in sessions.items():
        row, parent = kept.row, kept.row["parentsourcedid"]
        if parent and parent not in sessions:
            found.reject(kept, f"Its parentSourcedId {parent} is no academic session of the bundle.")
        if row["type"].lower() == wanted:
            found.add(kept, {"term": row["title"] or id_, "from": row["startdate"], "until": day_before(row["enddate"]), "sourced_id": id_})
    return found


def day_before(written: str) -> str | None:
    """The day before an exclusive end; what is no date stays, and is told as a mistake."""
    try:
        return (date.fromisoformat(written) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return written or None


def names(orgs: Mapping[str, Kept]) -> dict[str, str]:
    """id → identifier of the schools."""
    return {id_: kept.row["identifier"] for id_, kept in orgs.items() if is_school(kept)}
