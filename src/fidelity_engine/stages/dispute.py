"""Disputes: a finding that somebody contests rests for ten school days; its cells keep their verdicts (`disputed`).

A finding is known by its id, and the id is a hash over year, rule, subject and the window with which it began. So the
hashes of the missed cells lead back to rule and subject, before anything that reads verdicts is judged: nothing is
evaluated twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from fidelity_engine.db import text
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.verdicts import dispose

RESTS = 10
"""School days for which a dispute holds; the first is that of the decision, if it is a school day."""


def prepare_disputes(scope: Scope) -> None:
    """Create `dispute`, the last one about each finding, and the empty `disputed`: the findings that rest."""
    scope.db.run("""create temp table dispute as
        select about, max(said)::date as said_on, arg_max(who, said) as who, arg_max(note, said) as note
        from decision where action = 'dispute' group by about""")
    scope.db.run("""create temp table disputed (finding_id varchar, rule_no integer, subject_no integer, since date, until date,
        said_on date, rests_until date, who varchar, note varchar, windows_before bigint)""")
    scope.has_disputes = bool(scope.db.one("select count(*) from dispute"))
    scope.db.run("create temp table handed (finding_id varchar, rule varchar, subject_kind varchar, subject varchar, since date, until date)")
    if (scope.has_disputes or scope.has_attested) and (known := [one for one in scope.handed_out if one.about == "practice" and one.rule]):
        columns = {column: [getattr(one, column) for one in known] for column in ("finding_id", "rule", "subject_kind", "subject", "since", "until")}
        kinds = ", ".join(f"unnest(${column}::{'date' if column in ('since', 'until') else 'varchar'}[])" for column in columns)
        scope.db.run(f"insert into handed select {kinds}", columns)


def rest(scope: Scope, rules: Iterable[Rule], episodes: str) -> None:
    """Mark the cells of disputed findings of these rules, which have just been judged. `episodes`: SELECT of the episodes.

    Until its dispute ends a finding that is not resolved takes with it every cell from its first one on.
    """
    numbers = ", ".join(str(scope.rule_no(rule)) for rule in rules)
    if not scope.has_disputes or not numbers:
        return
    scope.db.run(f"""
        insert into disputed
        with episode as ({episodes}),
        known as (
          select e.*, r.rule, s.subject_kind, s.subject, s.class_no
          from episode e join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no where e.rule_no in ({numbers})),
        named as (
          select left(sha256(concat_ws(chr(10), {text(scope.ruleset.year)}, rule, subject_kind, subject, since::varchar)), 12) as finding_id, known.* from known
          union select h.finding_id, k.* from known k join handed h on h.rule = k.rule and h.subject_kind = k.subject_kind and h.subject = k.subject
            and coalesce(h.since <= k.until, true) and coalesce(h.until >= k.since, true))
        select any_value(n.finding_id), n.rule_no, n.subject_no, n.since, case when n.resolved then n.confirmed_on end, d.said_on, t.date, d.who, d.note,
          (select count(*) from verdict v where v.rule_no = n.rule_no and v.subject_no = n.subject_no and v.verdict = 'missed'
             and v.window_start between n.since and n.until and v.due <= d.said_on)
        from named n join dispute d on d.about = n.finding_id join clock_class k on k.class_no = n.class_no
        join day f on f.class_no = n.class_no and f.date = d.said_on
        left join day_of t on t.class_no = n.class_no and t.ord = f.ord - f.counts::integer + {RESTS}
        where coalesce(t.date > k.last_over, true) group by all""")
    dispose(scope.db, scope.is_small, "disputed", "disputed d", f"""v.rule_no in ({numbers}) and v.rule_no = d.rule_no and v.subject_no = d.subject_no
        and v.disposition = 'active' and v.window_start >= d.since and (d.until is null or v.window_end <= d.until)""")
