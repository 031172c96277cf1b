"""Decisions about nothing: an id that no finding, adjustment or cycle has is misspelt, or what it meant is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fidelity_engine.db import day, text
from fidelity_engine.model.adjustment import Adjustment
from fidelity_engine.model.finding import Finding
from fidelity_engine.model.rule import Rule
from fidelity_engine.rulefile.problems import did_you_mean
from fidelity_engine.scope import Scope
from fidelity_engine.stages.adjust.playbook import adjustment_id

MANY = 10_000
"""Among more ids than that nobody looks for one that is near."""


def decision_notes(scope: Scope, rules: Sequence[Rule], findings: Sequence[Finding], adjustments: Sequence[Adjustment]) -> list[str]:
    """One sentence per decision of this period about an id that nobody has. `attest` tells of itself.

    To be called where all rules were looked at. An id that a cell could have given stays known when a late record has
    taken its finding away: then there is nothing to mend.
    """
    said = scope.db.rows(f"""select about, action, said::date from decision
        where action <> 'attest' and said::date >= {day(scope.start)} order by said, row_no""")
    if not said:
        return []
    current = [*(one.finding_id for one in findings), *(one.adjustment_id for one in adjustments), *_cycles(scope)]
    left = {about for about, *_ in said} - {*current, *_handed_out(scope, rules)}
    left -= _possible(scope, rules, left) if left else set()
    return [
        f"The decision `{action}` of {on} about {about} answers nothing: no finding, adjustment or cycle has this id. "
        + did_you_mean(about, current if len(current) <= MANY else (), "Mend the id, or take the row out.")
        for about, action, on in said if about in left
    ]  # fmt: skip


def _cycles(scope: Scope) -> list[str]:
    """The ids of the cycles beside the rule file: their files are called so."""
    return [path.stem for path in Path(scope.ruleset.root, "cycles").glob("*.yaml")]


def _handed_out(scope: Scope, rules: Sequence[Rule]) -> Iterator[str]:
    """The ids that people were told in earlier runs, and those of what could be tried on them."""
    playbook = {rule.id: rule.adjust for rule in rules}
    for one in scope.handed_out:
        yield one.finding_id
        yield from (adjustment_id(one.finding_id, entry.propose) for entry in playbook.get(one.rule or "", ()))


def _possible(scope: Scope, rules: Sequence[Rule], ids: set[str]) -> set[str]:
    """Those of the ids that a finding which begins with some cell has, or what could be tried on it."""
    words = [(rule.id, " ".join(entry.propose.split())) for rule in rules for entry in rule.adjust]
    rows = scope.db.rows(
        f"""
        with finding as (
          select r.rule, left(sha256(concat_ws(chr(10), {text(scope.ruleset.year)}, r.rule, s.subject_kind, s.subject, v.window_start::varchar)), 12) as id
          from verdict v join rule_row r on r.rule_no = v.rule_no join subject s on s.subject_no = v.subject_no),
        entry as (select unnest($rules::varchar[]) as rule, unnest($words::varchar[]) as words)
        select id from finding where list_contains($ids::varchar[], id)
        union select 'a-' || left(sha256(concat_ws(chr(10), f.id, e.words)), 10) as id from finding f join entry e on e.rule = f.rule
          where list_contains($ids::varchar[], 'a-' || left(sha256(concat_ws(chr(10), f.id, e.words)), 10))""",
        {"rules": [rule for rule, _ in words], "words": [one for _, one in words], "ids": sorted(ids)},
    )
    return {id for (id,) in rows}
