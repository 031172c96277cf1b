"""The account of every source: source_state, and the quarantine with counts for all and sentences for the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from fidelity_engine.db import Database
from fidelity_engine.relations import EVIDENCE
from fidelity_engine.stages.load.papers import create
from fidelity_engine.stages.load.places import with_places
from fidelity_engine.stages.load.quarantine import keep_rows, put_aside
from fidelity_engine.stages.load.reasons import ORDER, REASONS, Fate
from fidelity_engine.stages.load.weighing import Weighed

SHOWN = 20
"""So many rows of each source and reason are told one by one."""

QUARANTINE_COUNT = {"source_no": "INTEGER", "source": "VARCHAR", "reason": "VARCHAR", "rows": "BIGINT"}
BAD_VALUE = {
    # values that do not convert: how many per field (row null), and the first of them
    "source": "VARCHAR", "field": "VARCHAR", "place": "VARCHAR", "row": "BIGINT", "rows": "BIGINT", "sentence": "VARCHAR",
}


@dataclass(eq=False, repr=False)
class Account:
    """One source: what its rows came to, or why it could not be read. `broken`: the plugin whose reader failed, and how."""

    number: int
    source: str
    optional: bool
    weighed: Weighed | None = None
    cause: str | None = None
    shrunk: str | None = None
    broken: tuple[str, str] | None = None

    @property
    def readable(self) -> bool:
        """Whether its rows are used."""
        return self.weighed is not None and not self.weighed.hopeless and not self.shrunk

    @property
    def told(self) -> str | None:
        """Why it is unreadable."""
        if self.weighed is not None and self.weighed.hopeless:
            return f"More than half of its rows ({self.weighed.unusable} of {self.weighed.own}) are quarantined."
        return self.shrunk or self.cause

    def state(self, unknown_participants: int) -> tuple[object, ...]:
        """The row of source_state."""
        w = self.weighed
        counts = w.counts if w else {}
        by_fate = [counts.get(fate, 0) for fate in (Fate.ACCEPTED, Fate.DUPLICATE)]
        rest = [counts.get(fate, 0) for fate in (Fate.MERGED, Fate.SKIPPED)]
        return (
            self.number, self.source, self.readable, self.optional, w.read if w else 0, *by_fate, w.quarantined if w else 0, *rest,
            w.bad_values if w else 0, unknown_participants, self.told,
        )


def record(db: Database, accounts: Sequence[Account], strangers: Sequence[str], keep_quarantine: bool) -> None:
    """Make source_state, quarantine, quarantine_count and bad_value. `strangers`: SELECTs of source_no, unknown_participants.

    `keep_quarantine`: whether the rows in quarantine are kept as they were in the file.
    """
    every = " union all ".join(strangers)
    unknown: dict[int, int] = {}
    if every:
        unknown = dict(db.rows(f"select source_no, sum(unknown_participants)::bigint from ({every}) group by 1"))  # type: ignore[arg-type]
    create(db, "source_state", EVIDENCE["source_state"], [account.state(unknown.get(account.number, 0)) for account in accounts])
    weighed = [account.weighed for account in accounts if account.weighed]
    create(db, "quarantine", EVIDENCE["quarantine"], [row for w in weighed for row in _told(db, w)])
    create(db, "quarantine_count", QUARANTINE_COUNT, [row for w in weighed for row in _counts(w)])
    create(db, "bad_value", BAD_VALUE, [row for w in weighed for row in _bad(db, w)])
    if keep_quarantine:
        keep_rows(db, weighed)


def _counts(weighed: Weighed) -> list[tuple[object, ...]]:
    found: dict[str, int] = {}
    for fate, number in weighed.counts.items():
        if fate in REASONS and number:
            found[REASONS[fate][0]] = found.get(REASONS[fate][0], 0) + number
    return [(weighed.staged.number, weighed.staged.source, reason, found[reason]) for reason in ORDER if reason in found]


def _told(db: Database, weighed: Weighed) -> list[tuple[object, ...]]:
    """The first rows of each reason, with their place and a sentence. Sentences hold no values of the row."""
    if not weighed.quarantined:
        return []
    staged = weighed.staged
    first = f"""select * from {put_aside(db, weighed)}
        qualify row_number() over (partition by fate order by file_no, row_no) <= {SHOWN}"""
    found: list[tuple[str, int, str, str]] = [(row.path, row.row, row.reason, row.sentence) for row in staged.rejected]
    for place, row, fate in db.rows(f"select place, row, fate from ({with_places(db, staged, first)})"):
        found.append((place, row, *REASONS[Fate(fate)]))
    found.sort(key=lambda row: (ORDER.index(row[2]), row[0], row[1]))
    by_reason = [list(rows)[:SHOWN] for _, rows in groupby(found, key=lambda row: row[2])]
    return [(staged.source, *row) for rows in by_reason for row in rows]


def _bad(db: Database, weighed: Weighed) -> list[tuple[object, ...]]:
    """Per field how many values do not convert, and the first rows with one."""
    if not weighed.bad_values:
        return []
    found: list[tuple[object, ...]] = []
    staged = weighed.staged
    wrongs = [f"(bad >> {place}) & 1 = 1 and fate <> {Fate.SKIPPED.value}" for place, _ in enumerate(staged.checked)]
    counts = db.rows(f"select {', '.join(f'count(*) filter ({wrong})' for wrong in wrongs)} from {weighed.odd}")[0]
    for field, wrong, rows in zip(staged.checked, wrongs, counts, strict=True):
        if rows:
            made = staged.fields[field]
            wanted = "none of held, planned, cancelled" if field == "status" else f"no {made.type}"
            kind = wanted if made.column not in weighed.feed.bad else f"an error such as #N/A, or {wanted}"
            sentence = f"`{field}` (column `{made.column}`) is {kind}; it counts as missing."
            first = with_places(db, staged, f"select file_no, row_no from {weighed.odd} where {wrong} order by file_no, row_no limit {SHOWN}")
            found.append((staged.source, field, None, None, rows, sentence))
            found += [(staged.source, field, *row, 1, sentence) for row in db.rows(f"select place, row from ({first}) order by all")]
    return found
