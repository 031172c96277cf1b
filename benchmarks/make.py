"""Makes a district in the engine's own input formats.

    python -m benchmarks.make S|M|L|XL [--to FOLDER] [--school-rows]

S has 20 schools and about 20 thousand events, M one million, L ten, XL a hundred. Events are Parquet files of whole
schools, sorted by team, then time; S and M have them as CSV too. `--school-rows` writes the calendar school by school
in place of ten named calendars.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

import duckdb

from benchmarks import days, shape

SIZES = {"S": 20, "M": 1_000, "L": 10_000, "XL": 100_000}
SCHOOLS_PER_FILE = 2_000
HERE = Path(__file__).parent
DATA = HERE / "data"
ROSTER = {
    "schools": "select school, 'c' || calendar as calendar from school order by school",
    "teams": "select team, school, 'grade-level' as kind, printf('%02d', grade) as grades from team order by team",
    "staff": 'select staff, school, roles, "from", until from staff order by staff',
    "members": "select team, staff from staff order by team, staff",
    "terms": 'select term, "from", until from term',
    "calendar": "select * from calendar",
}
BY_SCHOOL = "select date, school, kind, day_start, day_end from calendar join ({schools}) using (calendar) order by school, date"


def make(size: str, folder: Path, school_rows: bool = False) -> int:
    """Write the district and say how many events it has. It stands under its name only when it is complete."""
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "events").mkdir(parents=True)
    db = duckdb.connect()
    db.execute(f"set temp_directory = '{draft}/spill'")
    db.execute("set enable_progress_bar = false")
    db.execute(shape.MACROS)
    written = _events(db, draft, SIZES[size])
    _listings(db, draft, school_rows)
    if size in ("S", "M"):
        db.execute(f"""copy (select * replace (array_to_string(grades, ';') as grades, array_to_string(participants, ';') as participants)
            from read_parquet('{draft}/events/*.parquet')) to '{draft}/events.csv' (header)""")
    _rules(draft)
    shutil.rmtree(draft / "spill", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return written


def _events(db: duckdb.DuckDBPyConnection, folder: Path, schools: int) -> int:
    """The event files, one for each so many schools; leaves school, team and staff of all of them in `db`."""
    written = 0
    for part, first in enumerate(range(1, schools + 1, SCHOOLS_PER_FILE)):
        last = min(schools, first + SCHOOLS_PER_FILE - 1)
        for sql in (shape.SCHOOLS.format(first=first, last=last), shape.TEAMS, shape.STAFF):
            db.execute(sql)
        target = folder / "events" / f"part-{part:04d}.parquet"
        db.execute(f"copy ({shape.events(written + 1, days.END.isoformat())}) to '{target}' (compression zstd, row_group_size 122880)")
        written += db.execute(f"select count(*) from read_parquet('{target}')").fetchall()[0][0]
        for table in ("school", "team", "staff"):
            db.execute(f"create table if not exists {table} as from {table}_now limit 0")
            db.execute(f"insert into {table} from {table}_now")
    return written


def _listings(db: duckdb.DuckDBPyConnection, folder: Path, school_rows: bool) -> None:
    """Roster and calendar, each as Parquet and as CSV."""
    _table(db, "calendar", 'calendar varchar, "date" date, kind varchar, day_start varchar, day_end varchar', list(days.rows()))
    _table(db, "term", 'term varchar, "from" date, until date', list(days.TERMS))
    listings = ROSTER | ({"calendar": BY_SCHOOL.format(schools=ROSTER["schools"])} if school_rows else {})
    if school_rows:
        listings["schools"] = "select school from school order by school"
    for listing, sql in listings.items():
        for form in ("parquet", "csv"):
            db.execute(f"copy ({sql}) to '{folder}/{listing}.{form}'")


def _table(db: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    db.execute(f"create table {table} ({columns})")
    lists = [list(column) for column in zip(*rows, strict=True)]
    db.execute(f"insert into {table} select {', '.join(['unnest(?)'] * len(lists))}", lists)


def _rules(folder: Path) -> None:
    """The rule files beside the data; `*_csv` reads the CSV files, `*_trial` has all rules on trial: cells, no findings."""
    for rules in ("rules_five", "rules_25"):
        text = (HERE / f"{rules}.yaml").read_text()
        for form, written in {"": text, "_csv": text.replace("events/*.parquet", "events.csv").replace(".parquet", ".csv")}.items():
            (folder / f"{rules}{form}.yaml").write_text(written)
            (folder / f"{rules}{form}_trial.yaml").write_text(written.replace("\n    title:", "\n    mode: trial\n    title:"))


def ensure(size: str) -> Path:
    """The folder of a district under benchmarks/data, made when missing."""
    folder = DATA / size
    if not folder.exists():
        began = time.perf_counter()
        print(f"making {size} ...", flush=True)
        print(f"{make(size, folder):,} events in {time.perf_counter() - began:.0f} s", flush=True)
    _rules(folder)
    return folder


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--school-rows", action="store_true")
    said = parser.parse_args()
    folder = said.to or DATA / said.size
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"{make(said.size, folder, said.school_rows):,} events in {folder}")


if __name__ == "__main__":
    main()
