"""Why a row is not an event: codes of the load, the reasons that they stand for, and their sentences."""

from __future__ import annotations

from enum import IntEnum


class Fate(IntEnum):
    """What becomes of a row. Codes of one reason differ in their sentence."""

    ACCEPTED = 0
    BROKEN = 1
    NO_ID = 2
    NO_TYPE = 3
    NO_START = 4
    NO_GROUP = 5
    BAD_START = 6
    UNKNOWN_TYPE = 7
    ENDS_BEFORE_START = 8
    UNKNOWN_TEAM = 9
    UNKNOWN_SCHOOL = 10
    SUPERSEDED = 11
    DUPLICATE = 20
    MERGED = 21
    SKIPPED = 22


REASONS: dict[Fate, tuple[str, str]] = {
    Fate.BROKEN: ("unreadable_row", "The row cannot be taken apart."),
    Fate.NO_ID: ("missing_field", "`id` is empty."),
    Fate.NO_TYPE: ("missing_field", "`type` is empty."),
    Fate.NO_START: ("missing_field", "`start` is empty."),
    Fate.NO_GROUP: ("missing_field", "The column that joins rows to events (`one_event_per`) is empty."),
    Fate.BAD_START: ("bad_timestamp", "`start` is neither an ISO 8601 timestamp nor written as a declared `format:` says."),
    Fate.UNKNOWN_TYPE: ("unknown_type", "`type` is none of those that the source delivers."),
    Fate.ENDS_BEFORE_START: ("ends_before_start", "The event ends before it starts."),
    Fate.UNKNOWN_TEAM: ("unknown_team", "The team is not on the roster, and nothing else links the event."),
    Fate.UNKNOWN_SCHOOL: ("unknown_school", "The school is not on the roster, and nothing else links the event."),
    Fate.SUPERSEDED: ("superseded", "A newer version of the event with the same id is used."),
}

ORDER = (
    "unreadable_row", "missing_field", "bad_timestamp", "unknown_type", "unknown_team", "unknown_school", "ends_before_start",
    "superseded",
)
