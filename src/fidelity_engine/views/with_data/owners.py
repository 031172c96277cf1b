"""Owners that nobody is: a rule whose findings would reach no one."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from fidelity_engine.errors import FidelityError
from fidelity_engine.scope import Scope
from fidelity_engine.views.with_data.doubt import doubt, judged_rules, of_rule

SHOWN = 8


def missing_owners(scope: Scope) -> Iterator[FidelityError]:
    """Roles that nobody holds, or nobody at some of the schools that the rule is about."""
    if scope.ruleset.owners is None:
        yield doubt(scope, ("rules",), "there is no file of owners, so findings reach nobody", "Say under `owners:` who holds which role.", key=True)
        return
    held: dict[str, set[int | None]] = {}
    for role, school_no in scope.db.rows("select distinct role, school_no from owner"):
        held.setdefault(role, set()).add(school_no)
    for rule in judged_rules(scope):
        role = rule.emit.owner
        if role not in held:
            near = get_close_matches(role, held, 1)
            mend = f"Did you mean `{near[0]}`?" if near else f"Roles are {', '.join(sorted(held)) or 'none yet'}."
            yield of_rule(scope, rule, ("emit", "owner"), f"nobody holds `{role}`", mend)
        elif None not in held[role]:
            yield from _at_schools(scope, rule, role, held[role])


def _at_schools(scope: Scope, rule: object, role: str, held: set[int | None]) -> Iterator[FidelityError]:
    rows = scope.db.rows("""select distinct c.school_no, c.school from verdict v join subject s using (subject_no)
        left join school c on c.school_no = s.school_no where v.rule_no = $no order by 2""", {"no": scope.rule_no(rule)})  # type: ignore[arg-type]
    without = [str(school or "the district") for school_no, school in rows if school_no not in held]
    if without:
        told = f"nobody holds `{role}` for {', '.join(without[:SHOWN])}{' ...' if len(without) > SHOWN else ''}"
        yield of_rule(scope, rule, ("emit", "owner"), told, "Add a row to the owners; without a school it holds for all.")  # type: ignore[arg-type]
