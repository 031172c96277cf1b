"""Names that tell nobody apart: where `by:` finds ids of the roster by a column in which several have the same."""

from __future__ import annotations

from collections.abc import Iterator

from fidelity_engine.errors import FidelityError
from fidelity_engine.scope import Scope
from fidelity_engine.stages.load.lookup import shared
from fidelity_engine.views.with_data.doubt import doubt

SHOWN = 3
MENDS = {
    "team": "An event with one of them is of no team: give the source a column `school`, or each team a name of its own.",
    "school": "An event with one of them is of no school: find schools by a column that tells them apart.",
    "participants": "Who took part under one of them is unknown: find people by a column that tells them apart, such as `email`.",
}


def shared_names(scope: Scope) -> Iterator[FidelityError]:
    """Told where events could not be linked. Names of people are counted, and not told."""
    for source, no in scope.db.rows("select source, source_no from source_state where readable order by source_no"):
        columns = scope.ruleset.evidence[source].columns
        for field, said in columns.items():
            names = shared(scope.db, field, said.by, field == "team" and "school" in columns) if said.by and _unlinked(scope, no, field) else []
            if names:
                told = f"{len(names)} of the roster's `{said.by}` are those of several{_few(field, names)}"
                yield doubt(scope, ("evidence", source, "columns", field, "by"), told, MENDS[field])


def _few(field: str, names: list[str]) -> str:
    if field == "participants":
        return " people"
    return f" {field}s: {', '.join(f'`{one}`' for one in names[:SHOWN])}{', ...' if len(names) > SHOWN else ''}"


def _unlinked(scope: Scope, source_no: int, field: str) -> bool:
    """Whether a field of a source names nobody in some row."""
    known = {"no": source_no}
    if field == "participants":
        return bool(scope.db.one("select unknown_participants > 0 from source_state where source_no = $no", known))
    bad = """select count(*) from quarantine_count c join source_state s using (source)
        where s.source_no = $no and reason in ('unknown_team', 'unknown_school')"""
    events = (f"select count(*) from {relation} where source_no = $no and {field}_no is null" for relation in scope.events.values())
    return any(scope.db.one(query, known) for query in (bad, *events))
