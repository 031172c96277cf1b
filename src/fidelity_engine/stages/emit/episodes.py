"""Episodes: runs of missed cells of one rule and subject, with what ends them (chapter 4, Episodes and findings).

Only cells that are met or missed and active are looked at, in window order (those of a disputed finding stay its
own, so that it rests and is not forgotten). A *block* reaches up to the cell that
clears (the `clears_after`-th met in a row). Within it, missed cells form *runs*: a met, or more than
max(4, fires_after) cells in a row that could not be judged, begins a new one. The first run that is long enough
fires; from there on every missed cell of the block belongs to the episode.

Most are told faster (`_at_once`): where one met clears, a block is what stands between two mets, and where nothing in
it was left out for long, it is one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fidelity_engine.histories import JUDGED, create_histories, is_met, place, said_dates, said_no
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.rows import at

EPISODE = "rule_no, subject_no, since, until, windows_missed, confirmed_on, last_window, resolved, newest, fired_due"


def create_episodes(scope: Scope) -> None:
    """Create `episode`: the EPISODE columns for all rules of `rule_row` that are active; and `history` (see histories.py)."""
    fires = dict(scope.db.rows("select rule_no, fires from rule_row where mode = 'active' and clears = 1"))
    several = [no for no, number in fires.items() if number > 1]
    create_histories(scope, several)
    scope.db.run(f"create or replace temp table episode as {_at_once(said_dates(scope), fires, bool(several))}")
    _add_others(scope)


def _add_others(scope: Scope) -> None:
    """Those that `_at_once` cannot tell: of rules that more than one met clears, and of pairs with a long gap."""
    db = scope.db
    db.run("create or replace temp table pair_apart as select distinct rule_no, subject_no from episode where has_gap")
    if db.one("select count(*) from pair_apart") or db.one("select count(*) from rule_row where mode = 'active' and clears > 1"):
        is_apart = "(v.rule_no, v.subject_no) in (from pair_apart)"
        db.run(f"delete from episode v where {is_apart}")
        db.run(f"insert into episode by name select {EPISODE} from ({episodes(f'r.clears > 1 or {is_apart}')})")


def _at_once(dates: str, fires: Mapping[int, int], several: bool) -> str:
    """SELECT of EPISODE columns and `has_gap`, from `history`, for rules that one met clears.

    `fires`: rule_no → missed windows that open a finding; `several`: for some it is more than one. `has_gap`: so much was
    left out within the block that it may be several runs.
    """
    enough = at("rule_no", fires) if several else "1"
    gap = f"{place('cells[last]')} - {place('cells[first]')} - (last - first) > greatest(4, {enough})" if several else "false"
    number = {"one": "cells[first]", "latest": "cells[last]", "after": "coalesce(cells[last + 1], cells[last])"}
    number |= {"fired": f"cells[first + {enough} - 1]"} if several else {}          # else it is the first
    fired = f"join {dates} d on d.said_no = f.fired" if several else ""
    numbers = ", ".join(f"{said_no(cell)} as {name}" for name, cell in number.items())
    own = f"list_filter(cells, lambda cell: cell & {JUDGED} <> 0)" if several else "cells"
    edges = {"first": "place = 1 or {met_before}", "last": "place = len(cells) or {met_after}"}
    met = {"met_before": is_met("cells[place - 1]"), "met_after": is_met("cells[place + 1]")}
    blocks = ", ".join(f"""unnest(list_filter(range(1, len(cells) + 1), lambda place: not ({is_met('cells[place]')}) and ({edge.format(**met)}))) as {name}"""
                       for name, edge in edges.items())
    return f"""
        with block as (
          select *, {blocks} from (select rule_no, subject_no, newest, {own} as cells from history where rule_no in ({_listed(fires)}))),
        found as (
          select rule_no, subject_no, newest, last - first + 1 as windows_missed, last < len(cells) as resolved, {gap} as has_gap, {numbers}
          from block where last - first + 1 >= {enough})
        select f.rule_no, f.subject_no, o.window_start as since, l.window_end as until, f.windows_missed, a.window_end as confirmed_on,
          l.window_no as last_window, f.resolved, f.newest, {'d' if several else 'o'}.due as fired_due, f.has_gap
        from found f join {dates} o on o.said_no = f.one join {dates} l on l.said_no = f.latest join {dates} a on a.said_no = f.after {fired}"""


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "null"


def episodes(concerned: str = "true") -> str:
    """SELECT of EPISODE columns for all rules of `rule_row` that are active, from `verdict`.

    `concerned`: which pairs, as a condition on a cell `v` and the `rule_row` `r` of its rule.
    `until` = end of the last missed window, `confirmed_on` = end of the last judged window of the episode,
    `last_window` = number of the last missed window, `newest` = disposition of the subject's newest cell,
    `fired_due` = due date of the cell with which it fired.
    """
    return f"""
        with pair as (
          select v.rule_no, v.subject_no, arg_max(v.disposition, v.window_start) as newest, any_value(r.fires) as fires, any_value(r.clears) as clears
          from verdict v join rule_row r on r.rule_no = v.rule_no where r.mode = 'active' and {concerned} group by v.rule_no, v.subject_no
          having count(*) filter (v.verdict = 'missed' and v.disposition <> 'waived') >= any_value(r.fires)),
        every as (
          select v.rule_no, v.subject_no, v.window_no, v.window_start, v.window_end, v.due, p.fires, p.clears, p.newest, v.verdict = 'missed' as missed,
            v.verdict in ('met', 'missed') and v.disposition <> 'waived' as judged
          from verdict v join pair p on p.rule_no = v.rule_no and p.subject_no = v.subject_no),
        counted as (
          select *, count(*) filter (not judged) over w as unjudged, count(*) filter (judged and not missed) over w as mets from every
          window w as (partition by rule_no, subject_no order by window_start)),
        following as (
          select *, unjudged - lag(unjudged) over w as skipped, lag(missed) over w as missed_before,
            mets - coalesce(max(mets) filter (missed) over w, 0) as in_a_row from counted where judged
          window w as (partition by rule_no, subject_no order by window_start)),
        closing as (
          select *, not missed and in_a_row = clears as closes,
            missed and (missed_before is null or not missed_before or skipped > greatest(4, fires)) as begins from following),
        blocks as (
          select *, coalesce(sum(closes::int) over (w rows between unbounded preceding and 1 preceding), 0) as block,
            sum(begins::int) over w as run from closing window w as (partition by rule_no, subject_no order by window_start)),
        long as (
          select rule_no, subject_no, block, min(run) as run from (
            select rule_no, subject_no, block, run from blocks where missed
            group by rule_no, subject_no, block, run having count(*) >= any_value(fires)) group by all)
        select b.rule_no, b.subject_no, min(b.window_start) filter (b.missed) as since, max(b.window_end) filter (b.missed) as until,
          count(*) filter (b.missed) as windows_missed, max(b.window_end) as confirmed_on,
          max_by(b.window_no, b.window_start) filter (b.missed) as last_window, bool_or(b.closes) as resolved, any_value(b.newest) as newest,
          (list(b.due order by b.window_start) filter (b.missed))[any_value(b.fires)] as fired_due
        from blocks b join long l on l.rule_no = b.rule_no and l.subject_no = b.subject_no and l.block = b.block
        where b.run >= l.run group by b.rule_no, b.subject_no, b.block"""
