"""The statistical shape of the events, as DuckDB SQL: who meets how often, when, how long, and who comes.

Randomness is a hash of (key, what it is for, SEED): the same arguments give the same rows, in any order, on any number
of threads. Of 100 teams 5 never meet, 60 meet steadily, 20 seldom, 15 with holes of weeks.
"""

from __future__ import annotations

from itertools import accumulate
from math import exp, factorial

from benchmarks.days import opening

SEED = 20260612
GUEST, STRANGER = 7, 5           # a participant, and a team, that are on no roster
TYPES = ("meeting", "training", "norm_review", "norm_revision", "need_identified")
MINUTES = {15: 4, 20: 5, 25: 3, 30: 15, 40: 18, 45: 22, 50: 15, 60: 13, 90: 5}      # of 100 events
CSV_TYPES = {
    "event_id": "BIGINT", "type": "VARCHAR", "school_id": "VARCHAR", "team_id": "INTEGER", "start_local": "TIMESTAMP", "duration_min": "SMALLINT",
    "grades": "VARCHAR", "participants": "VARCHAR", "protocol_used": "BOOLEAN",
}  # fmt: skip
"""Of the columns of events.csv, as whoever made them would declare them."""

MACROS = f"""
create or replace macro u(key, what) as (hash(key, what, {SEED}) % 1000000) / 1000000;
create or replace macro poisson(cdf, x) as len(list_filter(cdf, lambda p: p < x));
create or replace macro pick(x, weights) as len(list_filter(weights, lambda w: w <= x));
"""


def cdf(rate: float, most: int) -> str:
    """The cumulative Poisson distribution below `most`, as an SQL list."""
    terms = [exp(-rate) * rate**k / factorial(k) for k in range(most)]
    return "[" + ", ".join(f"{p:.9f}" for p in accumulate(terms)) + "]"


SCHOOLS = """create or replace table school_now as
    select n, printf('s%06d', n) as school, ((n - 1) // 20 + 1) * 7 % 10 as calendar, 5 + pick(u(n, 1), [.0, .1, .3, .7, .9]) as teams
    from range({first}, {last} + 1) r(n)"""

TEAMS = f"""create or replace table team_now as
    select n, school, j, n * 16 + j as team, teams, 1 + j % 9 as grade,
      date '{opening(0)}' + 7 * (calendar % 4)::int as monday,
      4 + pick(u(team, 2), [.0, .2, .8]) as size, u(team, 3) < .8 as has_sped,
      pick(u(team, 4), [.0, .05, .65, .85]) as habit,
      [0, .15, .8][pick(u(team, 5), [.0, .15, .4])] as sped_comes,
      [{cdf(.5, 15)}, {cdf(3, 15)}, {cdf(6, 20)}][1 + (u(team, 6) * 3)::int % 3] as trainings,
      [{cdf(0, 1)}, {cdf(2, 15)}, {cdf(5, 20)}, {cdf(8, 25)}][1 + floor(u(team, 7) * 4)::int] as reviews
    from school_now, unnest(range(teams)) t(j)"""

STAFF = """create or replace table staff_now as
    select team * 8 + k as staff, school, team,
      case when k < 4 then 'general_ed' when k = 4 and has_sped then 'special_ed' when k = 6 then 'coach' else 'support' end as roles,
      case when x < .04 then date '2025-08-31' + (x * 5000)::int else date '2025-07-02' end as "from",
      case when x > .96 then date '2025-09-30' + ((x - .96) * 5000)::int end as until
    from (select t.*, k, u(team * 8 + k, 8) as x from team_now t, range(8) r(k) where k < size)"""

# two weeks without a meeting now and then, three for a team with holes; nearly none over the winter break
MEETINGS = f"""
    with week as (
      select team, w, habit, monday + 7 * w::int as since, u(team * 64 + w, 9) < case when habit = 4 then .12 else .01 end as hole
      from team_now, range(40) r(w)),
    many as (
      select team, w, case when hole or lag(hole) over x or (habit = 4 and lag(hole, 2) over x) then 0
          when since in (date '2025-12-22', date '2025-12-29') and u(team * 64 + w, 10) < .97 then 0
          else least(7, poisson([[1.0], {cdf(3.75, 8)}, {cdf(2.4, 8)}, {cdf(3.6, 8)}][habit], u(team * 64 + w, 11))) end as n
      from week window x as (partition by team order by w))
    select team, 0 as type, w * 8 + i as no, 7 * w + case when u(team, 1000 + no) < .01 then 5 else floor(u(team, 2000 + no) * 5) end as day
    from many, unnest(range(n)) r(i)"""


def sparse(kind: int, distribution: str) -> str:
    """Events of a rare type, anywhere in 275 days."""
    return f"""select team, {kind}, {kind * 500} + i, floor(u(team, {kind * 5000} + i) * 275)
        from team_now, unnest(range(poisson({distribution}, u(team, {20 + kind})))) r(i)"""


def events(next_id: int, until: str) -> str:
    """SELECT of the events of `team_now`, sorted by team and time; ids run in the order of time."""
    base = " union all ".join([
        f"({MEETINGS})", sparse(1, "trainings"), sparse(2, "reviews"), sparse(3, cdf(1, 10)), sparse(4, cdf(3, 15)),
    ])  # fmt: skip
    minutes = [m for m, weight in MINUTES.items() for _ in range(weight)]
    comes = ", ".join([
        *(f"case when {k} < size and (bits >> {7 * k}) & 127 < {105 if k != 4 else threshold()} then team * 8 + {k} end" for k in range(7)),
        "case when (bits >> 49) & 127 < 8 then (n * 16 + (j + 1) % teams) * 8 + 4 end",      # the next team's specialist
        f"case when (bits >> 56) & 127 < 1 then {GUEST} end",
    ])  # fmt: skip
    return f"""
        with e as (
          select b.type, b.no, t.*, t.monday + b.day::int as date, hash(b.team, b.type * 4096 + b.no, {SEED}) as key
          from ({base}) b join team_now t using (team)),
        timed as (
          select *, date + to_minutes((case when u(key, 30) < .92 then 480 + 5 * floor(u(key, 31) * 76)
              else case when u(key, 32) < .5 then 400 else 915 end + 5 * floor(u(key, 33) * 15) end)::bigint) as start, hash(key, 34) as bits
          from e where date <= date '{until}')
        select row_number() over (order by start, key) + {next_id - 1} as event_id, {list(TYPES)}[type + 1] as type, school as school_id,
          (case when u(key, 35) < .0002 then {STRANGER} else team end)::int as team_id, start as start_local,
          {minutes}[1 + floor(u(key, 36) * 100)::int]::smallint as duration_min,
          [printf('%02d', grade)] || case when u(key, 37) < .08 then [printf('%02d', 1 + grade % 9)] else [] end as grades,
          list_filter([{comes}], lambda p: p is not null)::int[] as participants, u(key, 38) < .7 as protocol_used
        from timed order by team, start, event_id"""


def threshold() -> str:
    """Of 128: how often the fifth member of a team, mostly its specialist, comes."""
    return "case when has_sped then 128 * sped_comes else 102 end"
