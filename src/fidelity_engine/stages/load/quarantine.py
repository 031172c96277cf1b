"""The quarantined rows themselves: kept as files in the engine's own folder, and written only when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from fidelity_engine.db import Database, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load.large import prepare_texts
from fidelity_engine.stages.load.lines import broken_lines
from fidelity_engine.stages.load.linking import same_row
from fidelity_engine.stages.load.papers import create
from fidelity_engine.stages.load.places import with_places
from fidelity_engine.stages.load.reasons import REASONS, Fate
from fidelity_engine.stages.load.weighing import Weighed

COLUMNS = {"source": "VARCHAR", "place": "VARCHAR", "row": "BIGINT", "reason": "VARCHAR", "sentence": "VARCHAR", "raw": "VARCHAR"}


def keep_rows(db: Database, weighed: Sequence[Weighed]) -> None:
    """Keep the quarantined rows of each source as they were in the file; `put_aside` was called for it."""
    create(db, "quarantine_kept", {"file": "VARCHAR"}, [])
    for one in (w for w in weighed if w.quarantined):
        path = db.outbox / f"quarantined-{one.staged.number}.parquet"
        with db.in_order() if one.staged.narrow else nullcontext():
            if one.staged.narrow and one.odd and not (one.staged.tells or one.again):          # else it was tried for the ids that stand twice
                prepare_texts(db, one.staged, one.feed, f"select id from odd_{one.staged.number}")
            db.run(f"copy ({_kept(db, one)}) to {text(str(path))} (format parquet)")
        db.run("insert into quarantine_kept values ($path)", {"path": str(path)})


def put_aside(db: Database, weighed: Weighed) -> str:
    """Make `quarantined_<n>` (file_no, row_no, fate, content) of all rows in quarantine but those that the reader rejected; gives its name."""
    n, fates = weighed.staged.number, ", ".join(str(fate.value) for fate in REASONS)
    content = "null" if weighed.staged.numbered or weighed.staged.narrow else "content"          # which takes all columns of all rows
    rows = f"select file_no, row_no, fate, {content} as content from {weighed.odd or weighed.rows} where fate in ({fates})"
    if weighed.staged.spec.one_event_per:
        rows += f""" union all select m.file_no, m.row_no, m.fate, {content} from merged_{n} m
            join {weighed.staged.before} r on {same_row('r', 'm')} where m.fate in ({fates})"""
    db.run(f"create or replace table quarantined_{n} as {rows}")
    return f"quarantined_{n}"


def _kept(db: Database, weighed: Weighed) -> str:
    """SELECT of the columns that a quarantine file has. The row's text is found again by its content, or its number."""
    staged = weighed.staged
    source = text(staged.source)
    words = {code: " ".join(f"when {fate.value} then {text(said[code])}" for fate, said in REASONS.items()) for code in (0, 1)}
    rows = with_places(db, staged, f"from quarantined_{staged.number}")
    lines, raw = "", "w.raw"
    if weighed.feed.lines and weighed.counts.get(Fate.BROKEN):
        lines = f" left join {broken_lines(db, staged.number, weighed.feed.lines, rows)} l on l.file_no = q.file_no and l.row = q.row"
        raw = "coalesce(l.raw, w.raw) as raw"
    found = f"""select {source} as source, q.place, q.row, case q.fate {words[0]} end as reason, case q.fate {words[1]} end as sentence, {raw}
        from ({rows}) q left join {_raw(weighed)}{lines}"""
    if staged.rejected:
        listed = [(staged.source, r.path, r.row, r.reason, r.sentence, r.raw) for r in staged.rejected]
        create(db, f"rejected_{staged.number}", COLUMNS, listed)
        found += f" union all select * from rejected_{staged.number}"
    return found


def _raw(weighed: Weighed) -> str:
    """What is joined for the rows' text. Where rows have numbers in the file, only these are read again."""
    staged, feed = weighed.staged, weighed.feed
    if staged.narrow and not weighed.odd:          # all of them were rejected by the reader
        return "(select null::bigint as row_no, null::varchar as raw where false) w on w.row_no = q.row_no"
    rows, found = f"quarantined_{staged.number}", '"@whole_row" as raw'
    if staged.numbered:
        return f"""(select "@file_no" as file_no, "@row_no" as row_no, {found} from ({feed.select((), True)})
              where "@row_no" in (select row_no from {rows})) w on {same_row('w', 'q')}"""
    if staged.tells:
        return f"(select rowid as row_no, raw from told_{staged.number} where raw is not null) w on w.row_no = q.row_no"
    if staged.narrow:
        return f"""(select "@row_no" as row_no, {found} from ({feed.select((), True, True)}) where "@row_no" in (select row_no from {rows})) w
            on w.row_no = q.row_no"""
    return f"""(select "@file_no" as file_no, "@content" as content, any_value("@whole_row") as raw from ({feed.select((), True)})
          where "@content" in (select content from {rows}) group by all) w on w.file_no = q.file_no and w.content = q.content"""


def write_quarantine(db: Database, path: Path) -> int:
    """Write every quarantined row with place, reason and its raw text to a CSV file; gives their number. FidelityError where they were not kept."""
    if not db.one("select count(*) from duckdb_tables() where table_name = 'quarantine_kept'"):
        raise FidelityError("the rows in quarantine were not kept", "quarantine_write", "Evaluate with keep_quarantine=True.")
    files = [row[0] for row in db.rows("select file from quarantine_kept order by file")]
    listed = ", ".join(text(file) for file in files)
    columns = ", ".join(COLUMNS)
    nothing = ", ".join(f"null::{kind} as {column}" for column, kind in COLUMNS.items())
    rows = f"read_parquet([{listed}])" if files else f"(select {nothing} where false)"
    guarded = ", ".join(_guarded(column) if kind == "VARCHAR" else column for column, kind in COLUMNS.items())
    db.run(f"""copy (select {guarded} from (select {columns} from {rows}) order by source, place, row, reason)
        to {text(str(path))} (format csv, header)""")
    return int(db.one(f"select count(*) from {rows}") or 0)


def _guarded(column: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"case when regexp_matches({column}, '^[=+@\\t\\r-]') then '''' || {column} else {column} end as {column}"
