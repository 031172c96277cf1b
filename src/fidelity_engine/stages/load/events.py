"""The events of one type, from all sources that deliver it: a table `event_<n>_rows`, and the view `event_<n>` over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fidelity_engine.db import Database, name, text
from fidelity_engine.relations import EVENT
from fidelity_engine.stages.load import derived, roles
from fidelity_engine.stages.load.alone import complete, numbered
from fidelity_engine.stages.load.convert import lasting, later
from fidelity_engine.stages.load.fields import SQL_TYPES
from fidelity_engine.stages.load.people import NOBODY_TOLD, People
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.zones import SchoolZones
from fidelity_engine.where import CANONICAL, DERIVED, Column, FieldType

SPACE = 2**40
"""Event numbers of one type: so far apart from those of the next type."""
GRADES = frozenset({"grades", "grade_count"})
AT_ONCE = 16
"""So many sources bring their events at a time: each holds tables of the roster meanwhile."""


class Constant(str):
    """SQL that is the same for every row: it is not stored, the view says it."""

    __slots__ = ()


class Part(NamedTuple):
    """What one source gives to a type: its rows with their final fate, and how its participants are found."""

    staged: Staged
    rows: str
    people: People = NOBODY_TOLD
    elsewhere: bool = False            # some events have a team of another school than their own


class Asked(NamedTuple):
    """What is made of a type: its number and name, the types of all its fields, and the fields that rules use.

    `known_until`: the last moment that is known, as SQL; `zones`: the rule file's and the schools'.
    `role_bits`: roles are told by bits (see derived). `numbers_as_ids`: all sources have whole numbers as ids.
    """

    number: int
    type: str
    types: Mapping[str, FieldType]
    used: frozenset[str]
    sources: Sequence[str]
    known_until: str
    zones: SchoolZones
    role_bits: bool = False
    numbers_as_ids: bool = False

    @property
    def extras(self) -> list[str]:
        """The used fields that are not the engine's own."""
        return sorted(field for field in self.used if field in self.types and field not in CANONICAL and field not in DERIVED)


class Created(NamedTuple):
    """The relation of a type, the columns that filters can use, and the SELECTs of what the accounts need of it.

    `signs`: type, source_no, school_no, other_schools (its teams' too), date. `strangers`: source_no, unknown_participants.
    `sources`: source_no. `single`: no event of the type names several teams or schools, or a school beside a team of another.
    """

    relation: str
    fields: dict[str, Column]
    signs: str
    strangers: str | None
    sources: str
    single: bool


def create_events(db: Database, asked: Asked, parts: Sequence[Part]) -> Created:
    """Make the relation `event_<n>` of one type."""
    relation = f"event_{asked.number}"
    stored = [_stored(asked, part) for part in parts] or [_nothing(asked)]
    constants = {column: sql for column, sql in stored[0].items() if all(s[column] == sql and isinstance(sql, Constant) for s in stored)}
    _lay_down(db, relation, asked, parts, stored, constants)
    blocks = next((part.people.blocks for part in parts if part.people.blocks), None)
    rows = complete(db, relation, blocks) if blocks else numbered(relation)
    told = ", ".join(f"{sql} as {name(column)}" for column, sql in constants.items())
    rows = f"(select *, {told} from {rows})" if told else rows
    joined, ways = _joined(db, relation, asked, parts, rows)
    ways = _always(asked) | {field: f"r.{field}" for field in ("team", "recorded_at") if field in asked.used} | ways
    ways |= {field: f"r.{name('x_' + field)}" for field in asked.extras}
    told_by = ["r.role_bits"] if _told_by_ids(parts) else []
    db.run(f"create or replace view {relation} as {_view(asked, rows, joined, ways, told_by)}")
    signs_of = {column: constants.get(column, column) for column in ("source_no", "school_no", "other_schools")}
    if "team_schools" not in constants:
        signs_of["other_schools"] = f"list_concat({signs_of['other_schools']}, team_schools)"
    known = ", ".join(f"{sql} as {column}" for column, sql in signs_of.items())
    signs = f"select {text(asked.type)} as type, {known}, start::date as date from {relation}_rows"
    unknown = ", ".join(f"{constants.get(column, column)} as {column}" for column in ("source_no", "unknown_participants"))
    strangers = None if "participants" in constants and not _told_by_ids(parts) else f"select {unknown} from {relation}_rows"
    fields = _columns(asked, ways)
    if "roles" in fields and _told_by_ids(parts):
        fields["roles"] = fields["roles"]._replace(bits=("role_bits", roles.bit_of_each(db)))
    sources = f"select {constants.get('source_no', 'source_no')} as source_no from {relation}_rows"
    return Created(relation, fields, signs, strangers, sources, {"other_teams", "other_schools", "team_schools"} <= set(constants))


def _lay_down(
    db: Database, relation: str, asked: Asked, parts: Sequence[Part], stored: Sequence[Mapping[str, str]], constants: Mapping[str, str]
) -> None:
    """Make `<relation>_rows` of what the sources store."""
    lasts = derived.TO_END if "end" not in constants else lasting("minutes") if "minutes" not in constants else "null::bigint"
    selects = [
        _select(asked, part, {c: s for c, s in columns.items() if c not in constants}) for part, columns in zip(parts, stored, strict=True)
    ] if parts else [_empty(stored[0], constants)]
    size = AT_ONCE if all(columns.keys() == stored[0].keys() for columns in stored) else len(selects)
    for first in range(0, len(selects), size):
        rows = derived.with_day_fields(asked.used, " union all by name ".join(selects[first:first + size]), lasts)
        if asked.role_bits and "roles" in asked.used:
            rows = _with_role_bits(db, rows, parts, "participants" in constants and not _told_by_ids(parts))
        db.run(f"{f'insert into {relation}_rows by name' if first else f'create or replace table {relation}_rows as'} {rows}")


def _with_role_bits(db: Database, rows: str, parts: Sequence[Part], nobody: bool) -> str:
    if nobody:
        return f"select *, null::integer as role_bits from ({rows})"
    return rows if _told_by_ids(parts) else roles.with_role_bits(db, rows)


def _told_by_ids(parts: Sequence[Part]) -> bool:
    return bool(parts) and all(part.people.tells_roles for part in parts)


def _columns(asked: Asked, ways: Mapping[str, str]) -> dict[str, Column]:
    """Field → column of the view; fields that no rule uses are NULL."""
    found = {}
    for field, kind in asked.types.items():
        here = (field in EVENT and field != "participants") or (field in ways and field in asked.used) or field == "grades"
        found[field] = Column(name(_alias(field)) if here else f"null::{SQL_TYPES[kind]}", kind)
    return found


def _select(asked: Asked, part: Part, columns: Mapping[str, str]) -> str:
    """The known events of one source; what is costly is made of them alone."""
    rows = f"""select * from {part.staged.of_types(part.rows, [asked.type])}
        where fate = 0 and type = {text(asked.type)} and coalesce(recorded, start) <= {asked.known_until}"""
    rows = part.people.over(rows) if {"participants", "alone"} & set(columns) else rows
    zones = "left join school z on z.school_no = r.school_no" if asked.zones.others else ""
    return f"select {', '.join(f'{sql} as {name(column)}' for column, sql in columns.items())} from ({rows}) r {zones}"


def _empty(columns: Mapping[str, str], constants: Mapping[str, str]) -> str:
    return f"select {', '.join(f'{sql} as {name(c)}' for c, sql in columns.items() if c not in constants)} where false"


def _stored(asked: Asked, part: Part) -> dict[str, str]:
    """Column → SQL for one source."""
    staged, people = part.staged, part.people
    several = staged.is_list("team") or staged.is_list("school")
    found = {
        "source_no": Constant(f"{staged.number}::integer"), "id": "r.id" if asked.numbers_as_ids else "r.id::varchar",
        "start": _local(asked, "r.start"),
        "end": _end(asked, staged), "minutes": "r.minutes" if staged.timed else Constant("null::decimal(18,6)"),
        "status": _status(asked, staged),
        "team_no": "r.team_no" if staged.has("team") else Constant("null::integer"),
        "other_teams": "r.other_teams" if staged.is_list("team") else Constant("null::integer[]"),
        "school_no": "r.school_no", "other_schools": "r.other_schools" if several else Constant("null::integer[]"),
        "team_schools": "r.team_schools" if part.elsewhere else Constant("null::integer[]"),
        "participants": _maybe(people.known), "unknown_participants": _maybe(people.unknown),
    }
    if people.blocks:
        found["alone"] = "r.alone"
    if people.tells_roles:
        found["role_bits"] = "r.bits"
    if "team" in asked.used:
        found["team"] = _team(asked, staged)
    if "recorded_at" in asked.used:
        found["recorded_at"] = _local(asked, "coalesce(r.recorded, r.start)")
    if asked.used & GRADES:
        found["grades"] = "r.grades" if staged.has("grades") else "null::varchar[]"
    return found | {f"x_{field}": _extra(asked, staged, field) for field in asked.extras}


def _nothing(asked: Asked) -> dict[str, str]:
    """The columns of a type that no readable source delivers."""
    found = {column: f"null::{kind}" for column, kind in EVENT.items() if column not in ("event_no", "date")}
    for field in asked.used & {"team", "recorded_at"}:
        found[field] = f"null::{SQL_TYPES[asked.types[field]]}"
    if asked.used & GRADES:
        found["grades"] = "null::varchar[]"
    return found | {f"x_{field}": f"null::{SQL_TYPES[asked.types[field]]}" for field in asked.extras}


def _maybe(sql: str) -> str:
    return Constant(sql) if "." not in sql else sql


def _local(asked: Asked, sql: str) -> str:
    """A moment of the rule file's zone, in the zone of the event's school."""
    return asked.zones.local(sql, "z.zone", "r.day_only") if asked.zones.others else sql


def _end(asked: Asked, staged: Staged) -> str:
    if not staged.timed:
        return Constant("null::timestamp")
    if staged.end_follows:
        return Constant(later("start", "minutes"))
    return _local(asked, 'r."end"')


def _status(asked: Asked, staged: Staged) -> str:
    if not staged.has("status") and not staged.has("recorded_at"):
        return Constant(text(staged.default_status))
    told = f"coalesce(r.status, {text(staged.default_status)})"
    return f"case when r.start > {asked.known_until} and {told} <> 'cancelled' then 'planned' else {told} end"


def _team(asked: Asked, staged: Staged) -> str:
    """The known teams as filters see them: a team that is on no roster is missing, as an unknown participant is."""
    if staged.is_list("team"):
        known = "list_contains(list_prepend(r.team_no, coalesce(r.other_teams, [])), s.subject_no)"
        return f"(select list(s.subject order by s.subject) from subject s where r.team_no is not null and {known})"
    known = "r.team_no is not null" if staged.has("team") else "false"
    team = "[r.team::varchar]" if asked.types["team"] == "list" else "r.team::varchar"
    return f"case when {known} then {team} end"


def _extra(asked: Asked, staged: Staged, field: str) -> str:
    wanted = asked.types[field]
    if not staged.has(field):
        return f"null::{SQL_TYPES[wanted]}"
    mine, column = staged.fields[field].type, f"r.{name('x_' + field)}"
    if wanted == "list" and mine != "list":
        return f"case when {column} is not null then [{column}::varchar] end"
    return column if wanted == mine else f"{column}::{SQL_TYPES[wanted]}"


def _joined(db: Database, relation: str, asked: Asked, parts: Sequence[Part], rows: str) -> tuple[str, dict[str, str]]:
    """What the view joins, and the fields that come from it."""
    looked_up = {}
    if "roles" in asked.used:
        looked_up["roles"] = roles.told_by_bits(db) if _told_by_ids(parts) else roles.roles_made(db, relation, rows, asked.role_bits)
    if "participants" in asked.used:
        looked_up["participants"] = derived.names_made(db, relation, rows)
    several = any(part.staged.is_list("team") or part.staged.is_list("school") for part in parts)
    joins, fields = "", {field: f"r.{field}" for field in sorted(derived.DAY_FIELDS & asked.used)}
    if "school" in asked.used:
        joins += " left join school c on c.school_no = r.school_no"
        fields["school"] = "case when c.school is not null then [c.school] end" if asked.types["school"] == "list" else "c.school"
    if several and fields:
        derived.several_schools(db, relation, rows, bool(asked.zones.others))
        joins += f" left join {relation}_several d on d.row_no = r.row_no"
        theirs = {**{field: f"d.{field}" for field in fields}, "school": "d.schools"}
        fields = {f: f"case when r.other_schools is null then {sql} else {theirs[f]} end" for f, sql in fields.items()}
    joins += "".join(join for join, _ in looked_up.values())
    fields |= {field: sql for field, (_, sql) in looked_up.items()}
    if asked.used & GRADES:
        derived.grades_made(db, relation, rows)
        joins += f" left join {relation}_grades g on g.row_no = r.row_no"
        fields["grades"] = "coalesce(r.grades, g.grades)"
        fields["grade_count"] = "len(list_distinct(coalesce(r.grades, g.grades)))"          # `1` and `01` are one
    return joins, fields


def _view(asked: Asked, rows: str, joins: str, ways: Mapping[str, str], more: Sequence[str]) -> str:
    """The columns of relations.EVENT, then a column for every field that a rule uses (and grades, for links), and `more`."""
    fixed = [f"r.row_no + {asked.number * SPACE} as event_no", "r.start::date as date"]
    others = {"id": "r.id::varchar as id"}
    fixed += [others.get(column, f"r.{name(column)}") for column in EVENT if column not in ("event_no", "date")]
    fields = [
        f"{ways.get(field, f'null::{SQL_TYPES[kind]}')} as {name(_alias(field))}" for field, kind in asked.types.items()
        if (field in asked.used or field == "grades") and _alias(field) not in EVENT
    ]
    return f"select {', '.join([*fixed, *fields, *more])} from {rows} r{joins}"


def _always(asked: Asked) -> dict[str, str]:
    """Fields that cost nothing unless they are read."""
    sources = ", ".join(text(source) for source in asked.sources)
    return {
        "type": text(asked.type), "source": f"([{sources}])[r.source_no]", "week": "date_trunc('week', r.start)::date",
        "weekday": "(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[isodow(r.start)]",
    }


def _alias(field: str) -> str:
    """The column of a field; those whose name the relation itself uses for something else get a prefix."""
    if field in ("participants", "event_no", "source_no") or (field in EVENT and field not in CANONICAL and field not in DERIVED):
        return f"x_{field}"
    return field
