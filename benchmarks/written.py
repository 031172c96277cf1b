"""The same district, written as other districts write theirs: what that costs, and whether the verdicts are the same.

    python -m benchmarks.written [--size S|M|L] [--rules rules_five|rules_25] [--reps 3]

`plain` is the district of `benchmarks.make`: whole numbers as ids, lists as lists, a calendar by name. Each other form changes one
thing. Runs in turn, rules on trial, no file of verdicts; then the cells of each form are counted by rule, window and verdict.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks import startup
from benchmarks.compare import RESULTS, keep
from benchmarks.make import BY_SCHOOL, ensure
from benchmarks.processes import in_turn, once, told

LISTS = ("schools", "teams", "staff", "members", "calendar", "terms")
TEXTS = {
    "events": "'e' || event_id as event_id, 't' || team_id as team_id, list_transform(participants, lambda p: 'p' || p) as participants",
    "teams": "'t' || team as team", "staff": "'p' || staff as staff", "members": "'t' || team as team, 'p' || staff as staff",
}
SPLIT = {"events": "array_to_string(participants, ';') as participants, array_to_string(grades, ';') as grades"}
ISO = {"events": "strftime(start_local, '%Y-%m-%dT%H:%M:%S') as start_local"}
IN_UTC = {"events": "timezone('UTC', timezone('America/Detroit', start_local)) as start_local"}
HIRED = {"staff": """greatest("from", date '2025-08-01') as "from" """}
FORMS: dict[str, dict[str, str]] = {
    "plain": {}, "ids are texts": TEXTS, "lists are texts": SPLIT, "starts are texts": ISO, "starts in UTC": IN_UTC,
    "calendar by school": {}, "hired this year": HIRED, "two zones": {}, "some rows wrong": {},
}
"""Form → listing → columns in place of the plain ones."""
OTHERS = ("two zones", "lists are texts")
"""Forms that say something else, so that verdicts differ: an empty list is a missing text."""
WRONG = """select * from {0} where event_id % 10000 = 7
    union all select * replace (null as start_local, -event_id as event_id) from {0} where event_id % 10000 = 9"""
"""Rows that stand twice, and rows without a start: two in ten thousand."""
COUNTED = "select rule, window_start, verdict, reason, count(*) from read_parquet('{}') group by all order by all"


def write(data: Path, folder: Path, form: str) -> None:
    """The district in another form."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "events").mkdir(parents=True)
    db = duckdb.connect()
    changed = FORMS[form]
    for path in sorted((data / "events").glob("*.parquet")):
        _copy(db, f"select * {_replaced(changed, 'events')} from read_parquet('{path}')", folder / "events" / path.name)
    for listing in LISTS:
        _copy(db, f"select * {_replaced(changed, listing)} from read_parquet('{data}/{listing}.parquet')", folder / f"{listing}.parquet")
    if form == "calendar by school":
        db.execute(f"create table calendar as from read_parquet('{data}/calendar.parquet')")
        schools = f"from read_parquet('{data}/schools.parquet')"
        _copy(db, BY_SCHOOL.format(schools=schools), folder / "calendar.parquet")
        _copy(db, f"select school {schools}", folder / "schools.parquet")
    if form == "some rows wrong":
        _copy(db, WRONG.format(f"read_parquet('{data}/events/*.parquet')"), folder / "events" / "part-9999.parquet")
    if form == "two zones":
        zone = "case when hash(school) % 2 = 0 then 'America/Chicago' end as timezone"
        _copy(db, f"select *, {zone} from read_parquet('{data}/schools.parquet')", folder / "schools.parquet")
    for rules in data.glob("rules_*.yaml"):
        written = rules.read_text()
        if form == "starts in UTC":
            written = written.replace("read: events/*.parquet", "read: events/*.parquet\n    timezone: UTC")
        (folder / rules.name).write_text(written)


def _replaced(changed: dict[str, str], listing: str) -> str:
    return f"replace ({changed[listing]})" if listing in changed else ""


def _copy(db: duckdb.DuckDBPyConnection, sql: str, target: Path) -> None:
    db.execute(f"copy ({sql}) to '{target}' (compression zstd, row_group_size 122880)")


def race(size: str, rules: str, reps: int, say: Callable[[str], None] = print) -> bool:
    """Time all forms in turn; whether those that should gave the same."""
    data, made = ensure(size).absolute(), (RESULTS / f"written-{size}").absolute()
    folders = {form: made / form.replace(" ", "-") for form in FORMS}
    for form, folder in folders.items():
        write(data, folder, form)
    runs = {form: [startup.FIDELITY, "run", str(folder / f"{rules}_trial.yaml"), "--no-store", "--format", "jsonl"] for form, folder in folders.items()}
    took = in_turn(runs, reps)
    same = True
    for form, one in took.items():
        verdicts = folders[form] / "verdicts.parquet"
        once([*runs[form], "--verdicts", str(verdicts)])
        equal = duckdb.sql(COUNTED.format(verdicts)).fetchall() == duckdb.sql(COUNTED.format(folders["plain"] / "verdicts.parquet")).fetchall()
        same &= equal or form in OTHERS
        seen = "its own verdicts" if form in OTHERS else "same verdicts" if equal else "VERDICTS DIFFER"
        say(f"  {form:20} {told(one)}  cpu / plain {one.cpu_seconds / took['plain'].cpu_seconds:.2f}  {seen}")
    keep(f"written {size} {rules}", took, equal=same)
    shutil.rmtree(made)
    return same


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="M", choices=("S", "M", "L"))
    parser.add_argument("--rules", default="rules_five", choices=("rules_five", "rules_25"))
    parser.add_argument("--reps", type=int, default=3)
    said = parser.parse_args()
    print(f"{said.size}, {said.rules}: medians of {said.reps} runs each in turn")
    raise SystemExit(0 if race(said.size, said.rules, said.reps) else 1)


if __name__ == "__main__":
    main()
