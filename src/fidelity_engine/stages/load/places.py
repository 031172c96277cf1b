"""Where rows of a source stand: the file and the number of the data row in it, or what the reader says of each row."""

from __future__ import annotations

from fidelity_engine.db import Database, text
from fidelity_engine.stages.load.papers import create
from fidelity_engine.stages.load.staging import Staged


def with_places(db: Database, staged: Staged, rows: str) -> str:
    """SELECT of rows with `place` and `row` besides: 1-based, the header not counted, unreadable rows counted."""
    n = staged.number
    if staged.placed:
        db.run(f"create or replace table place_{n} as select place, row from {staged.placed}")
        return f"select r.*, coalesce(p.place, {text(staged.source)}) as place, p.row from ({rows}) r join place_{n} p on p.rowid = r.row_no"
    several = len(staged.files) > 1 and not staged.numbered
    if several:
        db.run(f"create or replace table begin_{n} as select file_no, min(row_no) as before from {staged.before or staged.rows} group by 1")
    first = f"left join begin_{n} b on b.file_no = r.file_no" if several else ""
    numbered = f"select r.*, r.row_no - {'b.before' if several else '0'} + 1 as nth from ({rows}) r {first}"
    files = ", ".join(text(file) for file in staged.files)
    place = f"coalesce(([{files}])[p.file_no + 1], {text(staged.source)})" if files else text(staged.source)
    if not staged.rejected:
        return f"select p.*, {place} as place, p.nth as row from ({numbered}) p"
    if not staged.counts_lost:
        _lost(db, staged)
        staged.counts_lost = True
    return f"""select p.*, {place} as place, p.nth + coalesce(l.lost, 0) as row from ({numbered}) p
        asof left join lost_{n} l on l.file_no = p.file_no and p.nth > l.before"""


def _lost(db: Database, staged: Staged) -> None:
    """`lost_<n>`: how many rows of a file were unreadable, and how many readable ones stand before the last of them."""
    files = {file: place for place, file in enumerate(staged.files)}
    last: dict[tuple[int, int], int] = {}
    seen: dict[int, int] = {}
    for rejected in sorted(staged.rejected, key=lambda r: (files.get(r.path, 0), r.row)):
        file_no = files.get(rejected.path, 0)
        seen[file_no] = seen.get(file_no, 0) + 1
        last[file_no, rejected.row - seen[file_no]] = seen[file_no]
    rows = [(*key, lost) for key, lost in last.items()]
    create(db, f"lost_{staged.number}", {"file_no": "INTEGER", "before": "BIGINT", "lost": "BIGINT"}, rows)
