"""Rows that stand twice: exact duplicates, older versions of an event, and rows that are merged to one event."""

from __future__ import annotations

from typing import NamedTuple

from fidelity_engine.db import Database, name
from fidelity_engine.stages.load.linking import KEY, same_row
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged

DENSE = 64
"""A bitmap of ids pays as long as their range is at most so many times their number."""


def drop_versions(db: Database, staged: Staged, rows: str, known_until: str) -> None:
    """Make `dropped_<n>` (file_no, row_no, fate) of duplicates and superseded rows.

    Of the versions known as of `as_of` the newest `recorded_at` wins, ties the later row; of equal rows the last counts.
    """
    db.run(f"""create or replace table dropped_{staged.number} as
        with k as (select {KEY}, id, content, coalesce(recorded, start) as told_at from {rows} where fate = 0),
        s as (select id from k group by id having count(*) > 1),
        x as (select k.*, row_number() over (partition by k.id, content order by file_no desc, row_no desc) as nth
              from k join s on s.id = k.id),
        v as (select *, row_number() over (partition by id order by told_at desc, file_no desc, row_no desc) as place
              from x where nth = 1 and told_at <= {known_until})
        select {KEY}, {Fate.DUPLICATE.value}::tinyint as fate from x where nth > 1
        union all select {KEY}, {Fate.SUPERSEDED.value}::tinyint from v where place > 1""")


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


def all_different(db: Database, staged: Staged, good: str, ids: Ids, accepted: int) -> bool:
    """Whether no id stands twice among the `accepted` rows, or among all with which nothing is wrong in themselves: `good`, after FROM."""
    if ids.different is not None:
        return ids.different == accepted
    if staged.numbers_as_ids and ids.high - ids.low < max(DENSE * ids.rows, 1000) and ids.high - ids.low < 10**9:
        return bool(db.one(f"select bit_count(bitstring_agg(id, {ids.low}::bigint, {ids.high}::bigint)) from {good}") == ids.rows)
    return bool(db.one(f"select count(distinct hash(id)) from {good}") == ids.rows)


def remaining(staged: Staged, rows: str) -> str:
    """The rows with their final fate, as what stands after FROM."""
    return f"""(select l.* exclude (fate), coalesce(d.fate, l.fate) as fate from {rows} l
        left join dropped_{staged.number} d on {same_row('d', 'l')})"""


def merge(db: Database, staged: Staged, known_until: str) -> None:
    """For `one_event_per`: `rows_<n>` becomes one row per event; what it took in is kept in `merged_<n>`.

    Participants are collected in order. Rows whose other fields disagree with the newest known version are superseded.
    """
    n = staged.number
    fields = ["type", "start", '"end"', "minutes", "team", "school", "grades", "status", *_extras(db, n)]
    db.run(f"""create or replace table merged_{n} as
        with k as (select {KEY}, id, content, hash({', '.join(fields)}) as said, coalesce(recorded, start) as told_at,
                 coalesce(recorded, start) <= {known_until} as known
              from {staged.rows} where fate = 0),
        x as (select *, row_number() over (partition by id, content order by file_no desc, row_no desc) as nth from k),
        v as (select *, first_value(said) over (partition by id order by known desc, told_at desc, file_no desc, row_no desc) as winner,
                 max(known::tinyint) over (partition by id) as any_known from x where nth = 1)
        select {KEY}, id, {Fate.DUPLICATE.value}::tinyint as fate from x where nth > 1
        union all select {KEY}, id, case when known and said <> winner then {Fate.SUPERSEDED.value}
          when any_known = 1 and not known then {Fate.MERGED.value} else 0 end::tinyint from v""")
    db.run(f"""create or replace table whole_{n} as
        with m as (select r.* from {staged.rows} r join merged_{n} m on {same_row('m', 'r')} where m.fate = 0),
        p as (select id, list(staff order by file_no, row_no, place) as staff from (select id, file_no, row_no,
                 unnest(participants)::varchar as staff, generate_subscripts(participants, 1) as place from m) group by id),
        e as (select id, any_value(participants) is not null as told, max(recorded) as recorded from m group by id)
        select m.* replace (coalesce(p.staff, case when e.told then [] end)::varchar[] as participants, e.recorded as recorded)
        from (select *, row_number() over (partition by id order by file_no, row_no) as nth from m) m
        join e on e.id = m.id left join p on p.id = m.id where nth = 1
        union all by name
        select r.* replace (r.participants::varchar[] as participants) from {staged.rows} r where r.fate <> 0""")
    counts = dict(db.rows(f"select fate, count(*) from merged_{n} group by 1"))
    events = db.one(f"select count(distinct id) from merged_{n} where fate = 0") or 0
    staged.merged = {Fate(code): number for code, number in counts.items() if code}
    staged.merged[Fate.MERGED] = staged.merged.get(Fate.MERGED, 0) + counts.get(0, 0) - events
    staged.before, staged.rows = staged.rows, f"whole_{n}"


def _extras(db: Database, number: int) -> list[str]:
    return [name(column) for column in db.columns(f"rows_{number}") if column.startswith("x_")]
