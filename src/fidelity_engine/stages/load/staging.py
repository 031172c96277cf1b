"""The rows of one source with the canonical fields, converted once: `rows_<n>`, or straight from the file where that is cheap."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.plugin.spec import Rejected
from fidelity_engine.stages.load import canonical
from fidelity_engine.stages.load.convert import INTEGERS
from fidelity_engine.stages.load.feed import Feed, only, unreadable
from fidelity_engine.stages.load.fields import Made
from fidelity_engine.stages.load.reasons import Fate


@dataclass(eq=False, repr=False)
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
    counts_lost: bool = False          # whether `lost_<n>` is there (places.py)
    narrow: bool = False               # `rows` is a query over a narrow table (large.py): its content is made when it is asked for
    tells: bool = False                # whether `told_<n>` has the content and the text of the rows that may matter (large.py)

    def has(self, name: str) -> bool:
        """Whether the source has the field at all."""
        return name in self.fields

    def of_types(self, rows: str, kinds: Collection[str]) -> str:
        """The rows, those of other types left out early where the file's own column tells the type."""
        made = self.fields.get("type")
        if made is None or not made.as_written or any(kind.isdecimal() for kind in kinds):
            return rows
        rows = only(rows, f"{name(str(made.column))} in ({', '.join(map(text, kinds))})")
        told = f"{made.cell} as {canonical.cell('type')}"
        return rows.replace(told, f"{text(*kinds)} as {canonical.cell('type')}") if len(kinds) == 1 else rows

    @property
    def read_again(self) -> bool:
        """Whether the rows are cheap to ask for again and again, so that what follows from them is not kept."""
        return (self.numbered or self.narrow) and not self.spec.one_event_per

    @property
    def timed(self) -> bool:
        """Whether the source tells how long events last."""
        return "end" in self.fields or "minutes" in self.fields

    @property
    def never_day_only(self) -> bool:
        """Whether every start has a time of day."""
        return "start" in self.fields and self.fields["start"].day_only == "false"

    @property
    def end_follows(self) -> bool:
        """Whether ends are nothing but starts and minutes."""
        return "end" not in self.fields and self.never_day_only

    @property
    def numbers_as_ids(self) -> bool:
        """Whether ids are whole numbers, of which a bitmap can be made."""
        return "id" in self.fields and self.fields["id"].sql_type in INTEGERS

    def is_list(self, name: str) -> bool:
        """Whether the field holds several values."""
        return name in self.fields and self.fields[name].type == "list"


def stage(
    db: Database, number: int, spec: SourceSpec, feed: Feed, fields: Mapping[str, Made], joined: bool = False, grades: bool = True
) -> Staged:
    """Convert the rows; text sources become a table, numbered ones stay a query over the file.

    `joined`: some fields are looked up; `grades`: they are asked for.
    """
    _differ_by_more_than_case(spec, fields)
    checked = canonical.checked(feed, fields)
    counted = feed.numbered or joined
    asked = grades or spec.one_event_per is not None          # rows that differ in them are no versions of one event
    kept = {field: made for field, made in fields.items() if asked or field != "grades"}
    inner = feed.select(canonical.used(spec, feed, kept), canonical.id_is_derived(spec, fields), counted)
    sql = _canonical(spec, feed, kept, checked, inner, counted)
    rows = f"({sql})"
    if not feed.numbered or spec.one_event_per:
        with db.one_thread() if feed.scattered else nullcontext():
            _create(db, number, spec, sql)
        order = "" if counted else "rowid as row_no, "
        rows = f"(select {order}* from rows_{number})"
    return staged_of(number, spec, feed, fields, rows)


def staged_of(number: int, spec: SourceSpec, feed: Feed, fields: Mapping[str, Made], rows: str, narrow: bool = False) -> Staged:
    """What is known of a source whose rows are staged."""
    return Staged(
        number, spec.name, spec, fields, rows, canonical.checked(feed, fields), tuple(feed.rejected), tuple(feed.files), feed.status,
        tuple(feed.columns), feed.open_ended, feed.numbered, feed.scan if feed.placed else "", narrow=narrow,
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


def _canonical(
    spec: SourceSpec, feed: Feed, fields: Mapping[str, Made], checked: tuple[str, ...], inner: str, counted: bool
) -> str:
    """SELECT of the canonical columns in layers, so that each expression stands once: cells, values, what follows."""
    order = "row_no, " if counted else ""
    start, group = fields.get("start"), spec.one_event_per
    cells = "".join(f", {made.cell} as {canonical.cell(field)}" for field, made in fields.items())
    cells += f", nullif({name(group)}::varchar, '') as grp" if group else ""
    cells += ', "@whole_row" as whole_row' if canonical.id_is_derived(spec, fields) else ""
    cells += ', "@row_no" as row_no' if counted else ""
    cells += ', "@bad"' if feed.bad else ""
    ours = '"@file_no" as file_no, "@content" as content, "@broken" as broken'
    raw = f"select {ours}, {canonical.skipped(spec, feed)} as skipped{cells} from ({inner})"
    converted = "".join(f", {made.sql} as {canonical.value(field)}" for field, made in fields.items())
    no_start = "" if start else ", null::timestamp as v_start, null as c_start"
    values = f"select *{converted}, {start.day_only if start else 'false'} as day_only{no_start} from ({raw})"
    bad = " | ".join(f"(({canonical.is_bad(f, fields, feed)})::bigint << {i})" for i, f in enumerate(checked)) or "0::bigint"
    starts = [(canonical.is_bad("start", fields, feed), Fate.BAD_START)] if start and start.column in feed.bad else []
    starts += [("c_start is null", Fate.NO_START), ("v_start is null", Fate.BAD_START)]
    return f"""select file_no, {order}content, {bad} as bad, {canonical.fate(spec, fields, starts)} as fate,
        {canonical.id_of(spec, fields)} as id, {canonical.selected(spec, fields)} from ({values})"""
