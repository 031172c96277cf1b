"""Signs of life: on which dates a source has events of which school, what it delivered, and when it was last written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fidelity_engine.db import Database, day, text
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.weighing import Weighed

NO_EVENT = """select null::varchar as type, null::integer as source_no, null::integer as school_no, null::integer[] as other_schools,
    null::date as date where false"""


def create_signs(
    db: Database, ruleset: RuleSet, relations: Mapping[str, str], weighed: Sequence[Weighed], known_until: str
) -> None:
    """Make source_day, delivery and last_record, from the events of all types and statuses that are known."""
    seen = [_of_type(kind, relation) for kind, relation in relations.items()]
    seen += [_of_others(w, relations, known_until) for w in weighed if set(w.staged.spec.delivers) - set(relations)]
    first, several = " union all ".join(seen or [NO_EVENT]), [w for w in weighed if _are_several(w)]
    schools = f"with e as ({first}) select type, source_no, school_no, date from e"
    if several:
        schools += " union all select type, source_no, unnest(other_schools), date from e where other_schools is not null"
    start, end = day(ruleset.period.start), day(ruleset.period.end)
    db.run(f"create or replace table source_day as select distinct source_no, school_no, date from ({schools})")
    db.run(f"""create or replace table delivery as select distinct type, source_no, school_no from ({schools})
        where date between {start} and {end}""")
    last = " union all ".join(_last(w, known_until) for w in weighed if _is_asked(ruleset, w.staged.source))
    db.run(f"create or replace table last_record as {last or 'select null::integer as source_no, null::date as date where false'}")


def _of_type(kind: str, relation: str) -> str:
    return f"select {text(kind)} as type, source_no, school_no, other_schools, date from {relation}"


def _of_others(weighed: Weighed, relations: Mapping[str, str], known_until: str) -> str:
    """Known events of types that no rule uses: they too show that the source lives."""
    used = ", ".join(text(kind) for kind in relations) or "''"
    return f"""select type, {weighed.staged.number}::integer, school_no, other_schools, start::date
        from ({weighed.rows}) where fate = 0 and type not in ({used}) and coalesce(recorded, start) <= {known_until}"""


def _are_several(weighed: Weighed) -> bool:
    return weighed.staged.is_list("team") or weighed.staged.is_list("school")


def _is_asked(ruleset: RuleSet, source: str) -> bool:
    return ruleset.evidence[source].coverage.through == "last_record"


def _last(weighed: Weighed, known_until: str) -> str:
    at = "coalesce(recorded, start)"
    return f"""select {weighed.staged.number}::integer as source_no, max({at})::date as date from ({weighed.rows})
        where fate = 0 and {at} <= {known_until} having max({at}) is not null"""
