"""What becomes of the rows of one source: each is accepted, a duplicate, merged, skipped, or quarantined for a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from fidelity_engine.db import Database, DatabaseError, text
from fidelity_engine.stages.load.feed import Feed, Unreadable, unreadable
from fidelity_engine.stages.load.large import contents, prepare_texts, with_numbers
from fidelity_engine.stages.load.linking import linked, prepare_homes, prepare_lists
from fidelity_engine.stages.load.odd import odd_remaining, odd_rows
from fidelity_engine.stages.load.reasons import REASONS, Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.versions import Ids, all_different, drop_copies, drop_versions, faulty_again, find_again, merge, prepare_dropped, remaining

DAMAGE = frozenset({"Error", "IOException", "InvalidInputException", "SerializationException"})
"""What the engine's errors about damaged files are called; those of the pages' headers have no name of their own."""
KEPT_OUT = {"unreadable_row": Fate.BROKEN, "superseded": Fate.SUPERSEDED}
LOOSE = (0, Fate.UNKNOWN_TEAM, Fate.UNKNOWN_SCHOOL)


COMMON = 0.2
"""A type with so many of its source's rows is brought in by itself; the others are read together."""


ALIKE = {"fate": "0::tinyint", "status": "null::varchar", "recorded": "null::timestamp", "day_only": "false",
         "other_teams": "null::integer[]", "other_schools": "null::integer[]"}
"""Columns of accepted rows → what all of them say, where the source does not tell it."""


class Weighed(NamedTuple):
    """A staged source, its rows with their final fate, and how many have which. `rare`: types whose accepted rows stand apart.

    `elsewhere`: how many accepted rows have a team of a school that they do not name beside the one they do.
    `at_home`: whether some rows have their school from those who took part; `again`: whether ids stand twice; `loose`: how many good
    rows no team or school links. `trusted`: that nothing is wrong with any row is not yet known (trust.py). `odd`: what stands after
    FROM for the rows that are in quarantine, or have a value that did not convert, among others perhaps; where there are any.
    """

    staged: Staged
    feed: Feed
    rows: str
    counts: Mapping[Fate, int]
    types: Mapping[str, int]
    bad_values: int
    rare: frozenset[str] = frozenset()
    elsewhere: int = 0
    at_home: bool = False
    again: bool = False
    loose: int = 0
    trusted: bool = False
    odd: str = ""

    def rows_of(self, kinds: Collection[str]) -> str:
        """Accepted rows of these types among others, as what stands after FROM."""
        if not set(kinds) <= self.rare:
            return self.rows
        same = ", ".join(f"{sql} as {column}" for column, sql in _same(self.staged).items())
        return f"(select *, {same} from rare_{self.staged.number})"

    def share(self, kinds: Collection[str]) -> dict[str, float]:
        """Which part of the accepted rows each of these types has, where it has any."""
        every = sum(self.types.values())
        return {kind: self.types[kind] / every for kind in kinds if self.types.get(kind)}

    @property
    def few(self) -> frozenset[str]:
        """The types with few of the rows."""
        every = self.share(self.staged.spec.delivers)
        return frozenset(kind for kind in self.staged.spec.delivers if every.get(kind, 0) <= COMMON)

    @property
    def read(self) -> int:
        """All rows of the source."""
        return sum(self.counts.values())

    @property
    def quarantined(self) -> int:
        """Rows that are used for nothing, for one of the reasons."""
        return sum(number for fate, number in self.counts.items() if fate in REASONS)

    @property
    def unusable(self) -> int:
        """Quarantined rows, without those that a newer version took the place of."""
        return self.quarantined - self.counts.get(Fate.SUPERSEDED, 0)

    @property
    def own(self) -> int:
        """Rows that belong to the source."""
        return self.read - self.counts.get(Fate.SKIPPED, 0)

    @property
    def hopeless(self) -> bool:
        """Whether more than half of the rows that belong to the source are unusable."""
        return 2 * self.unusable > self.own


def weigh(db: Database, staged: Staged, feed: Feed, known_until: str) -> Weighed:
    """Link the rows to the roster, find those that stand twice, and count. Files that were not read before are read here: damage shows."""
    try:
        return _weighed(db, staged, feed, known_until)
    except DatabaseError as error:
        raise damage(db, staged, error) or error from None


def damage(db: Database, staged: Staged, error: DatabaseError) -> Unreadable | None:
    """What to say where an error of the engine comes from a damaged file: all of it is read, since any column may be damaged."""
    if not staged.numbered or type(error).__name__ not in DAMAGE:
        return None
    try:
        db.run(f"select bit_xor(hash(r)) from {staged.rows} r")
    except DatabaseError as found:
        return unreadable(staged.source, found)
    return None


def _weighed(db: Database, staged: Staged, feed: Feed, known_until: str) -> Weighed:
    merging = staged.spec.one_event_per is not None
    if merging:
        merge(db, staged, known_until)
    prepare_lists(db, staged)
    rows = _laid_out(db, staged, linked(staged))
    tally = _tally(db, rows, staged)
    at_home = bool(tally.loose) and staged.has("participants") and prepare_homes(db, staged, rows)
    if at_home:
        rows = _laid_out(db, staged, linked(staged, homes=True))
        tally = _tally(db, rows, staged)
    good = _good(db, staged, rows, tally.ids)
    again = not merging and tally.accepted > 0 and not all_different(db, staged, good, tally.ids, tally.accepted)
    if again:
        find_again(db, staged, good, tally.ids)
    found = Weighed(staged, feed, rows, tally.with_others(staged), tally.types, tally.bad, elsewhere=tally.elsewhere, at_home=at_home,
                    again=again, loose=tally.loose)
    return _sifted(db, found, tally, known_until) if again or tally.faulty or tally.bad else found


def _sifted(db: Database, weighed: Weighed, tally: Tally, known_until: str) -> Weighed:
    """The same where something is wrong with some rows: they are looked at once, and those that stand twice are dropped."""
    staged, rows = weighed.staged, weighed.rows
    odd = odd_rows(db, staged, rows, bool(tally.faulty or tally.bad))
    copied = tally.faulty > 1 and faulty_again(db, odd)
    if not (weighed.again or copied):
        return weighed._replace(odd=odd)
    if staged.narrow:
        twice = f" union all select id from again_{staged.number}" if weighed.again else ""
        prepare_texts(db, staged, weighed.feed, f"select id from {odd}{twice}")
    whole = contents(db, staged, weighed.feed, rows) if staged.narrow else rows
    prepare_dropped(db, staged)
    if weighed.again:
        drop_versions(db, staged, whole, known_until)
    if copied:
        drop_copies(db, staged, whole)
    left = remaining(db, staged, rows)
    tally = tally.without(db.rows(f"select fate, was, type, count(*), count(*) filter (elsewhere) from dropped_{staged.number} group by all"))
    return weighed._replace(rows=left, odd=left if odd == rows else odd_remaining(db, staged, odd), counts=tally.with_others(staged),
                            types=tally.types, elsewhere=tally.elsewhere)


def in_numbers(db: Database, weighed: Weighed, kinds: Collection[str]) -> Weighed:
    """Participants as numbers where that is quicker: `kinds`, which ask for them, have many rows, and all of these are whole numbers."""
    if all(share <= COMMON for share in weighed.share(kinds).values()):
        return weighed
    staged = with_numbers(db, weighed.staged)
    return weighed._replace(staged=staged, rows=weighed.rows.replace(weighed.staged.rows, staged.rows))


def stand_apart(weighed: Weighed) -> frozenset[str]:
    """The types that stand apart, if any do: one alone is as quickly looked for."""
    return weighed.few if len(weighed.few) > 1 else frozenset()


def rare_apart(db: Database, weighed: Weighed, unused: Collection[str]) -> Weighed:
    """Make `rare_<n>` of the types with few rows, where all rows are made anew each time: once for all of them.

    `unused`: columns that nobody asks for any more.
    """
    staged, rare = weighed.staged, stand_apart(weighed)
    if not staged.read_again or db.few_rows or not rare:
        return weighed
    db.run(f"""create or replace table rare_{staged.number} as select * exclude ({', '.join([*unused, *_same(staged)])})
        from {staged.of_types(weighed.rows, rare)}
        where fate = 0 and type in ({', '.join(map(text, sorted(rare)))})""")
    return weighed._replace(rare=rare)


def _same(staged: Staged) -> dict[str, str]:
    """What all accepted rows say alike, column by column: it is not stored with each."""
    given = {"status": staged.has("status"), "recorded": staged.has("recorded_at"), "other_teams": staged.is_list("team"),
             "other_schools": staged.is_list("team") or staged.is_list("school"), "day_only": not staged.never_day_only, "fate": False}
    return {column: sql for column, sql in ALIKE.items() if not given[column]}


def _laid_out(db: Database, staged: Staged, rows: str) -> str:
    """Linked rows as what stands after FROM: a table, unless they are made anew each time. Of few rows that would take longer."""
    if staged.read_again and not db.few_rows:
        return f"({rows})"
    db.run(f"create or replace table linked_{staged.number} as {rows}")
    return f"linked_{staged.number}"


def _good(db: Database, staged: Staged, rows: str, ids: Ids) -> str:
    """The rows with which nothing is wrong in themselves, as what stands after FROM."""
    if db.few_rows:
        return f"{rows} where fate in ({', '.join(str(int(fate)) for fate in LOOSE)})"
    return staged.rows if ids.every else f"{staged.rows} where fate = 0"


class Tally(NamedTuple):
    """Fate → rows; how many values did not convert; what is known of the ids; rows that no team or school links; type → accepted rows.

    `elsewhere` as in Weighed.
    """

    counts: dict[Fate, int]
    bad: int
    ids: Ids
    loose: int
    types: dict[str, int]
    elsewhere: int

    @property
    def accepted(self) -> int:
        """Rows that nothing is wrong with so far."""
        return self.counts.get(Fate.ACCEPTED, 0)

    @property
    def faulty(self) -> int:
        """Rows that could be taken apart, and are of no use."""
        return sum(number for fate, number in self.counts.items() if fate in REASONS and fate is not Fate.BROKEN)

    def without(self, dropped: Sequence[Sequence[Any]]) -> Tally:
        """The tally when rows are dropped: fate, what it was, type of accepted ones, how many, how many of them elsewhere."""
        counts, types = dict(self.counts), dict(self.types)
        for fate, was, kind, number, _ in dropped:
            counts[Fate(was)] -= number
            counts[Fate(fate)] = counts.get(Fate(fate), 0) + number
            if was == Fate.ACCEPTED:
                types[kind] -= number
        return self._replace(counts=counts, types=types, elsewhere=self.elsewhere - sum(row[-1] for row in dropped))

    def with_others(self, staged: Staged) -> dict[Fate, int]:
        """The counts with the rows that are no longer there: merged ones, and those that the reader rejected."""
        found = dict(self.counts)
        for fate, number in [*staged.merged.items(), *((KEPT_OUT[row.reason], 1) for row in staged.rejected)]:
            if number:
                found[fate] = found.get(fate, 0) + number
        return found


def _tally(db: Database, rows: str, staged: Staged) -> Tally:
    loose = f"school_no is null and fate in ({', '.join(str(int(fate)) for fate in LOOSE)})"
    loose = f"count(*) filter ({loose})"
    elsewhere = "count(team_schools)" if staged.has("team") and staged.has("school") else "0"      # of what is null everywhere
    numbers = staged.numbers_as_ids
    alone = len(staged.spec.delivers) == 1 and not numbers
    different = "len(list_distinct(list(hash(id))))" if db.few_rows else "count(distinct hash(id))"      # which makes a second pass
    ids = "min(id), max(id)" if numbers else f"{different}, null" if alone else "null, null"
    found = sorted(db.rows(f"""select fate, case when fate = 0 then type end as type, count(*), coalesce(sum(bit_count(bad)), 0), {loose}, {ids}, {elsewhere}
        from {rows} group by all"""), key=lambda row: (row[0], row[1] or ""))
    counts: dict[Fate, int] = {}
    for code, _, number, *_ in found:
        counts[Fate(code)] = counts.get(Fate(code), 0) + number
    bad = sum(int(row[3]) for row in found if row[0] != Fate.SKIPPED)
    good = [row for row in found if row[0] == 0]
    if numbers:
        sound = [row for row in found if row[0] in LOOSE]         # before it is known whether they can be linked
        low, high = min((row[5] for row in sound), default=0), max((row[6] for row in sound), default=0)
        told = Ids(low=low, high=high, rows=sum(row[2] for row in sound), every=len(sound) == len(found))
    else:
        told = Ids(sum(row[5] for row in good)) if alone else Ids(rows=sum(row[2] for row in found if row[0] in LOOSE))
    return Tally(counts, bad, told, sum(row[4] for row in found), {row[1]: row[2] for row in good}, sum(row[-1] for row in good))
