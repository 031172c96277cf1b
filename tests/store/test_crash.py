"""Whatever happens in the middle of a run, the store holds the whole run or nothing of it.

`FIDELITY_KILLS=200 python -m pytest tests/store/test_crash.py -k kill` tries more moments than the few of every day.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from sqlalchemy import select, text

from fidelity_engine.cli import exit_code
from fidelity_engine.errors import FidelityError
from fidelity_engine.store import address_of
from fidelity_engine.store.lock import SERVER_KEY, locked
from fidelity_engine.store.opening import look_up
from fidelity_engine.store.tables import CHANGE, FINDING, RUN

from .conftest import MONDAY, District
from .test_life import news, rows

KILLS = int(os.environ.get("FIDELITY_KILLS", "10"))
COMMAND = [sys.executable, "-m", "fidelity_engine.cli", "run"]
SLOWLY = """
import sys
from datetime import date
from fidelity_engine import Engine
import fidelity_engine.run, fidelity_engine.store.schema, alembic.command
engine = Engine.from_file(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
engine.run(as_of=date.fromisoformat(sys.argv[2]), store=sys.argv[3] or None).result.close()
print("done", flush=True)
"""


def day(week: int) -> str:
    """The Sunday of a week."""
    return str(MONDAY.fromordinal(MONDAY.toordinal() + 7 * week + 6))


def assert_whole(district: District, store: str | None = None) -> int:
    """Every run has its snapshot with all its cells, every finding its changes; gives the number of runs."""
    with look_up(address_of(district.rules, store)) as memory:
        if memory is None:
            return 0
        with memory.connection.begin():
            if store is None:
                assert memory.connection.execute(text("pragma integrity_check")).scalar() == "ok"
            runs, findings, changes = ([dict(row) for row in memory.connection.execute(select(table)).mappings()] for table in (RUN, FINDING, CHANGE))
    for run in runs:
        path = district.folder / ".fidelity" / "snapshots" / run["snapshot"]
        assert duckdb.execute("select count(*) from read_parquet(?)", [str(path)]).fetchall() == [(run["cells"],)]
    known = {run["run_id"] for run in runs}
    assert {change["run_id"] for change in changes} <= known
    assert Counter(change["finding_id"] for change in changes) == {one["finding_id"]: one["changes"] for one in findings}
    last = {change["finding_id"]: change["after"] for change in sorted(changes, key=lambda one: one["number"])}
    assert last == {one["finding_id"]: one["state"] for one in findings}
    return len(runs)


def noticed(url: str) -> None:
    """Wait until the server has noticed who is gone: what it had got of a killed run is then in, or rolled back."""
    with psycopg.connect(url, autocommit=True) as connection:
        others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.01)


def killed(district: District, store: str | None, day: str, after: Callable[[float], float], longest: float) -> float:
    """Start a run, kill it after so many of the seconds that one takes, and say how long it took."""
    with subprocess.Popen([sys.executable, "-c", SLOWLY, str(district.rules), day, store or ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as child:  # fmt: skip
        assert child.stdin and child.stdout and child.stderr and child.stdout.readline() == "ready\n"
        began = time.perf_counter()
        child.stdin.write("\n")
        child.stdin.flush()
        if longest:
            time.sleep(after(longest))
        else:
            assert child.stdout.readline() == "done\n"       # how long it takes on this machine, now
        took = time.perf_counter() - began
        child.send_signal(signal.SIGKILL)
        said = child.stderr.read()
    assert not said, said
    if store:
        noticed(store)
    return took


@pytest.mark.parametrize("where", ["file", "postgres"])
def test_kill_at_random_moments(district: District, where: str, request: pytest.FixtureRequest) -> None:
    """SIGKILL, again and again: the store is whole each time, and the run after it is as if nothing had been."""
    store = request.getfixturevalue("postgres_url") if where == "postgres" else None
    kills = KILLS if store is None or KILLS > 10 else 5
    district.meetings -= {("g1", week) for week in range(2, 14, 2)} | {("g2", week) for week in range(1, 14, 3)}
    district.write()
    dice, longest, finished = random.Random(20260130), 0.0, 0
    for number in range(kills):
        took = killed(district, store, day(number * 14 // kills), lambda longest: dice.uniform(0.5, 1.05) * longest, longest)
        longest = longest or took
        finished += assert_whole(district, store) > finished
    assert finished >= 1
    district.night(14, store=store)
    found = {row["subject"]: row["state"] for row in rows(district, FINDING, store)}
    stray = [path for path in (district.folder / ".fidelity").iterdir() if path.name.startswith("fidelity-")]
    assert assert_whole(district, store) == finished + 1 and not stray
    shutil.rmtree(district.folder / ".fidelity")
    district.night(14)
    assert found == {row["subject"]: row["state"] for row in rows(district, FINDING)}
    print(f"{kills} runs killed, {finished} had been kept by then")


@pytest.mark.parametrize(("how", "code", "runs"), [("fail", 75, 1), ("skip", 0, 1)])
def test_the_lock_is_held(district: District, how: str, code: int, runs: int) -> None:
    """A second run ends at once and says who runs: process and host."""
    district.night(1)
    with locked(address_of(district.rules), "fail", lambda holder: None):
        done = subprocess.run([*COMMAND, str(district.rules), "--as-of", day(2), "--lock", how], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert f"process {os.getpid()} on " in done.stderr
    assert len(rows(district, RUN)) == runs


def test_a_purge_does_not_wait(district: District, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with 75 while a run holds the lock, and offers no option that it does not have."""
    district.night(1)
    with locked(address_of(district.rules), "fail", lambda holder: None):
        assert exit_code(["purge", str(district.rules), "--before", day(2)]) == 75
    assert "Wait for its end; `run` waits by itself" in capsys.readouterr().err


def test_two_runs_at_once(district: District) -> None:
    """Started together, they run one after the other: both are kept."""
    children = [subprocess.Popen([*COMMAND, str(district.rules), "--as-of", day(2), "--quiet"]) for _ in range(2)]
    assert [child.wait(120) for child in children] == [0, 0]
    assert assert_whole(district) == 2


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can look into."""
    folder = Path(tempfile.mkdtemp(prefix="fidelity-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def somebody_else() -> Iterator[None]:
    """As a user without rights, where the tests are run by one who may do everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_folder(open_folder: Path, district: District, capsys: pytest.CaptureFixture[str]) -> None:
    """Who may not write beside the rule file gets one sentence and exit 2; `--no-store` still answers."""
    assert exit_code(["run", str(district.rules), "--as-of", day(1)]) == 0      # imports what somebody else may not be able to read
    assert exit_code(["run", str(district.rules), "--as-of", day(1), "--no-store"]) == 0
    capsys.readouterr()
    closed = District(open_folder)
    open_folder.chmod(0o555)
    with somebody_else():
        code = exit_code(["run", str(closed.rules), "--as-of", day(2)])
        out, err = capsys.readouterr()
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert "Permission denied" in err and "--no-store" in err
        assert exit_code(["run", str(closed.rules), "--as-of", day(2), "--no-store"]) == 0
    open_folder.chmod(0o755)


@pytest.mark.parametrize(("how", "code", "runs"), [("fail", 75, 1), ("skip", 0, 1)])
def test_a_run_on_another_host(district: District, postgres_url: str, how: str, code: int, runs: int, capsys: pytest.CaptureFixture[str]) -> None:
    """It shares the server and no folder: its lock is the server's."""
    district.night(1, store=postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [SERVER_KEY])
        found = exit_code(["run", str(district.rules), "--as-of", day(2), "--store", postgres_url, "--lock", how])
    out, err = capsys.readouterr()
    assert (found, out, err.count("\n")) == (code, "", 1) and "another host" in err, err
    assert len(rows(district, RUN, postgres_url)) == runs
    assert district.night(2, store=postgres_url).kept                   # it went with its connection


def test_two_hosts_at_once(tmp_path: Path, postgres_url: str) -> None:
    """Started together, they run one after the other: both are kept, and what opened is told by one of them."""
    hosts = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        hosts.append(District(tmp_path / name))
        hosts[-1].meetings -= {("g1", 2)}
        hosts[-1].write()
    hosts[0].night(1, store=postgres_url)
    command = [*COMMAND, "--as-of", day(2), "--quiet", "--store", postgres_url]
    children = [subprocess.Popen([*command, str(host.rules)], stdout=subprocess.PIPE, text=True) for host in hosts]
    told = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert sorted(bool(text) for text in told) == [False, True]
    assert len(rows(hosts[0], RUN, postgres_url)) == 3 and len(rows(hosts[0], CHANGE, postgres_url)) == 1


class Gone:
    """Outputs that lose the database while they are written."""

    def __init__(self, url: str) -> None:
        self.url, self.placed = url, False

    def write(self, result: Any, changes: Any) -> None:
        """End every other connection of this database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")

    def place(self) -> None:
        """Must not happen."""
        self.placed = True


def test_the_database_goes_in_the_middle(district: District, postgres_url: str) -> None:
    """One sentence with class and code, exit 4, no output takes its name; the next run is as if nothing had been."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(1, store=postgres_url)
    gone = Gone(postgres_url)
    with pytest.raises(FidelityError, match="the store could not be written") as lost:
        district.night(2, store=postgres_url, outputs=gone)
    assert int(getattr(lost.value, "exit_code", 0)) == 4 and not gone.placed and "postgres:" not in str(lost.value)
    assert len(rows(district, RUN, postgres_url)) == 1
    assert news(district.night(2, store=postgres_url)) == [("g1", None, "open")]


def test_a_database_that_is_not_there(district: District) -> None:
    """One sentence, exit 2, and the password is not in it."""
    done = subprocess.run([*COMMAND, str(district.rules), "--store", "postgresql://me:s3cret@127.0.0.1:9/nothing"], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert "s3cret" not in done.stderr and "cannot be opened" in done.stderr
