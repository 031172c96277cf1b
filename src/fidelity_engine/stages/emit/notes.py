"""What else the reader should know: waivers that end soon, have ended, or matched nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from fidelity_engine.db import day
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope

SOON = timedelta(14)
KEPT = timedelta(366)
"""So long after its end a waiver of an earlier period may still be missed: files keep old ones, and nobody wants to hear of all of them."""


def waiver_notes(scope: Scope, rules: Sequence[Rule], subjects: str = "") -> Iterator[str]:
    """One sentence per waiver that ends within 14 days, expired while what it covered is missed, or matched nothing.

    Those that begin later, or ended before the period began, have nothing to match, nor have those of rules that were not looked at.
    What another waiver covers is not missed. `subjects`: SELECT of subject_no, where only waivers that cover one of these are to be told.
    """
    looked_at = {rule.id for rule in rules}
    others = [rule for rule in scope.ruleset.rules if rule.id not in looked_at]
    unseen = {rule.id for rule in others} | ({None} if any(rule.mode != "off" for rule in others) else set())
    for rule, subject, until, permanent, matched, still, soon, over, earlier in _waivers(scope, rules, subjects):
        waiver = f"The waiver of {rule or 'every rule'} for {subject}"
        if not matched and not still and not earlier and rule not in unseen:
            yield f"{waiver} matched nothing: mend its ids or dates, or take it out."
        elif over and still:
            yield f"{waiver} ended on {until}, and what it covered is missed since: renew it or let it count."
        elif soon and not permanent:
            yield f"{waiver} ends on {until}."


def _waivers(scope: Scope, rules: Sequence[Rule], subjects: str) -> list[tuple[Any, ...]]:
    """Rule, whom it is for, end, whether it is permanent, cells that it waives and missed ones after it, whether it ends soon, or has, or had before."""
    ids = ", ".join(f"({scope.rule_no(rule)}, $r{i})" for i, rule in enumerate(rules))
    values = {f"r{i}": rule.id for i, rule in enumerate(rules)}
    today, start = day(scope.as_of_date), day(scope.start)
    theirs = f"and w.waiver_no in (select waiver_no from waived where subject_no in ({subjects}))" if subjects else ""
    return scope.db.rows(
        f"""
        with named(rule_no, rule) as (values {ids}),
        cell as (select w.waiver_no, v.verdict, v.disposition, v.window_start, v.window_end, w.from_date, w.until_date
          from waived w join verdict v on v.subject_no = w.subject_no join named n on n.rule_no = v.rule_no
          where w.rule is null or w.rule = n.rule),
        use as (select waiver_no, count(*) filter (window_start <= until_date and window_end >= from_date) as matched,
            count(*) filter (verdict = 'missed' and disposition <> 'waived' and window_start > until_date) as still from cell group by all)
        select w.rule, coalesce(w.subject, s.school, 'everybody'), w.until_date, w.permanent, coalesce(u.matched, 0), coalesce(u.still, 0),
          w.until_date between {today} and {day(scope.as_of_date + SOON)}, w.until_date < {today}, w.until_date < {start}
        from waiver w left join use u using (waiver_no) left join school s on s.school_no = w.school_no
        where w.from_date <= {today} and w.until_date >= least({start}, {day(scope.as_of_date - KEPT)}) {theirs}
        order by w.waiver_no""",
        values,
    )
