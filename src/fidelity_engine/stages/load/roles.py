"""Roles of those who took part, as bits: looked up, not joined, because there are several participants to an event.

A person is a number that packs the roles, the first and the last date; of these there are few different ones. So the
lists that the engine copies for every two thousand events are small: the place of each person's number among them.
"""

from __future__ import annotations

from fidelity_engine.db import Database
from fidelity_engine.stages.load.derived import HELD, took_part

MOST_ROLES = 12
"""So many different roles have a bit each, and all sets of them a row each."""
APART = 1 << MOST_ROLES
"""The bit of people with several staff rows, whose events are looked at one by one."""
STRANGER = APART << 1
"""The bit of people who are on no roster."""
DATED = APART
"""In `staff_roles`, where nobody stands apart: the bit of people who are not there from the first to the last day."""
DAY_BITS, ENDS, BEGINS = 17, MOST_ROLES + 2, MOST_ROLES + 19
DAY_ZERO = "date '1900-01-01'"
EVER = f"({(1 << DAY_BITS) - 1}::bigint << {ENDS})"
"""From the first to the last date, without a role."""
NEVER = f"(1::bigint << {BEGINS})"


def prepare_roles(db: Database) -> bool:
    """Make `role_bits` and `role_set`; False where there are too many roles.

    `role_bits` has one row: `kinds`, the different numbers, and `kind`, by staff number the place of the person's own.
    `role_set`: bits → roles.
    """
    listed = "select staff_no, unnest(roles) as role from assignment"
    if (db.one(f"select count(distinct role) from ({listed})") or 0) > MOST_ROLES:
        return False
    dated = f"((o.begins - {DAY_ZERO})::bigint << {BEGINS}) | ((o.ends - {DAY_ZERO})::bigint << {ENDS}) | coalesce(h.bits, 0)"
    db.run(f"""create or replace table role_kind as with
        role as (select role, row_number() over (order by role) - 1 as bit from (select distinct role from ({listed}))),
        held as (select a.staff_no, bit_or(1 << r.bit) as bits from ({listed}) a join role r on r.role = a.role group by 1),
        one as (select staff_no, min(from_date) as begins, max(until_date) as ends, count(*) as rows from assignment group by 1),
        packed as (select p.staff_no, case when o.rows is null then {NEVER} when o.rows > 1 then {EVER} | {APART} else {dated} end as packed
          from person p left join one o on o.staff_no = p.staff_no left join held h on h.staff_no = p.staff_no)
        select staff_no, packed, dense_rank() over (order by packed) as kind from packed""")
    db.run(f"""create or replace table role_bits as
        select list(kind order by staff_no)::{_numbers(db)}[] as kind, list(distinct packed order by packed)::bigint[] as kinds from role_kind""")
    db.run(f"""create or replace table role_set as with
        role as (select coalesce(list(role order by role), []::varchar[]) as roles from (select distinct role from ({listed})))
        select bits::integer as bits, list_filter(roles, lambda r, place: (bits >> (place - 1)) & 1 = 1) as roles
        from role, range(0, 1 << len(roles)) t(bits)""")
    return True


def _numbers(db: Database) -> str:
    """The type that holds the place of a kind: the lists are copied often."""
    most = int(db.one("select max(kind) + 1 from role_kind") or 0)
    return "utinyint" if most < 2**8 else "usmallint" if most < 2**16 else "integer"


def _held(packed: str) -> str:
    """The bits of those who took part on the date `day_no`. `packed`: list of their numbers."""
    on = f"(v >> {BEGINS}) <= x.day_no and ((v >> {ENDS}) & {(1 << DAY_BITS) - 1}) >= x.day_no"
    return f"coalesce(list_bit_or(list_transform({packed}, lambda v: case when {on} then v & {(1 << ENDS) - 1} else 0 end)), 0)::integer"


def with_role_bits(events: str) -> str:
    """SELECT of the events with `role_bits`: the roles that their known participants hold on the date, or APART."""
    bits = _held("list_transform(x.participants, lambda p: b.kinds[b.kind[p]])")
    return f"""select x.* exclude (day_no), case when x.participants is not null then {bits} end as role_bits
        from (select *, start::date - {DAY_ZERO} as day_no from ({events})) x cross join role_bits b"""


def prepare_staff_roles(db: Database) -> bool:
    """Make `staff_roles` beside `staff_lookup`: by whole-number id the kind, strangers' last, and the bits with DATED, STRANGER.

    False where people stand APART.
    """
    if db.one(f"select count(*) from role_kind where packed & {APART} <> 0"):
        return False
    ever = f"(r.packed >> {BEGINS}) <= d.first - {DAY_ZERO} and ((r.packed >> {ENDS}) & {(1 << DAY_BITS) - 1}) >= d.last - {DAY_ZERO}"
    flags = f"case when r.kind is null then {STRANGER} when {ever} then r.packed & {APART - 1} else {DATED} end"
    db.run(f"""create or replace table staff_roles as
        with k as (select any_value(n.low) as low, list(coalesce(r.kind, m.kinds + 1) order by i)::{_numbers(db)}[] as kind,
            list({flags} order by i)::usmallint[] as flags
          from (select low, unnest(nos) as no, generate_subscripts(nos, 1) as i from staff_lookup) n cross join (select max(kind) as kinds from role_kind) m
          cross join (select min(date) as first, max(date) as last from day) d left join role_kind r on r.staff_no = n.no)
        select k.*, list_append(b.kinds, {EVER} | {STRANGER}) as kinds from k cross join role_bits b""")
    return True


def told_by_ids(rows: str) -> str:
    """SELECT of rows with participants' whole-number ids, with `bits`: as `role_bits`, and STRANGER where somebody is on no roster.

    Dates are looked at only where somebody has any.
    """
    place = "[greatest(p, x.low - 1) - x.low + 1]"
    flags = f"coalesce(list_bit_or(list_transform(x.participants, lambda p: coalesce(k.flags{place.replace('x.', 'k.')}, {STRANGER}))), 0)::integer"
    dated = _held(f"list_transform(x.participants, lambda p: x.kinds[coalesce(x.kind{place}, len(x.kinds))])")
    strangers = f"len(list_filter(x.participants, lambda p: coalesce(x.kind{place}, len(x.kinds)) = len(x.kinds)))"
    return f"""select x.*, case when x.flags & {DATED} <> 0 then {dated} else x.flags end as bits,
          case when bits & {STRANGER} <> 0 then {strangers} else 0 end as strangers
        from (select x.*, start::date - {DAY_ZERO} as day_no, k.low, k.kind, k.kinds, case when x.participants is not null then {flags} end as flags
              from ({rows}) x cross join staff_roles k) x"""


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
