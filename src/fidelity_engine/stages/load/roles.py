"""Roles of those who took part, as bits: looked up, not joined, because there are several participants to an event.

A person is a number that packs the roles, the first and the last date; of these there are few different ones. So the
lists that the engine copies for every two thousand events are small: the place of each person's number among them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from fidelity_engine.db import Database, text
from fidelity_engine.stages.load.derived import HELD, took_part

MOST_ROLES = 12
"""So many different roles have a bit each, and all sets of them a row each."""
APART = 1 << MOST_ROLES
"""The bit of people with several staff rows, whose events are looked at one by one."""
OVERLAP = 16
"""Blocks of ids pay up to so many times the number of people."""
LONGEST = 400
"""Of texts a school may have so many: they are compared one by one."""
NUMBERED = "select staff_no, try_cast(staff as bigint) as id from person where staff = try_cast(staff as bigint)::varchar"
"""People whose id is a whole number as the engine writes it."""
DAY_BITS, ENDS, BEGINS = 17, MOST_ROLES + 1, MOST_ROLES + 18
DAY_ZERO = "date '1900-01-01'"
EVER = f"({(1 << DAY_BITS) - 1}::bigint << {ENDS})"
"""From the first to the last date, without a role."""
NEVER = f"(1::bigint << {BEGINS})"


def prepare_roles(db: Database, asked: Collection[str] | None = None) -> bool:
    """Make `role_kind` (staff_no, packed: the person's number) and `role_set` (bits → roles); False where there are too many roles.

    `asked`: no other roles matter.
    """
    named = "" if asked is None else f"where role in ({', '.join(map(text, sorted(asked))) or 'null'})"
    roles = [role for (role,) in db.rows(f"select distinct role from (select unnest(roles) as role from assignment) {named} order by role")]
    if len(roles) > MOST_ROLES:
        return False
    listed = f"[{', '.join(map(text, roles))}]::varchar[]"
    bits = f"list_bit_or(list_transform(roles, lambda role: 1 << (list_position({listed}, role) - 1)))"
    dated = f"((o.begins - {DAY_ZERO})::bigint << {BEGINS}) | ((o.ends - {DAY_ZERO})::bigint << {ENDS}) | coalesce(o.bits, 0)"
    db.run(f"""create or replace table role_kind as with
        one as (select staff_no, min(from_date) as begins, max(until_date) as ends, count(*) as rows, bit_or({bits}) as bits from assignment group by 1)
        select p.staff_no, case when o.rows is null then {NEVER} when o.rows > 1 then {EVER} | {APART} else {dated} end as packed
        from person p left join one o on o.staff_no = p.staff_no""")
    db.run(f"""create or replace table role_set as
        select bits::integer as bits, list_filter({listed}, lambda r, place: (bits >> (place - 1)) & 1 = 1) as roles
        from range(0, {1 << len(roles)}) t(bits)""")
    return True


def bit_of_each(db: Database) -> dict[str, int]:
    """Role → its bit."""
    return {role: 1 << place for place, role in enumerate(db.one("select max_by(roles, bits) from role_set") or [])}


def _prepare_kinds(db: Database) -> None:
    """Make `role_bits`, once. It has one row: `kinds`, the different numbers, and `kind`, by staff number the place of the person's own."""
    most = int(db.one("select count(distinct packed) + 1 from role_kind") or 0)
    small = "utinyint" if most < 2**8 else "usmallint" if most < 2**16 else "integer"          # the lists are copied often
    db.run(f"""create table if not exists role_bits as
        select list(kind order by staff_no)::{small}[] as kind, list(distinct packed order by packed)::bigint[] as kinds
        from (select staff_no, packed, dense_rank() over (order by packed) as kind from role_kind)""")


def _held(packed: str) -> str:
    """The bits of those who took part on the date `day_no`. `packed`: list of their numbers."""
    on = f"(v >> {BEGINS}) <= x.day_no and ((v >> {ENDS}) & {(1 << DAY_BITS) - 1}) >= x.day_no"
    return f"coalesce(list_bit_or(list_transform({packed}, lambda v: case when {on} then v & {(1 << ENDS) - 1} else 0 end)), 0)::integer"


def with_role_bits(db: Database, events: str) -> str:
    """SELECT of the events with `role_bits`: the roles that their known participants hold on the date, or APART."""
    _prepare_kinds(db)
    bits = _held("list_transform(x.participants, lambda p: b.kinds[b.kind[p]])")
    return f"""select x.* exclude (day_no), case when x.participants is not null then {bits} end as role_bits
        from (select *, start::date - {DAY_ZERO} as day_no from ({events})) x cross join role_bits b"""


class Blocks(NamedTuple):
    """What `staff_block` tells: of how many `roles`, and by which ids: whole numbers, or texts (then by their hashes)."""

    roles: int
    by_text: bool

    @property
    def held(self) -> int:
        """The bits of the roles."""
        return (1 << self.roles) - 1

    @property
    def alone(self) -> int:
        """The flag of ids that a block does not tell of: it stands behind the bits of the roles, and those of their dates."""
        return 1 << 2 * self.roles

    @property
    def kind(self) -> str:
        """The type of a flag."""
        return "utinyint" if self.alone < 2**8 else "usmallint" if self.alone < 2**16 else "uinteger"

    def flag(self, flags: str, known: str) -> str:
        """SQL for the flag of a participant `p`. `known`: what the block knows its ids by."""
        place = f"list_position({known}, hash(p))" if self.by_text else f"greatest(p, {known}) - {known}"
        return f"coalesce({flags}[{place}], {self.alone})"


def prepare_blocks(db: Database, by_text: bool) -> Blocks | None:
    """Make `staff_block`; None where the schools' ids overlap too much to pay, or one has too many.

    Per school the flags of its people, by their ids: a bit per role of who is there from the first to the last day, as many of
    who is there on some days only, and one for people with several staff rows. Whole numbers are all those from the school's lowest
    to its highest.
    """
    blocks = Blocks(int(db.one("select len(max_by(roles, bits)) from role_set") or 0), by_text)
    if not blocks.roles or not (_few_texts(db) if by_text else _dense_numbers(db)):
        return None
    ever = f"(r.packed >> {BEGINS}) <= d.first - {DAY_ZERO} and ((r.packed >> {ENDS}) & {(1 << DAY_BITS) - 1}) >= d.last - {DAY_ZERO}"
    held = f"(r.packed & {APART - 1})"
    flags = f"case when r.packed is null or r.packed & {APART} <> 0 then {blocks.alone} when {ever} then {held} else {held} << {blocks.roles} end"
    days = "cross join (select min(date) as first, max(date) as last from day) d"
    listed = f"list(({flags})::{blocks.kind} order by b.id) as flags"
    if by_text:
        db.run(f"""create or replace table staff_block as
            with b as (select distinct a.school_no, p.staff_no, hash(p.staff) as id from assignment a join person p on p.staff_no = a.staff_no
                       where a.school_no is not null)
            select b.school_no, list(b.id order by b.id) as known, {listed} from b join role_kind r on r.staff_no = b.staff_no {days} group by b.school_no""")
    else:
        db.run(f"""create or replace table staff_block as
            with b as (select school_no, low, unnest(range(low, high + 1)) as id from staff_block),
            r as (select p.id, k.packed from ({NUMBERED}) p join role_kind k on k.staff_no = p.staff_no)
            select b.school_no, b.low - 1 as known, {listed} from b left join r on r.id = b.id {days} group by b.school_no, b.low""")
    return blocks


def _few_texts(db: Database) -> bool:
    """Whether no school has very many people."""
    most = db.one("select max(people) from (select count(distinct staff_no) as people from assignment where school_no is not null group by school_no)")
    return most is not None and most <= LONGEST


def _dense_numbers(db: Database) -> bool:
    """Make `staff_block` (school_no, low, high), and say whether the ids of schools are few enough to be told from the lowest to the highest."""
    db.run(f"""create or replace table staff_block as select a.school_no, min(p.id) as low, max(p.id) as high
        from assignment a join ({NUMBERED}) p on p.staff_no = a.staff_no where a.school_no is not null group by a.school_no""")
    ids, people = db.rows("select sum(high - low + 1), (select count(*) from person) from staff_block")[0]
    return bool(ids) and ids <= OVERLAP * people + 1000


def told_by_ids(rows: str, blocks: Blocks) -> str:
    """SELECT of rows with participants' ids, with `bits` as in `with_role_bits`, and `alone`.

    `alone`: the ids of those who have to be looked up, where that decides: who is not of the event's school, or unknown, or
    has several staff rows, or whose role depends on the date, unless others bring that role. Their bits are not among `bits`.
    """
    flags = f"coalesce(list_bit_or(list_transform(x.participants, lambda p: {blocks.flag('k.flags', 'k.known')})), 0)::integer"
    unclear = f"((x.flags >> {blocks.roles}) & ~(x.flags & {blocks.held})) <> 0"
    alone = f"list_filter(x.participants, lambda p: {blocks.flag('x.block', 'x.known')} > {blocks.held})"
    return f"""select x.* exclude (flags, block, known), case when {unclear} then {alone} end as alone,
          x.flags & {blocks.held} as bits, 0::integer as strangers
        from (select x.*, k.flags as block, k.known, case when x.participants is not null then {flags} end as flags
              from ({rows}) x left join staff_block k on k.school_no = x.school_no) x"""


def alone_made(db: Database, relation: str, rows: str, by_text: bool) -> tuple[str, str]:
    """As `roles_made`, for rows of `told_by_ids`: completes their `role_bits` and `unknown_participants`."""
    known, id = ("select staff_no, staff as id from person", "unnest(alone)") if by_text else (NUMBERED, "unnest(alone)::bigint")
    bits = "list_bit_or(list_transform(a.roles, lambda role: 1 << (list_position(s.roles, role) - 1)))"
    db.run(f"""create or replace table {relation}_alone as
        with held as (select a.staff_no, a.from_date, a.until_date, {bits} as bits from assignment a
            cross join (select max_by(roles, bits) as roles from role_set) s where a.roles is not null),
          known as ({known})
        select u.row_no, coalesce(bit_or(h.bits), 0)::integer as bits, len(list_distinct(list(u.id) filter (p.staff_no is null)))::integer as strangers
        from (select row_no, start::date as date, {id} as id from {rows} where alone is not null) u
        left join known p on p.id = u.id
        left join held h on h.staff_no = p.staff_no and u.date between h.from_date and h.until_date group by u.row_no""")
    (_write_anew if db.in_file else _change)(db, relation)
    db.run(f"drop table {relation}_alone")
    return _told(db)


FEW_ROLES = 6
"""So few can be listed set by set in a statement: then nothing is joined where nobody asks."""


def _told(db: Database) -> tuple[str, str]:
    """What to join to rows `r` for the roles of their bits, and the SQL of the roles."""
    known = list(bit_of_each(db))
    if len(known) > FEW_ROLES:
        return " left join role_set t on t.bits = r.role_bits", "t.roles"
    sets = (", ".join(text(role) for place, role in enumerate(known) if bits >> place & 1) for bits in range(1 << len(known)))
    return "", f"([{', '.join(f'[{held}]::varchar[]' for held in sets)}])[r.role_bits + 1]"


LOOKED_UP = {"role_bits": "r.role_bits | a.bits", "unknown_participants": "a.strangers"}
"""Column of the events → its value where somebody was looked up."""
PIECE = 5_000_000
"""So many rows are written anew at a time."""


def _change(db: Database, relation: str) -> None:
    """Put what was looked up into the rows."""
    db.run(f"alter table {relation}_rows drop column alone")
    for column, told in LOOKED_UP.items():
        db.run(f"update {relation}_rows r set {column} = {told} from {relation}_alone a where a.row_no = r.rowid and {told} <> r.{column}")


def _write_anew(db: Database, relation: str) -> None:
    """The same where rows lie in a file: what is changed of such rows stays in memory."""
    told = ", ".join(f"coalesce({told}, r.{column}) as {column}" for column, told in LOOKED_UP.items())
    for first in range(0, int(db.one(f"select count(*) from {relation}_rows")) or 1, PIECE):
        piece = f"between {first} and {first + PIECE - 1}"
        db.run(f"""{f"insert into {relation}_whole" if first else f"create table {relation}_whole as"}
            select r.* exclude (alone) replace ({told}) from {relation}_rows r
            left join (select * from {relation}_alone where row_no {piece}) a on a.row_no = r.rowid where r.rowid {piece}""")
    db.run(f"drop table {relation}_rows; alter table {relation}_whole rename to {relation}_rows")


def roles_made(db: Database, relation: str, rows: str, bits: bool) -> tuple[str, str]:
    """What to join to rows `r` for their roles, and the SQL of the roles.

    `<relation>_roles` has them for events that were looked at one by one: the distinct roles that the participants'
    staff rows hold on the date. `bits`: only those of people with several staff rows; the others have `role_bits`.
    """
    also = f" and role_bits >= {APART}" if bits else ""
    db.run(f"""create or replace table {relation}_roles as
        select row_no, list_sort(list_distinct(flatten(list(a.roles)))) as roles
        from {took_part(rows, also)} x {HELD} where a.roles is not null group by row_no""")
    join = f" left join {relation}_roles o on o.row_no = r.row_no"
    if not bits:
        return join, "case when r.participants is not null then coalesce(o.roles, []::varchar[]) end"
    one_by_one = f"when r.role_bits >= {APART} then coalesce(o.roles, []::varchar[])"
    return f"{join} left join role_set t on t.bits = r.role_bits", f"case {one_by_one} else t.roles end"
