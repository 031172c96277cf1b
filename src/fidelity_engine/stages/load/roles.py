"""Roles of those who took part, as bits: looked up, not joined, because there are several participants to an event.

A person is a number that packs the roles, the first and the last date; of these there are few different ones. So the
lists that the engine copies for every two thousand events are small: the place of each person's number among them.
"""

from __future__ import annotations

from collections.abc import Collection

from fidelity_engine.db import Database, text
from fidelity_engine.stages.load.derived import HELD, took_part

MOST_ROLES = 12
"""So many different roles have a bit each, and all sets of them a row each."""
APART = 1 << MOST_ROLES
"""The bit of people with several staff rows, whose events are looked at one by one."""
DAY_BITS, ENDS, BEGINS = 17, MOST_ROLES + 1, MOST_ROLES + 18
DAY_ZERO = "date '1900-01-01'"
EVER = f"({(1 << DAY_BITS) - 1}::bigint << {ENDS})"
"""From the first to the last date, without a role."""
NEVER = f"(1::bigint << {BEGINS})"
HELD_FROM = f"""select staff_no, {DAY_ZERO} + (packed >> {BEGINS})::integer as begins,
    {DAY_ZERO} + ((packed >> {ENDS}) & {(1 << DAY_BITS) - 1})::integer as ends, packed & {APART} <> 0 as several, packed & {APART - 1} as bits
    from role_kind"""
"""What the numbers of people say: dates, several staff rows, and the bits of the roles."""


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


FEW_ROLES = 6
"""So few can be listed set by set in a statement: then nothing is joined where nobody asks."""


def told_by_bits(db: Database) -> tuple[str, str]:
    """What to join to rows `r` for the roles of their bits, and the SQL of the roles."""
    known = list(bit_of_each(db))
    if len(known) > FEW_ROLES:
        return " left join role_set t on t.bits = r.role_bits", "t.roles"
    sets = (", ".join(text(role) for place, role in enumerate(known) if bits >> place & 1) for bits in range(1 << len(known)))
    return "", f"([{', '.join(f'[{held}]::varchar[]' for held in sets)}])[r.role_bits + 1]"


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
