"""Episodes: runs of missed cells of one rule and subject, with what ends them (chapter 4, Episodes and findings).

Only cells that are met or missed and active are looked at, in window order (those of a disputed finding stay its
own, so that it rests and is not forgotten). A *block* reaches up to the cell that
clears (the `clears_after`-th met in a row). Within it, missed cells form *runs*: a met, or more than
max(4, fires_after) cells in a row that could not be judged, begins a new one. The first run that is long enough
fires; from there on every missed cell of the block belongs to the episode.
"""

from __future__ import annotations

EPISODE = "rule_no, subject_no, since, until, windows_missed, confirmed_on, last_window, resolved, newest, fired_due"


def episodes() -> str:
    """SELECT of EPISODE columns for all rules of `rule_row` that are active, from `verdict`.

    `until` = end of the last missed window, `confirmed_on` = end of the last judged window of the episode,
    `last_window` = number of the last missed window, `newest` = disposition of the subject's newest cell,
    `fired_due` = due date of the cell with which it fired.
    """
    return """
        with pair as (
          select v.rule_no, v.subject_no, arg_max(v.disposition, v.window_start) as newest, any_value(r.fires) as fires, any_value(r.clears) as clears
          from verdict v join rule_row r on r.rule_no = v.rule_no where r.mode = 'active' group by v.rule_no, v.subject_no
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
