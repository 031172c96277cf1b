"""Episodes: runs of missed cells of one rule and subject, with what ends them (chapter 4, Episodes and findings).

Only cells that are met or missed and active are looked at, in window order (those of a disputed finding stay its
own, so that it rests and is not forgotten). A *block* reaches up to the cell that
clears (the `clears_after`-th met in a row). Within it, missed cells form *runs*: a met, or more than
max(4, fires_after) cells in a row that could not be judged, begins a new one. The first run that is long enough
fires; from there on every missed cell of the block belongs to the episode.

Most are told faster (`_at_once`): where one met clears, a block is what has the same number of mets before
it, and where nothing in it was left out for long, it is one run. One pass in window order in place of four.
"""

from __future__ import annotations

from collections.abc import Iterable

from fidelity_engine.scope import Scope

EPISODE = "rule_no, subject_no, since, until, windows_missed, confirmed_on, last_window, resolved, newest, fired_due"


def create_episodes(scope: Scope) -> None:
    """Create `episode`: the EPISODE columns for all rules of `rule_row` that are active."""
    verdict = "verdict" if scope.is_small else "verdict_named"
    fires = dict(scope.db.rows("select rule_no, fires from rule_row where mode = 'active' and clears = 1"))
    scope.db.run(f"create or replace temp table episode as {_at_once(verdict, fires, scope.has_waivers or scope.has_disputes)}")
    _add_others(scope)


def _add_others(scope: Scope) -> None:
    """Those that `_at_once` cannot tell: of rules that more than one met clears, and of pairs with a long gap."""
    db = scope.db
    db.run("create or replace temp table pair_apart as select distinct rule_no, subject_no from episode where has_gap")
    if db.one("select count(*) from pair_apart") or db.one("select count(*) from rule_row where mode = 'active' and clears > 1"):
        is_apart = "(v.rule_no, v.subject_no) in (from pair_apart)"
        db.run(f"delete from episode v where {is_apart}")
        db.run(f"insert into episode by name select {EPISODE} from ({episodes(f'r.clears > 1 or {is_apart}')})")


def _at_once(verdict: str, fires: dict[int, int], others: bool) -> str:
    """SELECT of EPISODE columns and `has_gap`, from `verdict`, the relation of the cells, for rules that one met clears.

    `fires`: rule_no → missed windows that open a finding; `others`: there are waived or disputed cells. `has_gap`: so
    much was left out within the block that it may be several runs.
    """
    several, most = [no for no, number in fires.items() if number > 1], max(fires.values(), default=1)
    newest, carried = ("any_value(newest)::varchar", ", p.newest") if others else ("'active'", "")
    unjudged = ", count(*) filter (not judged) over w as unjudged" if several else ""
    has_gap = "max(unjudged) filter (missed) - min(unjudged) filter (missed) > greatest(4, any_value(fires))" if several else "false"
    fired_due = f"(arg_min(due, window_start, {most}) filter (missed))[any_value(fires)]" if several else "arg_min(due, window_start) filter (missed)"
    judged = "v.verdict in ('met', 'missed') and v.disposition <> 'waived'"
    return f"""
        with pair as (
          select v.rule_no, v.subject_no, any_value(r.fires) as fires{", arg_max(v.disposition, v.window_start) as newest" if others else ""}
          from {verdict} v join rule_row r on r.rule_no = v.rule_no where v.rule_no in ({_listed(fires)}) group by v.rule_no, v.subject_no
          having count(*) filter (v.verdict = 'missed' and v.disposition <> 'waived') >= any_value(r.fires)),
        cell as (
          select v.rule_no, v.subject_no, v.window_no, v.window_start, v.window_end, v.due, p.fires{carried}, {judged} as judged, v.verdict = 'met' as met
          from {verdict} v join pair p on p.rule_no = v.rule_no and p.subject_no = v.subject_no
          where v.rule_no in ({_listed(several)}) or {judged}),
        counted as (
          select *, judged and not met as missed, count(*) filter (judged and met) over w - (judged and met)::int as block{unjudged} from cell
          window w as (partition by rule_no, subject_no order by window_start rows unbounded preceding))
        select rule_no, subject_no, min(window_start) filter (missed) as since, max(window_end) filter (missed) as until,
          count(*) filter (missed) as windows_missed, max(window_end) as confirmed_on, max(window_no) filter (missed) as last_window,
          bool_or(met) as resolved, {newest} as newest, {fired_due} as fired_due, {has_gap} as has_gap
        from counted where judged group by rule_no, subject_no, block having count(*) filter (missed) >= any_value(fires)"""


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
