"""What becomes of the rows of one source: each is accepted, a duplicate, merged, skipped, or quarantined for a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fidelity_engine.db import Database, DatabaseError
from fidelity_engine.stages.load.feed import Feed, unreadable
from fidelity_engine.stages.load.linking import linked, prepare_homes, prepare_lists
from fidelity_engine.stages.load.reasons import REASONS, Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.versions import all_different, drop_versions, merge, remaining

DAMAGE = frozenset({"IOException", "InvalidInputException", "SerializationException"})
KEPT_OUT = {"unreadable_row": Fate.BROKEN, "superseded": Fate.SUPERSEDED}
LOOSE = (0, Fate.UNKNOWN_TEAM, Fate.UNKNOWN_SCHOOL)


@dataclass(frozen=True)
class Weighed:
    """A staged source, its rows with their final fate, and how many have which."""

    staged: Staged
    feed: Feed
    rows: str
    counts: Mapping[Fate, int]
    types: Mapping[str, int]
    bad_values: int

    def share(self, kinds: Collection[str]) -> dict[str, float]:
        """Which part of the accepted rows each of these types has, where it has any."""
        every = sum(self.types.values())
        return {kind: self.types[kind] / every for kind in kinds if self.types.get(kind)}

    @property
    def read(self) -> int:
        """All rows of the source."""
        return sum(self.counts.values())

    @property
    def quarantined(self) -> int:
        """Rows that are used for nothing, for one of the reasons."""
        return sum(number for fate, number in self.counts.items() if fate in REASONS)

    @property
    def hopeless(self) -> bool:
        """Whether more than half of the rows that belong to the source are quarantined (superseded ones not counted)."""
        superseded = self.counts.get(Fate.SUPERSEDED, 0)
        return 2 * (self.quarantined - superseded) > self.read - self.counts.get(Fate.SKIPPED, 0)


def weigh(db: Database, staged: Staged, feed: Feed, known_until: str) -> Weighed:
    """Link the rows to the roster, find those that stand twice, and count."""
    merging = staged.spec.one_event_per is not None
    if merging:
        merge(db, staged, known_until)
    prepare_lists(db, staged)
    rows = _laid_out(db, staged, linked(staged))
    tally = _first_tally(db, rows, staged)
    if tally.loose and prepare_homes(db, staged, rows):
        rows = _laid_out(db, staged, linked(staged, homes=True))
        tally = _tally(db, rows, staged)
    if not merging and tally.accepted and not all_different(db, staged, tally.ids, tally.accepted):
        drop_versions(db, staged, rows, known_until)
        rows = remaining(staged, rows)
        tally = _tally(db, rows, staged)
    return Weighed(staged, feed, rows, tally.with_others(staged), tally.types, tally.bad)


def _laid_out(db: Database, staged: Staged, rows: str) -> str:
    """Linked rows as what stands after FROM: a table, unless they come straight from a file each time."""
    if staged.numbered and not staged.spec.one_event_per:
        return f"({rows})"
    db.run(f"create or replace table linked_{staged.number} as {rows}")
    return f"linked_{staged.number}"


@dataclass(frozen=True)
class Tally:
    """Fate → rows; how many values did not convert; how many ids are different; rows that only people could link; type → accepted rows."""

    counts: dict[Fate, int]
    bad: int
    ids: int | None
    loose: int
    types: dict[str, int]

    @property
    def accepted(self) -> int:
        """Rows that nothing is wrong with so far."""
        return self.counts.get(Fate.ACCEPTED, 0)

    def with_others(self, staged: Staged) -> dict[Fate, int]:
        """The counts with the rows that are no longer there: merged ones, and those that the reader rejected."""
        found = dict(self.counts)
        for fate, number in [*staged.merged.items(), *((KEPT_OUT[row.reason], 1) for row in staged.rejected)]:
            if number:
                found[fate] = found.get(fate, 0) + number
        return found


def _first_tally(db: Database, rows: str, staged: Staged) -> Tally:
    """The tally that reads files which were not read before: damage shows here."""
    try:
        return _tally(db, rows, staged)
    except DatabaseError as error:
        if staged.numbered and type(error).__name__ in DAMAGE:
            raise unreadable(staged.source, error) from None
        raise


def _tally(db: Database, rows: str, staged: Staged) -> Tally:
    loose = f"school_no is null and participants is not null and fate in ({', '.join(str(int(fate)) for fate in LOOSE)})"
    loose = f"count(*) filter ({loose})" if staged.has("participants") else "0"
    alone = len(staged.spec.delivers) == 1 and not staged.numbers_as_ids
    ids = "count(distinct hash(id))" if alone else "null"
    found = db.rows(f"""select fate, case when fate = 0 then type end as type, count(*), coalesce(sum(bit_count(bad)), 0), {loose}, {ids}
        from {rows} group by all order by all""")
    counts: dict[Fate, int] = {}
    for code, _, number, *_ in found:
        counts[Fate(code)] = counts.get(Fate(code), 0) + number
    bad = sum(int(row[3]) for row in found if row[0] != Fate.SKIPPED)
    different = sum(row[5] for row in found if row[0] == 0) if alone else None
    if not alone and not staged.numbers_as_ids:
        different = db.one(f"select count(distinct hash(id)) from {rows} where fate = 0")
    return Tally(counts, bad, different, sum(row[4] for row in found), {row[1]: row[2] for row in found if row[0] == 0})
