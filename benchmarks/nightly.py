"""Incremental runs: a night on which one event in a hundred is new, in full and carried over, with equal bytes.

    python -m benchmarks.nightly [--size S|M|L] [--reps 3] [--findings]

The district of `benchmarks.make`, as of a day in May; then with a file of the next two school days beside it, as of the second. Both
kinds of run keep a store of their own, and write every verdict to a file. Rules are on trial unless `--findings`.
"""

from __future__ import annotations

import argparse
import shutil
from datetime import date
from pathlib import Path

import duckdb

from benchmarks import startup
from benchmarks.compare import RESULTS, keep
from benchmarks.make import ensure
from benchmarks.processes import Took, once, summed, told

FIRST, SECOND = date(2026, 5, 12), date(2026, 5, 14)
"""The days of both runs: about one event in a hundred lies between them."""


def prepare(data: Path, folder: Path, form: str) -> float:
    """A copy of the district up to the first day, and the events until the second one aside; gives their share."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "events").mkdir(parents=True)
    for path in data.glob("*.parquet"):
        shutil.copyfile(path, folder / path.name)
    db = duckdb.connect()
    files = f"read_parquet('{data}/events/*.parquet')"
    late = f"start_local::date > date '{FIRST}'"
    for path in sorted((data / "events").glob("*.parquet")):
        db.execute(f"""copy (from read_parquet('{path}') where not ({late}))
            to '{folder / 'events' / path.name}' (compression zstd, row_group_size 122880)""")
    db.execute(f"copy (from {files} where {late} and start_local::date <= date '{SECOND}') to '{folder / 'night.parquet'}' (compression zstd)")
    text = (data / f"rules_five{form}.yaml").read_text()
    (folder / "rules.yaml").write_text(text)
    share = f"count(*) filter ({late}) / count(*)"
    return float(db.execute(f"select {share} from {files} where start_local::date <= date '{SECOND}'").fetchall()[0][0])


def run(folder: Path, as_of: date, store: str, *more: str) -> Took:
    """One night."""
    verdicts = folder / f"{store}.parquet"
    return once([startup.FIDELITY, "run", str(folder / "rules.yaml"), "--as-of", as_of.isoformat(), "--store", str(folder / store), "--format", "jsonl",
                 "--output", str(folder / f"{store}.jsonl"), "--verdicts", str(verdicts), *more])


def nights(size: str, reps: int, form: str) -> bool:
    """Both kinds of run, in turn; whether they gave the same."""
    data, folder = ensure(size), (RESULTS / f"nightly-{size}").absolute()
    new = prepare(data.absolute(), folder, form)
    began = {store: run(folder, FIRST, store, *more) for store, more in (("full", ()), ("carried", ("--incremental",)))}
    shutil.move(folder / "night.parquet", folder / "events" / "part-9999.parquet")
    for store in began:
        shutil.copytree(folder / store, folder / f"{store}-before")
    found: dict[str, list[Took]] = {"full": [], "carried": []}
    for _ in range(reps):
        for store, more in (("full", ()), ("carried", ("--incremental",))):
            shutil.rmtree(folder / store)
            shutil.copytree(folder / f"{store}-before", folder / store)
            found[store].append(run(folder, SECOND, store, *more))
    equal = (folder / "full.parquet").read_bytes() == (folder / "carried.parquet").read_bytes()
    took = {store: summed(runs) for store, runs in found.items()}
    print(f"{size}{form}: as of {FIRST}, then {SECOND} with {new:.1%} new events; medians of {reps} runs each in turn")
    for label, one in {**{f"first night, {store}": summed([one]) for store, one in began.items()}, **took}.items():
        print(f"  {label:22} {told(one)}")
    print(f"  carried / full: {took['carried'].seconds / took['full'].seconds:.2f}, cpu {took['carried'].cpu_seconds / took['full'].cpu_seconds:.2f}"
          f" (may be 0.20); verdicts {'equal' if equal else 'DIFFER'}")
    keep(f"nightly {size}{form}", took, equal=equal)
    return equal


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="M", choices=("S", "M", "L"))
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--findings", action="store_true")
    said = parser.parse_args()
    raise SystemExit(0 if nights(said.size, said.reps, "" if said.findings else "_trial") else 1)


if __name__ == "__main__":
    main()
