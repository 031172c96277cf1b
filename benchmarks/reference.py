"""The five rules of rules_five.yaml as hand-tuned DuckDB SQL: what the engine races against.

    python -m benchmarks.reference DATA OUT [--csv]

It knows everything that the engine has to find out: that ids are numbers without holes, that a file holds whole
schools, that of every event all is known but who guests are and, in CSV, who came to those whose list is empty, that
nothing is late, twice or silent. One Parquet file per rule and event file: subject, window_start, numerator,
denominator, verdict, as chapter 4 of the specification has them. `--csv`: the events from events.csv, whose types it
knows, once for all schools.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from benchmarks.days import END, FIRST, START, TERMS
from benchmarks.make import SCHOOLS_PER_FILE
from benchmarks.shape import CSV_TYPES, GUEST

DATES = f"between date '{START}' and date '{END}'"
TERM_ROWS = ", ".join(f"(date '{first}', date '{last}')" for _, first, last in TERMS)

# `ck` stands for calendar and date: one number, so that every join is one equality
ONCE = f"""
create temp table day as
  select c, c * 400 + (date - date '{FIRST}') as ck, date, kind in ('instructional', 'partial') as taught,
    date_trunc('week', date)::date as week, greatest(date_trunc('month', date)::date, date '{START}') as month,
    60 * day_start[1:2]::smallint + day_start[4:5]::smallint as opens, 60 * day_end[1:2]::smallint + day_end[4:5]::smallint as closes,
    sum((taught and date {DATES})::int) over (partition by c order by date) as ord,
    min(case when taught then date end) over (partition by c order by date range between 30 following and unbounded following) as due
  from (select calendar[2:]::int as c, * from read_parquet('{{data}}/calendar.parquet'));
create temp table open_day as select ck, week, opens, closes from day where taught and date {DATES};
create temp table weeks as select distinct c, week from day where taught and date {DATES};
create temp table months as select c, month, count(*) as days from day where taught and date {DATES} group by all;
create temp table terms as
  select c, t.lo, t.hi, min(d.ord) - 1 as ord0, max(d.ord) as ord1
  from (values {TERM_ROWS}) t(lo, hi) join day d on d.taught and d.date between t.lo and t.hi group by all;
"""
FILE = "create or replace temp view event as from read_parquet('{data}/events/part-{part:04d}.parquet');"
TEXT = """
create temp table event as select event_id, type, school_id, team_id, start_local, duration_min, string_split(participants, ';')::integer[] as participants
  from read_csv('{data}/events.csv', header = true, auto_detect = false, columns = {types});
"""
EACH = """
create or replace temp table school as
  select school, calendar[2:]::int as c from read_parquet('{data}/schools.parquet') where school between '{lo}' and '{hi}';
create or replace temp table team as
  select team::int as team, c, c * 400 as cb, school from read_parquet('{data}/teams.parquet') join school using (school)
  where school between '{lo}' and '{hi}';
create or replace temp table staff as
  select staff::int as staff, school, roles as role, "from" as since, until from read_parquet('{data}/staff.parquet')
  where school between '{lo}' and '{hi}';
"""

# roles of a school by position; bits 1, 2: general, special education all year; 4, 8: the same, with dates
ROLES = f"""
create or replace temp table roles as
  with b as (select school, min(staff) as lo, unnest(range(min(staff), max(staff) + 1)) as i from staff group by school)
  select b.school, any_value(lo) as lo, list((case role when 'general_ed' then 1 when 'special_ed' then 2 else 0 end
    * case when since <= date '{START}' and until is null then 1 else 4 end)::utinyint order by i) as held
  from b left join staff s on s.staff = b.i group by b.school"""

R1 = """
with e as (
  select team_id as team, cb + (start_local::date - date '{first}') as ck, hour(start_local) * 60 + minute(start_local) as began, duration_min
  from event join team on team = team_id where type = 'meeting' and duration_min >= 30),
hit as (select team, week, count(*) as n from e join open_day using (ck) where began >= opens and began + duration_min <= closes group by all)
select team as subject, week as window_start, coalesce(n, 0) as numerator, 1 as denominator,
  case when numerator >= 3 then 'met' else 'missed' end as verdict
from (select team, week from team join weeks using (c)) left join hit using (team, week)"""

R2 = """
with e as (
  select event_id, team_id as team, start_local::date as date, participants,
    list_bit_or(list_transform(participants, lambda p: held[p - lo + 1])) as bits
  from event join roles on roles.school = school_id where type = 'meeting'),
dated as (
  select team, event_id, date
  from (select event_id, team, date, unnest(participants) as staff from e where bits & 3 <> 3 and (bits | (bits >> 2)) & 3 = 3)
  join staff using (staff) where date between since and coalesce(until, date)
  group by all having bool_or(role = 'general_ed') and bool_or(role = 'special_ed')),
hit as (
  select team, greatest(date_trunc('month', date)::date, date '{start}') as month, count(sure) as n, count(*) > n as blind
  from (select team, date, 1 as sure from e where bits & 3 = 3 union all select team, date, 1 from dated
        union all select team, date, null from e where participants is null) group by all)
select team as subject, month as window_start, case when days >= 5 then coalesce(n, 0) end as numerator, 1 as denominator,
  case when days < 5 then 'not_applicable' when numerator >= 1 then 'met' when coalesce(blind, false) then 'no_data' else 'missed' end as verdict
from (select team, month, days from team join months using (c)) left join hit using (team, month)"""

R3 = """
with review as (
  select team_id as team, cb + (start_local::date - date '{first}') as ck from event join team on team = team_id where type = 'norm_review'),
point as (
  select team, ord, ord - taught::int as before from review join day using (ck)
  union all select team, 0, 0 from team
  union all select team, n, n from team join (select c, max(ord) as n from day group by c) using (c))
select team as subject, date '{start}' as window_start, max(greatest(gap, 0)) as numerator, 1 as denominator,
  case when numerator <= 60 then 'met' else 'missed' end as verdict
from (select team, before - lag(ord) over (partition by team order by ord, before) as gap from point) group by team"""

# a guest who is on no roster may be anybody: where one came, or nobody wrote down who did, all may have been trained
R4 = """
with who as (
  select s.school, t.lo, staff, since, until from staff s join school using (school) join terms t using (c)
  left join day f on f.c = t.c and f.date = since - 1 and since > t.lo
  left join day u on u.c = t.c and u.date = until and until < t.hi
  where 2 * (coalesce(u.ord, ord1) - coalesce(f.ord, ord0)) >= ord1 - ord0),
e as (
  select event_id, case when start_local < date '{spring}' then date '{start}' else date '{spring}' end as lo,
    start_local::date as date, unnest(participants) as staff
  from event where type = 'training'),
came as (
  select e.event_id, e.lo, s.school, e.staff, e.date between s.since and coalesce(s.until, e.date) as active, e.staff = {guest} as guest
  from e left join staff s using (staff)),
counted as (
  select event_id, any_value(school) as school, any_value(lo) as lo, bool_or(guest) as blind from came group by event_id having bool_or(active)),
sure as (select distinct lo, staff from came semi join counted using (event_id)),
untold as (
  select school_id as school, case when start_local < date '{spring}' then date '{start}' else date '{spring}' end as lo, true as blind
  from event where type = 'training' and participants is null),
cell as (select school, lo, bool_or(blind) as blind from (select school, lo, blind from counted union all from untold) group by all)
select w.school as subject, w.lo as window_start, count(s.staff) as numerator, count(*) as denominator,
  case when 5 * numerator >= 4 * denominator then 'met' when coalesce(any_value(blind), false) then 'no_data' else 'missed' end as verdict
from who w left join sure s on s.lo = w.lo and s.staff = w.staff left join cell c on c.school = w.school and c.lo = w.lo group by w.school, w.lo"""

R5 = """
with e as (
  select team_id as team, type, start_local::date as date from event where type in ('need_identified', 'training')),
next as (
  select team, type, date, min(case when type = 'training' then date end) over
    (partition by team order by date range between current row and unbounded following) as answer from e),
hit as (
  select team, month, count(*) as n, count(*) filter (answer <= due) as a
  from (select team, answer, d.due from next join team t using (team) join day d on d.ck = cb + (next.date - date '{first}')
        where type = 'need_identified' and d.due <= date '{end}') x
  join (select distinct date, month from day) using_month on using_month.date = x.due group by all)
select team as subject, month as window_start, case when days >= 5 then a end as numerator, case when days >= 5 then n end as denominator,
  case when days < 5 or n is null then 'not_applicable' when a = n then 'met' else 'missed' end as verdict
from (select team, month, days from team join months using (c)) left join hit using (team, month)"""

RULES = {
    "r1.collaboration": R1, "r2.joint-attendance": R2, "r3.norms-cadence": R3, "r4.training-reach": R4, "r5.training-follows-need": R5,
}  # fmt: skip
WORDS = {"first": FIRST, "start": START, "end": END, "spring": TERMS[1][1], "guest": GUEST}


def run(data: Path, out: Path, csv: bool = False) -> None:
    """Answer the five rules, file of events by file."""
    db = duckdb.connect()
    db.execute("set preserve_insertion_order = false")
    db.execute((ONCE + TEXT if csv else ONCE).format(data=data, types=CSV_TYPES))
    files = len(list((data / "events").glob("*.parquet")))
    for part in range(1 if csv else files):
        lo, hi = part * SCHOOLS_PER_FILE + 1, (files if csv else part + 1) * SCHOOLS_PER_FILE
        if not csv:
            db.execute(FILE.format(data=data, part=part))
        db.execute(EACH.format(data=data, part=part, lo=f"s{lo:06}", hi=f"s{hi:06}"))
        db.execute(ROLES)
        for rule, sql in RULES.items():
            (out / rule).mkdir(parents=True, exist_ok=True)
            db.execute(f"copy ({sql.format(**WORDS)}) to '{out}/{rule}/part-{part:04d}.parquet'")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--csv", action="store_true")
    said = parser.parse_args()
    run(said.data, said.out, said.csv)
