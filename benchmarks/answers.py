"""Whether the engine and the hand-tuned SQL say the same, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from benchmarks.reference import RULES

BESIDE = """
    select coalesce(e.subject, r.subject) as subject, coalesce(e.window_start, r.window_start) as window_start,
      e.numerator as ours, r.numerator as theirs, e.denominator as our_parts, r.denominator as their_parts,
      e.verdict as our_verdict, r.verdict as their_verdict
    from (select subject, window_start::date as window_start, case when value is not null then coalesce(numerator, value) end as numerator,
            case when value is not null then coalesce(denominator, 1) end as denominator, verdict
          from read_parquet('{verdicts}') where rule = '{rule}') e
    full join (select subject::varchar as subject, window_start, numerator,
            case when numerator is not null then denominator end as denominator, verdict
          from read_parquet('{reference}/{rule}/*.parquet')) r
      on e.subject = r.subject and e.window_start = r.window_start"""

APART = "ours is distinct from theirs or our_parts is distinct from their_parts or our_verdict is distinct from their_verdict"


def differences(verdicts: Path, reference: Path, rules: Iterable[str] = RULES) -> dict[str, tuple[int, int, list[tuple[object, ...]]]]:
    """Rule → cells, cells that differ, the first five of these."""
    db = duckdb.connect()
    db.execute("set enable_progress_bar = false")
    found = {}
    for rule in rules:
        db.execute(f"create or replace temp table beside as {BESIDE.format(verdicts=verdicts, reference=reference, rule=rule)}")
        ((cells, wrong),) = db.execute(f"select count(*), count(*) filter ({APART}) from beside").fetchall()
        shown = db.execute(f"select * from beside where {APART} order by all limit 5").fetchall()
        found[rule] = (cells, wrong, shown)
    return found
