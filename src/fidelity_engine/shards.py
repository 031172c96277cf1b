"""Shards of whole schools: a large district is expected, measured and judged a few schools at a time.

A cell depends on its subject alone, so that a part of the subjects gives a part of the verdicts; which part is when
leaves no trace. It bounds what a statement holds in memory to one shard's cells. Rules that read other rules'
verdicts come when these are complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope

ALL = (0, 2**31 - 1)
"""All schools, and subjects of no one school."""
CELLS, BESIDE_FILE = 4_000_000, 2_000_000
"""So many cells of a rule are one shard: in memory, and where the evidence lies in a file."""
OF_PEOPLE = 3
"""Shards are so many times larger for rules that ask who took part: each of them looks at all events of a type."""
DAYS = {"day": 1, "week": 7, "weeks": 7, "month": 28, "term": 60, "school_year": 366}
"""Unit of the windows → about so many days of one."""


def ranges(scope: Scope, rules: Sequence[Rule], size: int = 1) -> list[tuple[int, int]]:
    """First and last `school_no` of each shard (0: subjects of no one school); one range where all fit in one.

    `size`: how many times the usual size; 0: all are in one.
    """
    if not size:
        return [ALL]
    most = size * (BESIDE_FILE if scope.db.in_file else CELLS)
    cells = " ".join(f"when {text(kind)} then {windows}" for kind, windows in _windows(scope, rules).items())
    found: list[tuple[int, int]] = []
    first, held = 0, 0
    for school, here in scope.db.rows(f"""select coalesce(school_no, 0) as no, sum(case subject_kind {cells} else 0 end)::bigint
            from subject group by no order by no"""):
        if held and held + here > most:
            found.append((first, school - 1))
            first, held = school, 0
        held += here
    return [*found, (first, ALL[1])]


def _windows(scope: Scope, rules: Sequence[Rule]) -> dict[str, int]:
    """Kind of subject → how many windows one has at most, in the rule of that kind with the shortest; people count where they are looked at."""
    found: dict[str, int] = {}
    for rule in rules:
        each = rule.expect.each
        windows = (scope.end - scope.start).days // (DAYS[each.unit] * each.weeks) + 1
        for kind in (rule.expect.of, "staff") if times(rule) == OF_PEOPLE else (rule.expect.of,):
            found[kind] = max(found.get(kind, 0), windows)
    return found


def in_shards(scope: Scope, parts: list[tuple[int, int]]) -> Iterator[None]:
    """Once per shard: `active` holds the spans of its subjects alone, `scope.near` the events that can reach them.

    Afterwards both are as they were.
    """
    if len(parts) == 1:
        yield
        return
    db = scope.db
    db.run("alter table active rename to active_of_all")
    for first, last in parts:
        db.run(f"create or replace temp table active as select * from active_of_all where coalesce(school_no, 0) between {first} and {last}")
        scope.near = _near(db, first, last)
        yield
    scope.near = {}
    db.run("drop table active; alter table active_of_all rename to active")


def _near(db: Database, first: int, last: int) -> dict[str, str]:
    """Kind of subject → a condition that holds for every event that a subject of the shard is linked to."""
    low, high = db.rows("select coalesce(min(subject_no), 0), coalesce(max(subject_no), 0) from active where subject_kind = 'team'")[0]
    of_school = f"(school_no between {first} and {last} or other_schools is not null)"
    return {"team": f"(team_no between {low} and {high} or other_teams is not null)", "school": f"({of_school} or team_schools is not null)",
            "grade": of_school}


def times(rule: Rule) -> int:
    """How many times the usual size a rule's shards are; 0: it sees all subjects at once.

    Of most rules the events can be told apart by shard, of others the cells are too many to be held at once.
    """
    p = rule.measure.parameters
    by_people = getattr(getattr(p, "link", None), "by", "subject") == "participants" or getattr(p, "per", None) == "person"
    if rule.expect.of == "district":
        return 0
    return OF_PEOPLE if by_people and rule.expect.of != "staff" else 1
