"""Signs of life: on which dates a source has events of which school, what it delivered, and when it was last written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fidelity_engine.db import Database, day, text
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.weighing import Weighed
from fidelity_engine.stages.load.zones import SchoolZones

NO_EVENT = """select null::varchar as type, null::integer as source_no, null::integer as school_no, null::integer[] as other_schools,
    null::date as date where false"""


def create_signs(
    db: Database, ruleset: RuleSet, created: Mapping[str, str], weighed: Sequence[Weighed], known_until: str, zones: SchoolZones
) -> None:
    """Make source_day, delivery and last_record from all known events, whatever their type and status.

    `created`: event type → SELECT of (type, source_no, school_no, other_schools, date); an event is a sign for the schools of its
    teams too, which are among the others. Where no source can fall silent,
    the days are only looked for when somebody asks: `source_day` is a view then.
    """
    several = any(_are_several(w) for w in weighed)
    others = [_of_others(w, created, known_until, zones) for w in weighed if set(w.staged.spec.delivers) - set(created)]
    if others:          # their rows are not kept
        db.run(f"create or replace table other_event as {' union all '.join(others)}")
        others = ["select type, source_no, school_no, other_schools, date from other_event"]
    start, end = day(ruleset.period.start), day(ruleset.period.end)
    if any(spec.coverage.silent_after for spec in ruleset.evidence.values()):
        seen = _of_few(created, others) if db.few_rows else _distinct("type, source_no, school_no, date", created, others, several)
        db.run(f"create or replace table seen as {seen}")
        db.run("create or replace table source_day as select distinct source_no, school_no, date from seen")
        db.run(f"create or replace table delivery as select distinct type, source_no, school_no from seen where date between {start} and {end}")
    else:
        in_period = f"where date between {start} and {end}"
        db.run(f"create or replace table delivery as {_distinct('type, source_no, school_no', created, others, several, in_period)}")
        db.run(f"create or replace view source_day as {_distinct('source_no, school_no, date', created, others, several)}")
    last = " union all ".join(_last(w, known_until) for w in weighed if _is_asked(ruleset, w.staged.source))
    db.run(f"create or replace table last_record as {last or 'select null::integer as source_no, null::date as date where false'}")


def _distinct(columns: str, created: Mapping[str, str], others: Sequence[str], several: bool, where: str = "") -> str:
    """SELECT of the different values of these columns. `several`: some events are of several schools."""
    first = " union all ".join([*created.values(), *others] or [NO_EVENT])
    # type by type: what is the same in all rows is not looked at for each
    own = columns.removeprefix("type, ")
    typed = {kind: f"{text(kind)} as type, * from" if own != columns else "* from" for kind in created}
    schools = " union all ".join(
        [f"select {typed[kind]} (select distinct {own} from ({rows}) {where})" for kind, rows in created.items()]
        + [f"select distinct {columns} from ({rows}) {where}" for rows in others] or [f"select {columns} from e"])
    if several:
        schools += f" union select {columns.replace('school_no', 'unnest(other_schools) as school_no')} from e where other_schools is not null"
        schools += where.replace("where", " and")
    if own == columns and len(created) + len(others) > 1:
        schools = f"select distinct {columns} from ({schools})"
    return f"with e as ({first}) {schools}"


def _of_few(created: Mapping[str, str], others: Sequence[str]) -> str:
    """The same of few rows: looked through together, since to look at a type by itself takes longer than its rows."""
    return f"""with e as materialized ({' union all '.join([*created.values(), *others] or [NO_EVENT])})
        select distinct type, source_no, unnest(list_prepend(school_no, other_schools)) as school_no, date from e"""


def _of_others(weighed: Weighed, created: Mapping[str, str], known_until: str, zones: SchoolZones) -> str:
    """Known events of types that no rule uses: they too show that the source lives.

    `zones`: the rule file's and the schools'.
    """
    used = ", ".join(text(kind) for kind in created) or "''"
    rows = weighed.rows_of([kind for kind in weighed.staged.spec.delivers if kind not in created])
    if weighed.elsewhere:
        rows = f"(select * replace (list_concat(other_schools, team_schools) as other_schools) from {rows})"
    known = f"from {rows} where fate = 0 and type not in ({used}) and coalesce(recorded, start) <= {known_until}"
    if zones.others:
        there = zones.local("start", "zone", "day_only")
        columns = "type, school_no, other_schools, start, day_only"
        known = f"from (select type, school_no, other_schools, {there} as start from (select {columns} {known}) left join school using (school_no))"
    return f"select type, {weighed.staged.number}::integer as source_no, school_no, other_schools, start::date as date {known} group by all"


def _are_several(weighed: Weighed) -> bool:
    return weighed.staged.is_list("team") or weighed.staged.is_list("school") or weighed.elsewhere > 0


def _is_asked(ruleset: RuleSet, source: str) -> bool:
    return ruleset.evidence[source].coverage.through == "last_record"


def _last(weighed: Weighed, known_until: str) -> str:
    at = "coalesce(recorded, start)"
    return f"""select {weighed.staged.number}::integer as source_no, max({at})::date as date from {weighed.rows}
        where fate = 0 and {at} <= {known_until} having max({at}) is not null"""
