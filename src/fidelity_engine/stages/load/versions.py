"""Rows that stand twice: exact duplicates, older versions of an event, and rows that are merged to one event."""

from __future__ import annotations

from typing import NamedTuple

from fidelity_engine.db import Database, name
from fidelity_engine.stages.load.linking import KEY, same_row
from fidelity_engine.stages.load.reasons import REASONS, Fate
from fidelity_engine.stages.load.staging import Staged

PLACE, LAST = "((file_no::bigint << 40) + row_no)", (1 << 40) - 1
"""KEY as one number, in the order of the rows; the largest number of a row."""
FAULTY = ", ".join(str(fate.value) for fate in REASONS if fate not in (Fate.BROKEN, Fate.SUPERSEDED))
"""Rows that could be taken apart, and are of no use."""
DENSE = 64
"""A bitmap of ids pays as long as their range is at most so many times their number."""
MANY, SPAN = 100_000, 1024
"""Among more rows ids are looked for in spans of so many numbers."""


def drop_versions(db: Database, staged: Staged, whole: str, known_until: str) -> None:
    """Fill `dropped_<n>` with duplicates and superseded rows of those with which nothing is wrong. `whole`: the rows with their content.

    Reads `again_<n>`. Of the versions known as of `as_of` the newest `recorded_at` wins, ties the later row; of equal rows the last counts.
    """
    n = staged.number
    db.run(f"""insert into dropped_{n}
        with k as (select {KEY}, id, content, type, team_schools is not null as elsewhere, coalesce(recorded, start) as told_at
              from {whole} where fate = 0 and id in (from again_{n})),
        x as (select *, row_number() over (partition by id, content order by file_no desc, row_no desc) as nth from k),
        v as (select *, row_number() over (partition by id order by told_at desc, file_no desc, row_no desc) as place
              from x where nth = 1 and told_at <= {known_until})
        select {KEY}, {Fate.DUPLICATE.value}, 0, type, elsewhere from x where nth > 1
        union all select {KEY}, {Fate.SUPERSEDED.value}, 0, type, elsewhere from v where place > 1""")


def faulty_again(db: Database, rows: str) -> bool:
    """Whether it may be that a row with which something is wrong stands twice."""
    return bool(db.one(f"select count(*) from (select 1 from {rows} where fate in ({FAULTY}) group by id, fate having count(*) > 1 limit 1)"))


def drop_copies(db: Database, staged: Staged, whole: str) -> None:
    """Fill `dropped_<n>` with the copies of rows with which something is wrong: the last of equal ones is in quarantine. `whole`: with their content."""
    db.run(f"""insert into dropped_{staged.number}
        select {KEY}, {Fate.DUPLICATE.value}, fate, null, false from (select {KEY}, fate, content from {whole} where fate in ({FAULTY}))
        qualify row_number() over (partition by content order by file_no desc, row_no desc) > 1""")


def prepare_dropped(db: Database, staged: Staged) -> None:
    """Make the empty `dropped_<n>`: rows that turn out to be duplicates or superseded, and what their `fate` `was`."""
    db.run(f"create or replace table dropped_{staged.number} (file_no integer, row_no bigint, fate tinyint, was tinyint, type varchar, elsewhere boolean)")


class Ids(NamedTuple):
    """How many different ids the accepted rows have, where that was counted.

    Else how many `rows` there are with which nothing is wrong in themselves, and of ids that are whole numbers the lowest and
    the highest of these, and whether they are all that there are.
    """

    different: int | None = None
    low: int = 0
    high: int = 0
    rows: int = 0
    every: bool = False


def find_again(db: Database, staged: Staged, good: str, ids: Ids) -> None:
    """Make `again_<n>`: ids that stand more than once among the rows with which nothing is wrong in themselves: `good`, after FROM.

    Of whole numbers a span is looked through only where it has more rows than different ids: small bitmaps tell that much sooner than groups.
    """
    rows = f"(select id from {good})"
    if staged.numbers_as_ids and ids.rows > MANY and _is_dense(ids):
        place = f"(id - {ids.low}::bigint)"
        spans = f"""select {place} // {SPAN} as span from {rows} group by span
            having count(*) > bit_count(bitstring_agg({place} % {SPAN}, 0, {SPAN - 1}))"""
        rows = f"(select id from {rows} where {place} // {SPAN} in ({spans}))"
    db.run(f"create or replace table again_{staged.number} as select id from {rows} group by id having count(*) > 1")


def _is_dense(ids: Ids) -> bool:
    return ids.high - ids.low < max(DENSE * ids.rows, 1000) and ids.high - ids.low < 10**9


def all_different(db: Database, staged: Staged, good: str, ids: Ids, accepted: int) -> bool:
    """Whether no id stands twice among the `accepted` rows, or among all with which nothing is wrong in themselves: `good`, after FROM."""
    if ids.different is not None:
        return ids.different == accepted
    if staged.numbers_as_ids and _is_dense(ids):
        return bool(db.one(f"select bit_count(bitstring_agg(id, {ids.low}::bigint, {ids.high}::bigint)) from {good}") == ids.rows)
    return bool(db.one(f"select count(distinct hash(id)) from {good}") == ids.rows)


FEW = 500
"""So many rows that are dropped are named in the statements; more are joined."""


def remaining(db: Database, staged: Staged, rows: str) -> str:
    """The rows with their final fate, as what stands after FROM."""
    dropped = f"dropped_{staged.number}"
    if db.one(f"select count(*) from {dropped}") > FEW:
        return f"""(select l.* exclude (fate), coalesce(d.fate, l.fate) as fate from {rows} l left join {dropped} d on {same_row('d', 'l')})"""
    named: dict[int, list[int]] = {}
    for fate, place in db.rows(f"select fate, {PLACE} from {dropped} order by all"):
        named.setdefault(fate, []).append(place)
    if not named:
        return rows
    numbers = ", ".join(str(number) for number in sorted({place & LAST for places in named.values() for place in places}))
    told = " ".join(f"when {PLACE} in ({', '.join(map(str, places))}) then {fate}" for fate, places in named.items())
    return f"(select * replace ((case when row_no in ({numbers}) then case {told} else fate end else fate end)::tinyint as fate) from {rows})"


def merge(db: Database, staged: Staged, known_until: str) -> None:
    """For `one_event_per`: `rows_<n>` becomes one row per event; what it took in is kept in `merged_<n>`.

    Participants are collected in order. Rows whose other fields disagree with the newest known version are superseded.
    """
    n, good = staged.number, f"(select * from {staged.rows} where fate = 0)"
    _fates(db, staged, good, known_until)
    lost = f"(select {KEY} from merged_{n} where fate <> 0)"
    whole = "case when list_sort(e.places) = e.places then e.lists else list_transform(list_grade_up(e.places), lambda place: e.lists[place]) end"
    db.run(f"""create or replace table whole_{n} as
        with m as (select id, {PLACE} as place, participants, recorded from {good} r where not exists (from {lost} m where {same_row('m', 'r')})),
        e as (select id, min(place) as place, max(recorded) as recorded, list(place) filter (participants is not null) as places,
                list(participants::varchar[]) filter (participants is not null) as lists from m group by id)
        select r.* replace (flatten({whole}) as participants, e.recorded as recorded) from {good} r join e on e.place = {PLACE}
        union all by name
        select r.* replace (r.participants::varchar[] as participants) from {staged.rows} r where r.fate <> 0""")
    staged.merged = {Fate(code): number for code, number in db.rows(f"select fate, count(*) from merged_{n} where fate <> 0 group by 1")}
    rows, events = (int(db.one(f"select count(*) from {relation} where fate = 0") or 0) for relation in (staged.rows, f"whole_{n}"))
    staged.merged[Fate.MERGED] = staged.merged.get(Fate.MERGED, 0) + rows - sum(staged.merged.values()) - events
    staged.before, staged.rows = staged.rows, f"whole_{n}"


def _fates(db: Database, staged: Staged, good: str, known_until: str) -> None:
    """Make `merged_<n>` (file_no, row_no, id, fate) of the events whose rows do not all say the same, or the same twice, or are not known yet."""
    n = staged.number
    fields = ["type", "start", '"end"', "minutes", "team", "school", "grades", "status", *_extras(db, n)]
    told = f"hash({', '.join(fields)}) as said, coalesce(recorded, start) as told_at, coalesce(recorded, start) <= {known_until} as known"
    db.run(f"""create or replace table merged_{n} as
        with k as (select {KEY}, id, content, {told} from {good}),
        odd as (select id from k group by id having min(said) <> max(said) or not bool_and(known) or len(list_distinct(list(content))) < count(*)),
        x as (select *, row_number() over (partition by id, content order by file_no desc, row_no desc) as nth from k where id in (from odd)),
        v as (select *, first_value(said) over (partition by id order by known desc, told_at desc, file_no desc, row_no desc) as winner,
                 max(known::tinyint) over (partition by id) as any_known from x where nth = 1)
        select {KEY}, id, {Fate.DUPLICATE.value}::tinyint as fate from x where nth > 1
        union all select {KEY}, id, case when known and said <> winner then {Fate.SUPERSEDED.value}
          when any_known = 1 and not known then {Fate.MERGED.value} else 0 end::tinyint from v""")


def _extras(db: Database, number: int) -> list[str]:
    return [name(column) for column in db.columns(f"rows_{number}") if column.startswith("x_")]
