"""What else the reader should know: waivers that end soon, have ended, or matched nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from fidelity_engine.db import day
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope

SOON = timedelta(14)
KEPT = timedelta(366)
"""So long after its end a waiver of an earlier period may still be missed: files keep old ones, and nobody wants to hear of all of them."""


def waiver_notes(scope: Scope, rules: Sequence[Rule]) -> Iterator[str]:
    """One sentence per waiver that ends within 14 days, expired while what it covered is missed, or matched nothing.

    Those that begin later, or ended before the period began, have nothing to match. What another waiver covers is not missed.
    """
    ids = ", ".join(f"({scope.rule_no(rule)}, $r{i})" for i, rule in enumerate(rules))
    values = {f"r{i}": rule.id for i, rule in enumerate(rules)}
    today, start = day(scope.as_of_date), day(scope.start)
    rows = scope.db.rows(
        f"""
        with named(rule_no, rule) as (values {ids}),
        cell as (select w.waiver_no, v.verdict, v.disposition, v.window_start, v.window_end, w.from_date, w.until_date
          from waived w join verdict v on v.subject_no = w.subject_no join named n on n.rule_no = v.rule_no
          where w.rule is null or w.rule = n.rule),
        use as (select waiver_no, count(*) filter (window_start <= until_date and window_end >= from_date) as matched,
            count(*) filter (verdict = 'missed' and disposition <> 'waived' and window_start > until_date) as still from cell group by all)
        select w.waiver_no, coalesce(w.rule, 'every rule'), coalesce(w.subject, s.school, 'everybody'), w.until_date, w.permanent,
          coalesce(u.matched, 0), coalesce(u.still, 0), w.until_date between {today} and {day(scope.as_of_date + SOON)}, w.until_date < {today},
          w.until_date < {start}
        from waiver w left join use u using (waiver_no) left join school s on s.school_no = w.school_no
        where w.from_date <= {today} and w.until_date >= least({start}, {day(scope.as_of_date - KEPT)}) order by w.waiver_no""",
        values,
    )
    for _, rule, subject, until, permanent, matched, still, soon, over, earlier in rows:
        waiver = f"The waiver of {rule} for {subject}"
        if not matched and not still and not earlier:
            yield f"{waiver} matched nothing: mend its ids or dates, or take it out."
        elif over and still:
            yield f"{waiver} ended on {until}, and what it covered is missed since: renew it or let it count."
        elif soon and not permanent:
            yield f"{waiver} ends on {until}."
