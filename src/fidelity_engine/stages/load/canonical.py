"""The columns that all staged rows have, as SQL over what was made of each field: its cell `c_<field>`, its value `v_<field>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fidelity_engine.db import name, text
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.stages.load import convert
from fidelity_engine.stages.load.feed import Feed
from fidelity_engine.stages.load.fields import Made
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.where import CANONICAL

Fields = Mapping[str, Made]
NULLS = {"participants": "VARCHAR[]", "grades": "VARCHAR[]", "recorded_at": "TIMESTAMP"}


def cell(field: str) -> str:
    """The column that holds a field's cell."""
    return name("c_" + field)


def value(field: str) -> str:
    """The column that holds a field's value."""
    return name("v_" + field)


def checked(feed: Feed, fields: Fields) -> tuple[str, ...]:
    """The fields that may hold what is no value of their type; in `id`, `type` and `start` that is the whole row's fate."""
    return tuple(f for f, m in fields.items() if m.column and f not in ("id", "type", "start") and (m.can_fail or m.column in feed.bad))


def used(spec: SourceSpec, feed: Feed, fields: Fields) -> set[str]:
    """The source's own columns that are asked for."""
    own = {field for field in fields if feed.given and field in feed.columns}
    found = own | {m.column for m in fields.values() if m.column} | set(spec.only) | ({spec.one_event_per, feed.skips} - {None, ""})
    return {column for column in found if column in feed.columns}


def selected(spec: SourceSpec, fields: Fields) -> str:
    """What stands in SELECT after file_no, row_no, content, bad, fate and id."""
    extras = "".join(f", {value(f)} as {name('x_' + f)}" for f in fields if f not in CANONICAL)
    return f"""{type_of(spec, fields)} as type, v_start as start, day_only, {_end(fields)} as "end",
        {_minutes(fields)} as minutes, {_plain('team', fields)} as team, {_plain('school', fields)} as school,
        {_plain('participants', fields)} as participants, {_plain('grades', fields)} as grades, {_plain('status', fields)} as status,
        {_plain('recorded_at', fields)} as recorded{', grp' if spec.one_event_per else ''}{extras}"""


def is_bad(field: str, fields: Fields, feed: Feed) -> str:
    """Condition: the field's cell holds something, and that is no value of its type."""
    found = f"{cell(field)} is not null and {value(field)} is null"
    column = fields[field].column
    return f'{found} or list_contains("@bad", {text(column)})' if column and column in feed.bad else found


def _plain(field: str, fields: Fields) -> str:
    return f"v_{field}" if field in fields else f"null::{NULLS.get(field, 'VARCHAR')}"


def skipped(spec: SourceSpec, feed: Feed) -> str:
    """Condition: the row belongs to another source, or says itself that it is no event."""
    tests = []
    for column, wanted in spec.only.items():
        if column not in feed.columns and feed.given:
            continue
        found = f"{name(column)}::varchar" if column in feed.columns else "null"
        tests.append(f"{found} is distinct from {text(wanted)}")
    if feed.skips in feed.columns:
        tests.append(f"coalesce({name(feed.skips)}::varchar = 'true', false)")
    return f"({' or '.join(tests)})" if tests else "false"


def id_is_derived(spec: SourceSpec, fields: Fields) -> bool:
    """Whether ids come from the rows' content."""
    return "id" not in fields and spec.one_event_per is None


def id_of(spec: SourceSpec, fields: Fields) -> str:
    """The id of the event."""
    if "id" in fields:
        return "v_id"
    return "grp" if spec.one_event_per else "left(md5(whole_row), 16)"


def type_of(spec: SourceSpec, fields: Fields) -> str:
    """The type of the event."""
    only = text(spec.delivers[0]) if len(spec.delivers) == 1 else None
    if "type" not in fields:
        return only or "null::varchar"
    return f"coalesce(v_type, {only})" if only and spec.type is None else "v_type"


def fate(spec: SourceSpec, fields: Fields, starts: Sequence[tuple[str, object]]) -> str:
    """The code of what is wrong with the row itself, 0 where nothing is. `starts`: conditions about its start, with their codes."""
    kind = type_of(spec, fields)
    unknown = " and ".join(f"{kind} <> {text(one)}" for one in spec.delivers)         # soon told of most rows, as a list is not
    checks: list[tuple[str, object]] = [("broken", Fate.BROKEN), ("skipped", Fate.SKIPPED)]
    if "id" in fields:
        checks.append(("v_id is null", Fate.NO_ID))
    if spec.one_event_per:
        checks.append(("grp is null", Fate.NO_GROUP))
    checks += [(f"{kind} is null", Fate.NO_TYPE), *starts, (unknown, Fate.UNKNOWN_TYPE)]
    if "end" in fields:
        checks.append(("not day_only and v_end < v_start", Fate.ENDS_BEFORE_START))
    if "minutes" in fields:
        checks.append(("v_minutes < 0", Fate.ENDS_BEFORE_START))
    cases = " ".join(f"when {test} then {code.value if isinstance(code, Fate) else code}" for test, code in checks)
    return f"(case {cases} else 0 end)::tinyint"


def _end(fields: Fields) -> str:
    """The end as given, else start and minutes; missing where the start is only a date."""
    from_minutes = convert.later("v_start", "v_minutes") if "minutes" in fields else "null::timestamp"
    given = f"coalesce(v_end, {from_minutes})" if "end" in fields else from_minutes
    return f"case when not day_only then {given} end"


def _minutes(fields: Fields) -> str:
    """Minutes as given, else from start to end, half-even to six places."""
    if "end" not in fields:
        return "v_minutes" if "minutes" in fields else "null::decimal(18,6)"
    micros = "(epoch_us(v_end)::hugeint - epoch_us(v_start))"
    whole, rest = f"({micros} // 60)", f"({micros} % 60)"
    rounded = f"{whole} + case when {rest} > 30 or ({rest} = 30 and {whole} % 2 <> 0) then 1 else 0 end"
    between = f"case when not day_only then try_cast(({rounded})::decimal(18,0) * 0.000001::decimal(7,6) as decimal(18,6)) end"
    return f"coalesce(v_minutes, {between})" if "minutes" in fields else between
