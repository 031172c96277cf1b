"""The run in numbers: cells by verdict, rows by what became of them, and why it is incomplete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fidelity_engine.db import text
from fidelity_engine.model.finding import SourceCount
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.verdicts import counted_cells

MEND = "Mend it there, or take its rules out; `fidelity plugins` says where it lies."


Counts = dict[str, dict[str, int]]


def verdict_counts(scope: Scope, rules: Sequence[Rule], subjects: Sequence[str] = ()) -> tuple[Counts, Counts]:
    """rule → verdict → cells of these subjects (all, where none is named), with those waived or disputed as `waived`, `disputed`; and the verdicts of these."""
    theirs = f"where subject_no in (select subject_no from subject where subject in ({', '.join(map(text, subjects))}))" if subjects else ""
    ids = {scope.rule_no(rule): rule.id for rule in rules}
    counts: Counts = {rule.id: {} for rule in rules}
    apart: Counts = {}
    for no, said, verdict, n in scope.db.rows(
        f"""select rule_no, case when disposition = 'active' then verdict::varchar else disposition::varchar end as v, verdict::varchar as verdict,
          sum(cells)::bigint from ({counted_cells(scope.is_small, theirs)}) group by all order by all"""
    ):
        if no in ids:
            counts[ids[no]][said] = counts[ids[no]].get(said, 0) + n
            if said != verdict:
                theirs_apart = apart.setdefault(ids[no], {})
                theirs_apart[verdict] = theirs_apart.get(verdict, 0) + n
    return counts, apart


def source_counts(scope: Scope) -> list[SourceCount]:
    """What became of the rows of each source."""
    rows = scope.db.rows("""select source, readable, optional, read, accepted, duplicates, quarantined, merged, skipped, bad_values, cause
        from source_state order by source_no""")
    return [SourceCount(*row) for row in rows]


def quarantine_counts(scope: Scope) -> dict[str, dict[str, int]]:
    """source → reason → rows."""
    found: dict[str, dict[str, int]] = {}
    for source, reason, n in scope.db.rows("select source, reason, sum(rows) from quarantine_count group by all order by all"):
        found.setdefault(source, {})[reason] = int(n)
    return found


def unfinished(scope: Scope, failures: Iterable[Any]) -> list[str]:
    """Why the run is incomplete: sources that could not be used, plugins that broke (`failures` as they were loaded)."""
    sources = scope.db.rows("select source, cause from source_state where not readable and not optional order by source")
    return [
        *(f"{source} could not be used: {cause}" for source, cause in sources),
        *map(str, failures), *scope.failures.values(),
        *_failed_rules(scope),
    ]


def failed_plugins(scope: Scope) -> dict[str, str]:
    """Plugin → what went wrong with the cells of its measures, and what would mend it."""
    kinds = {scope.rule_no(rule): rule.measure.kind for rule in scope.ruleset.rules if rule.id in scope.rule_nos and rule.measure.kind in scope.plugin_titles}
    if not kinds:
        return {}
    rows = scope.db.rows(f"""select rule_no, min(failure), count(*) from verdict
        where code = 'plugin' and rule_no in ({", ".join(map(str, kinds))}) group by rule_no order by rule_no""")
    found: dict[str, str] = {}
    for no, failure, cells in rows:
        found.setdefault(scope.plugin_titles[kinds[no]], f"{failure} in `{kinds[no]}`: {cells} cells could not be measured. {MEND}")
    return found


def _failed_rules(scope: Scope) -> list[str]:
    rows = scope.db.rows("select rule_no, failure, count(*) from verdict where code = 'plugin' group by all order by all")
    ids = {no: id for id, no in scope.rule_nos.items()}
    return [f"{ids[no]}: {n} cells could not be measured ({failure})" for no, failure, n in rows]
