"""Episodes: runs of missed cells of one rule and subject, with what ends them (chapter 4, Episodes and findings).

Only cells that are met or missed and active are looked at, in window order. A *block* reaches up to the cell that
clears (the `clears_after`-th met in a row). Within it, missed cells form *runs*: a met, or more than
max(4, fires_after) cells in a row that could not be judged, begins a new one. The first run that is long enough
fires; from there on every missed cell of the block belongs to the episode.
"""

from __future__ import annotations

from fidelity_engine.model.rule import Rule

EPISODE = "rule_no, subject_no, since, until, windows_missed, confirmed_on, last_window, resolved, newest, fired_due"


def episodes(rule: Rule, rule_no: int) -> str:
    """SELECT of EPISODE columns for one rule, from `verdict`.

    `until` = end of the last missed window, `confirmed_on` = end of the last judged window of the episode,
    `last_window` = number of the last missed window, `newest` = disposition of the subject's newest cell, `fired_due` = due date of the cell with which it fired.
    """
    fires, clears = int(rule.emit.fires_after), int(rule.emit.clears_after)
    return f"""
        with every as (
          select subject_no, window_no, window_start, window_end, due, verdict, disposition,
            row_number() over (partition by subject_no order by window_start) as seq,
            first_value(disposition) over (partition by subject_no order by window_start desc) as newest
          from verdict where rule_no = {rule_no}),
        judged as (
          select *, verdict = 'missed' as missed, seq - lag(seq) over w - 1 as skipped, lag(verdict) over w as before,
            row_number() over w as idx, row_number() over (partition by subject_no, verdict order by window_start) as nth
          from every where verdict in ('met', 'missed') and disposition = 'active' window w as (partition by subject_no order by window_start)),
        closing as (
          select *, not missed and row_number() over (partition by subject_no, missed, idx - nth order by idx) = {clears} as closes,
            missed and (before is null or before = 'met' or skipped > {max(4, fires)}) as begins from judged),
        blocks as (
          select *, coalesce(sum(closes::int) over (
              partition by subject_no order by idx rows between unbounded preceding and 1 preceding), 0) as block,
            sum(begins::int) over (partition by subject_no order by idx) as run from closing),
        long as (
          select subject_no, block, min(run) as run from
            (select subject_no, block, run from blocks where missed group by all having count(*) >= {fires}) group by all)
        select {rule_no} as rule_no, b.subject_no, min(b.window_start) filter (b.missed) as since,
          max(b.window_end) filter (b.missed) as until,
          count(*) filter (b.missed) as windows_missed, max(b.window_end) as confirmed_on,
          max_by(b.window_no, b.idx) filter (b.missed) as last_window,
          bool_or(b.closes) as resolved, any_value(b.newest) as newest,
          (list(b.due order by b.idx) filter (b.missed))[{fires}] as fired_due
        from blocks b join long l on l.subject_no = b.subject_no and l.block = b.block
        where b.run >= l.run group by b.subject_no, b.block"""
