"""The rows of one source with the canonical fields, converted once: `rows_<n>`, or straight from the file where that is cheap."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.plugin.spec import Rejected
from fidelity_engine.stages.load import convert
from fidelity_engine.stages.load.convert import INTEGERS
from fidelity_engine.stages.load.feed import ALL_ROWS, Feed, unreadable
from fidelity_engine.stages.load.fields import CANONICAL, Made
from fidelity_engine.stages.load.reasons import Fate


@dataclass
class Staged:
    """One source, staged. `rows`: what stands after FROM; `extras`: field → SQL type.

    The rows have file_no, row_no, content, fate, bad (a bit per field of `checked`), id,
    type, start, day_only, "end", minutes, team, school, participants, grades, status, recorded and x_<field>.
    """

    number: int
    source: str
    spec: SourceSpec
    fields: Mapping[str, Made]
    rows: str
    checked: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    files: tuple[str, ...]
    default_status: str
    columns: tuple[str, ...] = ()
    open_ended: bool = False
    numbered: bool = False
    placed: str = ""                   # the scan that says where rows stand, where it does
    merged: dict[Fate, int] = field(default_factory=dict)
    before: str = ""                   # what `rows` was before rows were merged

    def has(self, name: str) -> bool:
        """Whether the source has the field at all."""
        return name in self.fields

    def of_types(self, rows: str, kinds: Collection[str]) -> str:
        """The rows, those of other types left out early where the file's own column tells the type."""
        made = self.fields.get("type")
        if made is None or not made.as_written or any(kind.isdecimal() for kind in kinds):
            return rows
        return rows.replace(ALL_ROWS, f"where {name(str(made.column))} in ({', '.join(map(text, kinds))})")

    @property
    def timed(self) -> bool:
        """Whether the source tells how long events last."""
        return "end" in self.fields or "minutes" in self.fields

    @property
    def never_day_only(self) -> bool:
        """Whether every start has a time of day."""
        return "start" in self.fields and self.fields["start"].day_only == "false"

    @property
    def numbers_as_ids(self) -> bool:
        """Whether ids are whole numbers, of which a bitmap can be made."""
        return "id" in self.fields and self.fields["id"].sql_type in INTEGERS

    def is_list(self, name: str) -> bool:
        """Whether the field holds several values."""
        return name in self.fields and self.fields[name].type == "list"


def stage(db: Database, number: int, spec: SourceSpec, feed: Feed, fields: Mapping[str, Made], joined: bool = False) -> Staged:
    """Convert the rows; text sources become a table, numbered ones stay a query over the file. `joined`: some fields are looked up."""
    _differ_by_more_than_case(spec, fields)
    own = {field for field in fields if feed.given and field in feed.columns}
    columns = own | {m.column for m in fields.values() if m.column} | set(spec.only) | ({spec.one_event_per, feed.skips} - {None, ""})
    checked = tuple(f for f, m in fields.items() if m.column and m.field not in ("id", "type", "start") and (_can_fail(m) or m.column in feed.bad))
    counted = feed.numbered or joined
    inner = feed.select({column for column in columns if column in feed.columns}, _id_is_derived(spec, fields), counted)
    sql = _canonical(spec, feed, fields, checked, inner, counted)
    rows = f"({sql})"
    if not feed.numbered or spec.one_event_per:
        with db.one_thread() if feed.scattered else nullcontext():
            _create(db, number, spec, sql)
        order = "" if counted else "rowid as row_no, "
        rows = f"(select {order}* from rows_{number})"
    return Staged(
        number, spec.name, spec, fields, rows, checked, tuple(feed.rejected), tuple(feed.files), feed.status,
        tuple(feed.columns), feed.open_ended, feed.numbered, feed.scan if feed.placed else "",
    )


def _differ_by_more_than_case(spec: SourceSpec, fields: Mapping[str, Made]) -> None:
    """Names that only their case tells apart are one name to the engine."""
    for names in (list(fields), [made.column for made in fields.values() if made.column]):
        seen: dict[str, str] = {}
        for one in names:
            other = seen.setdefault(one.casefold(), one)
            if other != one:
                raise FidelityError(f"has `{other}` and `{one}`, which only case tells apart", spec.name, "Rename one of them.")


def _create(db: Database, number: int, spec: SourceSpec, sql: str) -> None:
    try:
        db.run(f"create or replace table rows_{number} as {sql}")
    except DatabaseError as error:
        raise unreadable(spec.name, error) from error


def _can_fail(made: Made) -> bool:
    return made.type not in ("text", "list") or made.field == "status"


def _id_is_derived(spec: SourceSpec, fields: Mapping[str, Made]) -> bool:
    return "id" not in fields and spec.one_event_per is None


def _canonical(spec: SourceSpec, feed: Feed, fields: Mapping[str, Made], checked: tuple[str, ...], inner: str, counted: bool) -> str:
    """SELECT of the canonical columns in layers, so that each expression stands once: cells, values, what follows."""
    order = "row_no, " if counted else ""
    start, group = fields.get("start"), spec.one_event_per
    cells = "".join(f", {made.cell} as {_cell(field)}" for field, made in fields.items())
    cells += f", nullif({name(group)}::varchar, '') as grp" if group else ""
    cells += ', "@whole_row" as whole_row' if _id_is_derived(spec, fields) else ""
    cells += ', "@row_no" as row_no' if counted else ""
    cells += ', "@bad"' if feed.bad else ""
    ours = '"@file_no" as file_no, "@content" as content, "@broken" as broken'
    raw = f"select {ours}, {_skipped(spec, feed)} as skipped{cells} from ({inner})"
    converted = "".join(f", {made.sql} as {_value(field)}" for field, made in fields.items())
    no_start = "" if start else ", null::timestamp as v_start, null as c_start"
    values = f"select *{converted}, {start.day_only if start else 'false'} as day_only{no_start} from ({raw})"
    bad = " | ".join(f"(({_is_bad(f, fields, feed)})::bigint << {i})" for i, f in enumerate(checked)) or "0::bigint"
    extras = "".join(f", {_value(f)} as {name('x_' + f)}" for f in fields if f not in CANONICAL)
    return f"""select file_no, {order}content, {bad} as bad, {_fate(spec, fields, feed)} as fate,
        {_id(spec, fields)} as id, {_type(spec, fields)} as type, v_start as start, day_only, {_end(fields)} as "end",
        {_minutes(fields)} as minutes, {_plain('team', fields)} as team, {_plain('school', fields)} as school,
        {_plain('participants', fields)} as participants, {_plain('grades', fields)} as grades, {_plain('status', fields)} as status,
        {_plain('recorded_at', fields)} as recorded{', grp' if group else ''}{extras}
        from ({values})"""


def _is_bad(field: str, fields: Mapping[str, Made], feed: Feed) -> str:
    """Condition: the field's cell holds something, and that is no value of its type."""
    found = f"{_cell(field)} is not null and {_value(field)} is null"
    column = fields[field].column
    return f'{found} or list_contains("@bad", {text(column)})' if column and column in feed.bad else found


NULLS = {"participants": "VARCHAR[]", "grades": "VARCHAR[]", "recorded_at": "TIMESTAMP"}


def _cell(field: str) -> str:
    return name("c_" + field)


def _value(field: str) -> str:
    return name("v_" + field)


def _plain(field: str, fields: Mapping[str, Made]) -> str:
    return f"v_{field}" if field in fields else f"null::{NULLS.get(field, 'VARCHAR')}"


def _skipped(spec: SourceSpec, feed: Feed) -> str:
    tests = []
    for column, value in spec.only.items():
        if column not in feed.columns and feed.given:
            continue
        cell = f"{name(column)}::varchar" if column in feed.columns else "null"
        tests.append(f"{cell} is distinct from {text(value)}")
    if feed.skips in feed.columns:
        tests.append(f"coalesce({name(feed.skips)}::varchar = 'true', false)")
    return f"({' or '.join(tests)})" if tests else "false"


def _id(spec: SourceSpec, fields: Mapping[str, Made]) -> str:
    if "id" in fields:
        return "v_id"
    return "grp" if spec.one_event_per else "left(md5(whole_row), 16)"


def _type(spec: SourceSpec, fields: Mapping[str, Made]) -> str:
    only = text(spec.delivers[0]) if len(spec.delivers) == 1 else None
    if "type" not in fields:
        return only or "null::varchar"
    return f"coalesce(v_type, {only})" if only and spec.type is None else "v_type"


def _fate(spec: SourceSpec, fields: Mapping[str, Made], feed: Feed) -> str:
    """The code of what is wrong with the row itself, 0 where nothing is."""
    delivered = ", ".join(text(kind) for kind in spec.delivers)
    checks = [("broken", Fate.BROKEN), ("skipped", Fate.SKIPPED)]
    if "id" in fields:
        checks.append(("v_id is null", Fate.NO_ID))
    if spec.one_event_per:
        checks.append(("grp is null", Fate.NO_GROUP))
    checks.append((f"{_type(spec, fields)} is null", Fate.NO_TYPE))
    if "start" in fields and fields["start"].column in feed.bad:
        checks.append((_is_bad("start", fields, feed), Fate.BAD_START))
    checks += [("c_start is null", Fate.NO_START), ("v_start is null", Fate.BAD_START), (f"{_type(spec, fields)} not in ({delivered})", Fate.UNKNOWN_TYPE)]
    if "end" in fields:
        checks.append(("not day_only and v_end < v_start", Fate.ENDS_BEFORE_START))
    if "minutes" in fields:
        checks.append(("v_minutes < 0", Fate.ENDS_BEFORE_START))
    cases = " ".join(f"when {test} then {code.value}" for test, code in checks)
    return f"(case {cases} else 0 end)::tinyint"


def _end(fields: Mapping[str, Made]) -> str:
    """The end as given, else start and minutes; missing where the start is only a date."""
    from_minutes = convert.later("v_start", "v_minutes") if "minutes" in fields else "null::timestamp"
    given = f"coalesce(v_end, {from_minutes})" if "end" in fields else from_minutes
    return f"case when not day_only then {given} end"


def _minutes(fields: Mapping[str, Made]) -> str:
    """Minutes as given, else from start to end, half-even to six places."""
    if "end" not in fields:
        return "v_minutes" if "minutes" in fields else "null::decimal(18,6)"
    micros = "(epoch_us(v_end)::hugeint - epoch_us(v_start))"
    whole, rest = f"({micros} // 60)", f"({micros} % 60)"
    rounded = f"{whole} + case when {rest} > 30 or ({rest} = 30 and {whole} % 2 <> 0) then 1 else 0 end"
    between = f"case when not day_only then try_cast(({rounded})::decimal(18,0) * 0.000001::decimal(7,6) as decimal(18,6)) end"
    return f"coalesce(v_minutes, {between})" if "minutes" in fields else between
