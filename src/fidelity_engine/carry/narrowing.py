"""Reading a source in part: its new and odd rows, and those that lie in the region.

Of rows that are plain, and stand in files that are as they were, it is known what becomes of them: they are accepted. So
those outside the region need not be read: how many they are, and of which places, was counted by the last run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from fidelity_engine.carry.places import touch
from fidelity_engine.db import Database, day, name, text
from fidelity_engine.stages.load.feed import ALL_ROWS
from fidelity_engine.stages.load.linking import linked
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.weighing import Weighed


@dataclass(frozen=True)
class Part:
    """A source that is read in part. `new`: numbers of its files that the last run did not see."""

    staged: Staged
    new: Collection[int]

    @property
    def number(self) -> int:
        """The number of the source."""
        return self.staged.number


class Span(NamedTuple):
    """Events of a type from a day on."""

    type: str
    since: date

    def sql(self, kind: str | None, start: str) -> str:
        """The condition. `kind`: the column of the type; None where all rows are of one."""
        return f"({start} >= {day(self.since)}{f' and {kind} = {text(self.type)}' if kind else ''})"


def can_be_parted(staged: Staged) -> bool:
    """Whether rows can be read again at will, and each is of one school."""
    return staged.numbered and staged.spec.one_event_per is None and not staged.is_list("team") and not staged.is_list("school") and not staged.rejected


def reads(staged: Staged, files: Sequence[Path]) -> bool:
    """Whether the rows come straight from these files, in this order, so that files that are the same have the same rows."""
    return bool(files) and f"read_parquet([{', '.join(text(str(path)) for path in files)}]" in staged.rows


def look(db: Database, part: Part) -> None:
    """Make `fresh_<n>`, the rows that are looked at in any case, and note in `touched` where they differ from before.

    Reads `former_odd`: the odd rows of the last run, with the numbers that their files have now.
    """
    n, rows = part.number, part.staged.rows
    new = f"file_no in ({', '.join(map(str, part.new))})" if part.new else "false"
    come = f"{rows.replace(ALL_ROWS, f'where {new}'.replace('file_no', 'file_index'))}"
    odd = f"(select file_no, row_no, late from former_odd where source_no = {n})"
    late = f"select r.id from {rows} r join (select file_no, row_no from {odd} where late) o on o.file_no = r.file_no and o.row_no = r.row_no"
    db.run(f"""create or replace temp table named_{n} as select distinct id from (select id from {come} where {new}
        {f'union all {late}' if db.one(f'select count(*) from {odd} where late') else ''}) where id is not null""")
    found = [f"select * from {come} where {new}"] if part.new else []
    if db.one(f"select count(*) from named_{n}"):
        found.append(f"select r.* from {_with_ids(part.staged, f'named_{n}')} r where r.id in (select id from named_{n}) and not ({new})")
    if db.one(f"select count(*) from {odd}"):
        found.append(f"select r.* from {rows} r semi join {odd} o on o.file_no = r.file_no and o.row_no = r.row_no")
    every = " union all by name ".join(found or [f"select * from {rows} where false"])
    db.run(f"create or replace table rows_{n} as select distinct on (file_no, row_no) * from ({every})")
    staged = replace(part.staged, rows=f"rows_{n}")
    touch(db, staged, linked(staged), f"{new.replace('file_no', 'r.file_no')} or r.id in (select id from named_{n})")


def narrowed(db: Database, part: Part) -> Staged:
    """The source with the rows in the region beside the fresh ones."""
    n, staged = part.number, part.staged
    spans = [Span(kind, since) for kind, since in db.rows("select type, min(since) from region where school_no > 0 group by all order by all")
             if kind in staged.spec.delivers]
    if spans:
        columns = ", ".join(f"r.{name(column)}" for column in db.columns(f"rows_{n}"))
        some = replace(staged, rows=f"(select * from {_rows(staged, spans)} r where {_either(spans)})")
        db.run(f"""insert into rows_{n} by name select {columns} from ({linked(some)}) r
            join region g on g.type = r.type and g.school_no = r.school_no and r.start::date >= g.since
            anti join rows_{n} f on f.file_no = r.file_no and f.row_no = r.row_no""")
    return replace(staged, rows=f"rows_{n}")


def _with_ids(staged: Staged, named: str) -> str:
    """The rows, as what stands after FROM; those without one of the ids left out early where ids are the file's own numbers."""
    id = staged.fields.get("id")
    if id is None or id.column is None or (id.cell, id.sql) != (name(id.column), '"c_id"::bigint'):
        return staged.rows
    return staged.rows.replace(ALL_ROWS, f"where {name(id.column)} in (select id from {named})")


def _rows(staged: Staged, spans: Sequence[Span]) -> str:
    """The rows, as what stands after FROM; others left out early where the file's own columns tell."""
    kind, start = staged.fields.get("type"), staged.fields["start"]
    told = start.column is not None and (start.cell, start.sql) == (name(start.column), '"c_start"::timestamp')
    if not told or (kind is not None and not kind.as_written) or any(span.type.isdecimal() for span in spans):
        return staged.rows
    raw = name(str(kind.column)) if kind is not None else None
    return staged.rows.replace(ALL_ROWS, f"where {_either(spans, raw, name(str(start.column)))}")


def _either(spans: Sequence[Span], kind: str | None = "r.type", start: str = "r.start") -> str:
    return "(" + " or ".join(span.sql(kind, start) for span in spans) + ")"


def completed(db: Database, weighed: Weighed) -> Weighed:
    """The source with the rows that were not read counted as accepted."""
    rest = int(db.one(f"select coalesce(sum(plain), 0) from quiet_place where source_no = {weighed.staged.number}") or 0)
    return weighed._replace(counts={**weighed.counts, Fate.ACCEPTED: weighed.counts.get(Fate.ACCEPTED, 0) + rest})
