"""Who stands alone in events whose people lists told (blocks.py): looked up one by one, and put into the rows."""

from __future__ import annotations

from fidelity_engine.db import Database
from fidelity_engine.stages.load.blocks import NUMBERED, Blocks

MANY = 4
"""Where one row in so many is changed, all are written anew."""
PIECE = 25_000_000
"""Of so many rows those that change are set apart at a time."""


def complete(db: Database, relation: str, blocks: Blocks) -> str:
    """Look up who stands alone in `<relation>_rows`, and put them into `role_bits`, `participants` and `unknown_participants`.

    Gives what stands after FROM for the rows with their numbers, `row_no`.
    """
    known, id = ("select staff_no, staff as id from person", "unnest(alone)") if blocks.by_text else (NUMBERED, "unnest(alone)::bigint")
    asked, join, held = "", "", ""
    if blocks.roles:
        bits = "list_bit_or(list_transform(a.roles, lambda role: 1 << (list_position(s.roles, role) - 1)))"
        held = f"""held as (select a.staff_no, a.from_date, a.until_date, {bits} as bits from assignment a
            cross join (select max_by(roles, bits) as roles from role_set) s where a.roles is not null),"""
        asked = ", coalesce(bit_or(h.bits), 0)::integer as bits"
        join = "left join held h on h.staff_no = p.staff_no and u.date between h.from_date and h.until_date"
    if blocks.who:
        asked += ", list_distinct(list(p.staff_no) filter (p.staff_no is not null)) as nos"
    db.run(f"""create or replace table {relation}_alone as
        with {held} known as ({known})
        select u.row_no, coalesce(len(list_distinct(list(u.id) filter (p.staff_no is null))), 0)::integer as strangers{asked}
        from (select rowid as row_no, start::date as date, {id} as id from {relation}_rows where alone is not null) u
        left join known p on p.id = u.id {join} group by u.row_no""")
    way = _set_apart if db.in_file else _write_anew if _are_many(db, relation) else _change
    way(db, relation, _looked_up(blocks))
    db.run(f"drop table {relation}_alone")
    return f"{relation}_rows" if db.in_file else numbered(relation)


def numbered(relation: str) -> str:
    """What stands after FROM for the rows of events as they were laid down, with their numbers."""
    return f"(select rowid as row_no, * from {relation}_rows)"


def _are_many(db: Database, relation: str) -> bool:
    """Whether so many rows are changed that all are sooner written anew."""
    rows, changed = db.rows(f"select count(*), (select count(*) from {relation}_alone) from {relation}_rows")[0]
    return bool(MANY * changed > rows)


def _looked_up(blocks: Blocks) -> dict[str, str]:
    """Column of the events → its value where somebody was looked up. A changed list moves its row: it comes last."""
    found = {"unknown_participants": "a.strangers"}
    if blocks.roles:
        found["role_bits"] = "r.role_bits | a.bits"
    if blocks.who:
        found["participants"] = "list_concat(r.participants, list_filter(coalesce(a.nos, []), lambda no: not list_contains(r.participants, no)))"
    return found


def _change(db: Database, relation: str, looked_up: dict[str, str]) -> None:
    """Put what was looked up into the rows."""
    db.run(f"alter table {relation}_rows drop column alone")
    lists = {column: told for column, told in looked_up.items() if column == "participants"}
    for together in ({column: told for column, told in looked_up.items() if column not in lists}, lists):
        if together:
            values = ", ".join(f"{column} = {told}" for column, told in together.items())
            differs = " or ".join(f"{told} <> r.{column}" for column, told in together.items())
            db.run(f"update {relation}_rows r set {values} from {relation}_alone a where a.row_no = r.rowid and ({differs})")


def _write_anew(db: Database, relation: str, looked_up: dict[str, str]) -> None:
    """The same where many are changed."""
    db.run(f"""create table {relation}_whole as select r.* exclude (alone) replace ({_replaced(looked_up)}) from {relation}_rows r
        left join {relation}_alone a on a.row_no = r.rowid""")
    db.run(f"drop table {relation}_rows; alter table {relation}_whole rename to {relation}_rows")


def _set_apart(db: Database, relation: str, looked_up: dict[str, str]) -> None:
    """The same where rows lie in a file: a change of them would stay in memory, and to write all anew takes half as long as to bring them in.

    Those that change lie in a table of their own; `<relation>_rows` becomes a view over them and the others.
    """
    db.run(f"alter table {relation}_rows rename to {relation}_kept")
    for first in range(0, int(db.one(f"select count(*) from {relation}_kept")) or 1, PIECE):
        piece = f"between {first} and {first + PIECE - 1}"
        db.run(f"""{f"insert into {relation}_apart" if first else f"create table {relation}_apart as"}
            select r.rowid as row_no, r.* exclude (alone) replace ({_replaced(looked_up)}) from {relation}_kept r
            left join (select * from {relation}_alone where row_no {piece}) a on a.row_no = r.rowid where r.alone is not null and r.rowid {piece}""")
    db.run(f"""create view {relation}_rows as
        select rowid as row_no, * exclude (alone) from {relation}_kept where alone is null union all by name from {relation}_apart""")


def _replaced(looked_up: dict[str, str]) -> str:
    return ", ".join(f"case when a.row_no is null then r.{column} else {told} end as {column}" for column, told in looked_up.items())
