"""What becomes of the rows of one source: each is accepted, a duplicate, merged, skipped, or quarantined for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fidelity_engine.db import Database, DatabaseError
from fidelity_engine.stages.load.feed import Feed, unreadable
from fidelity_engine.stages.load.linking import linked, prepare_homes, prepare_lists
from fidelity_engine.stages.load.reasons import REASONS, Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.versions import drop_versions, merge, remaining

DAMAGE = frozenset({"IOException", "InvalidInputException", "SerializationException"})
LOOSE = (0, Fate.UNKNOWN_TEAM, Fate.UNKNOWN_SCHOOL)


@dataclass(frozen=True)
class Weighed:
    """A staged source, its rows with their final fate, and how many have which."""

    staged: Staged
    feed: Feed
    rows: str
    counts: Mapping[Fate, int]
    bad_values: int

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
    if staged.spec.one_event_per:
        merge(db, staged, known_until)
    prepare_lists(db, staged)
    rows = linked(staged)
    counts, bad, loose = _first_count(db, rows, staged)
    if loose and prepare_homes(db, staged):
        rows = linked(staged, homes=True)
        counts, bad, _ = _counted(db, rows, staged)
    if not staged.spec.one_event_per and drop_versions(db, staged, rows, known_until):
        rows = remaining(staged, rows, dropped=True)
        counts, bad, _ = _counted(db, rows, staged)
    for fate, number in staged.merged.items():
        counts[fate] = counts.get(fate, 0) + number
    if staged.rejected:
        counts[Fate.BROKEN] = counts.get(Fate.BROKEN, 0) + len(staged.rejected)
    return Weighed(staged, feed, rows, counts, bad)


def _first_count(db: Database, rows: str, staged: Staged) -> tuple[dict[Fate, int], int, bool]:
    """The count that reads files which were not read before: damage shows here."""
    try:
        return _counted(db, rows, staged)
    except DatabaseError as error:
        if staged.numbered and type(error).__name__ in DAMAGE:
            raise unreadable(staged.source, error) from None
        raise


def _counted(db: Database, rows: str, staged: Staged) -> tuple[dict[Fate, int], int, bool]:
    """Fate → rows, how many values did not convert, and whether some row with participants has no team and no school."""
    loose = f"school_no is null and participants is not null and fate in ({', '.join(str(int(fate)) for fate in LOOSE)})"
    found = db.rows(f"""select fate, count(*), coalesce(sum(bit_count(bad)), 0),
        {f'count(*) filter ({loose})' if staged.has('participants') else 0} from ({rows}) group by fate order by fate""")
    counts = {Fate(code): number for code, number, _, _ in found}
    bad = sum(int(number) for code, _, number, _ in found if code != Fate.SKIPPED)
    return counts, bad, any(row[3] for row in found)
