"""Which events counted in the windows of an episode: what a finding names as its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from fidelity_engine.links import Ask
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.where import Bound

NEWEST = 20
TELLS_ALL = ("count", "total")
"""Kinds whose `events` are just those that are asked for here: where a rule's cells have none, nothing is looked for."""
Counted = dict[tuple[int, int, date], dict[str, Any]]


def counted_events(scope: Scope, rules: Sequence[Rule], episodes: str = "episode") -> Counted:
    """(rule_no, subject_no, since) → {newest: [ids], count: n} of the events in the windows of unresolved episodes.

    `episodes`: the relation that holds them. Of a small district all rules are asked in one statement.
    """
    asked = [rule for rule in rules if getattr(rule.measure.parameters, "event", None)]
    if not asked:
        return {}
    scope.db.run(f"""create or replace temp table episode_cells as
        select v.rule_no, v.subject_no, v.window_no, v.window_start, v.window_end, e.since, v.events
        from verdict v join {episodes} e on v.rule_no = e.rule_no and v.subject_no = e.subject_no and v.window_start between e.since and e.until
        where not e.resolved""")
    most: dict[int, int | None] = dict(scope.db.rows("select rule_no, max(events) from episode_cells group by rule_no"))  # type: ignore[arg-type]
    asked = [rule for rule in asked if scope.rule_no(rule) in most and not (rule.measure.kind in TELLS_ALL and most[scope.rule_no(rule)] == 0)]
    parts = [asked] if scope.is_small and asked else [[rule] for rule in asked]
    return {
        (rule, subject, since): {"newest": ids, "count": count}
        for part in parts for rule, subject, since, ids, count in _newest(scope, part)
    }


def _newest(scope: Scope, rules: Sequence[Rule]) -> Iterator[tuple[Any, ...]]:
    bound = Bound()
    shared = _alike(scope, rules)
    hits = " union all ".join(
        f"select {place} as place, subject_no, window_no, event_no, date, f_0 as id from ({_hits(scope, same[0], bound)}) where p"
        for place, same in enumerate(shared))
    places = ", ".join(f"({scope.rule_no(rule)}, {place})" for place, same in enumerate(shared) for rule in same)
    yield from scope.db.rows(
        f"""select rule_no, subject_no, since, (list(id order by date desc, id desc))[1:{NEWEST}], count(*) from (
          select distinct c.rule_no, h.subject_no, c.since, h.event_no, h.date, h.id from ({hits}) h
          join (select c.*, r.place from episode_cells c join (values {places}) r(rule_no, place) on r.rule_no = c.rule_no) c
            on c.place = h.place and c.subject_no = h.subject_no and c.window_no = h.window_no)
        group by rule_no, subject_no, since""",
        bound.values,
    )


def _alike(scope: Scope, rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules in groups of those that look at the same events in the same windows."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        bound = Bound()
        found.setdefault(f"{_hits(scope, rule, bound)} {bound.values}", []).append(rule)
    return list(found.values())


def _hits(scope: Scope, rule: Rule, bound: Bound) -> str:
    ask = Ask(scope, rule, f"(select * from episode_cells where rule_no = {scope.rule_no(rule)})", bound)
    return ask.hits(ask.choice(), ["id"])


@contextmanager
def events_near(scope: Scope, episodes: str, few: int) -> Iterator[None]:
    """While it lasts, only events are looked at that can reach the subjects of these episodes, where they are so `few` at most."""
    kinds: dict[str, list[int]] = {"team": [], "school": [], "grade": []}
    for kind, number in scope.db.rows(f"""
            select distinct s.subject_kind, case s.subject_kind when 'team' then s.subject_no else s.school_no end
            from {episodes} e join subject s on s.subject_no = e.subject_no"""):
        kinds.get(kind, []).append(number)
    told = {"team": ("team_no", "other_teams"), "school": ("school_no", "other_schools", "team_schools"), "grade": ("school_no", "other_schools")}
    scope.near = {
        kind: f"({column} in ({', '.join(map(str, numbers))}) or {' or '.join(f'{other} is not null' for other in others)})"
        for kind, numbers in kinds.items() if 0 < len(numbers) <= few for column, *others in [told[kind]]
    }
    try:
        yield
    finally:
        scope.near = {}
