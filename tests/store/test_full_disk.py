"""A disk that fills up at any moment of a run: one sentence, exit 4, no output file, and the store as it was.

The disk is a tmpfs of a few megabytes. Who may not mount one runs the test as root of a namespace of its own; where that
is not allowed either, a limit on the size of files stands in, and a warning says so.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code
from fidelity_engine.db import Database

from .conftest import MONDAY, TEAMS, District
from .test_crash import assert_whole
from .test_life import news

INSIDE = "FIDELITY_TESTS_IN_NAMESPACE"
STEP_KIB = 48
TEAMS_OF_150 = tuple(f"t{number}" for number in range(150))
WEEK_3 = str(MONDAY.fromordinal(MONDAY.toordinal() + 27))


def mounted(folder: Path) -> bool:
    """Whether the folder is a tmpfs of 4 MiB now."""
    return shutil.which("mount") is not None and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(folder)], capture_output=True, check=False).returncode == 0


def in_a_namespace(name: str) -> bool:
    """Whether the test could be run again as root of a namespace of its own; there it must pass."""
    if os.environ.get(INSIDE) or shutil.which("unshare") is None or subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode:
        return False
    found = subprocess.run(["unshare", "-Urm", sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}::{name}"],
                           env={**os.environ, INSIDE: "1"}, capture_output=True, text=True, check=False)  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    return True


class Disk:
    """A folder in which so much room is left; on a disk of its own, or by a limit on the size of each file."""

    def __init__(self, folder: Path, own: bool) -> None:
        self.folder, self.own = folder, own

    def run(self, rules: Path, room_kib: int, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a run that finds so much room, and writes the cells and its result."""
        arguments = ["run", str(rules), "--as-of", WEEK_3, "--accept-shrink", "log", "--output", str(self.folder / "out.json"), "--format", "json",
                     "--verdicts", str(self.folder / "cells.csv")]  # fmt: skip
        if not self.own:
            size = room_kib * 1024
            done = subprocess.run([sys.executable, "-m", "fidelity_engine.cli", *arguments], capture_output=True, text=True, check=False,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))  # fmt: skip
            return done.returncode, done.stdout, done.stderr
        ballast = self.folder / "ballast"
        ballast.unlink(missing_ok=True)
        found = os.statvfs(self.folder)
        ballast.write_bytes(b"x" * (found.f_bavail * found.f_frsize - room_kib * 1024))
        code = exit_code(arguments)
        ballast.unlink()
        return code, *capsys.readouterr()


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Disk | None]:
    """A small disk; None where the test has passed in a namespace of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    own = mounted(folder)
    try:
        if not own and in_a_namespace(request.node.name):
            yield None
            return
        if not own:
            warnings.warn("no tmpfs may be mounted here: a limit on the size of files stands in for a small disk", stacklevel=1)
        yield Disk(folder, own)
    finally:
        if own:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_fills_up(disk: Disk | None, capsys: pytest.CaptureFixture[str]) -> None:
    """With a little more room each time until it is enough: every time nothing is kept, or everything."""
    if disk is None:
        return
    District(disk.folder, TEAMS).night(1)
    district = District(disk.folder, TEAMS_OF_150)
    district.meetings = set()
    district.write()
    before, room, causes = assert_whole(district), 0 if disk.own else STEP_KIB, ""      # who runs is written down first
    files = {path.name for path in disk.folder.iterdir()}
    while True:
        code, out, err = disk.run(district.rules, room, capsys)
        if code == 0:
            break
        assert (code, out, err.count("\n")) == (4, "", 1), err
        assert "Make room" in err and "/.cells-" not in err and "/.out-" not in err
        assert assert_whole(district) == before
        assert {path.name for path in disk.folder.iterdir()} == files
        room, causes = room + STEP_KIB, causes + err
        assert room < 2000
    assert {path.name for path in disk.folder.iterdir()} == files | {"out.json", "cells.csv"}
    assert assert_whole(district) == before + 1
    stages = ("out.json", "cells.csv", "the store could not be written") if disk.own else ("could not be written",)
    assert all(what in causes for what in stages), causes
    assert news(district.night(4)) == [] and assert_whole(district) == before + 2


def test_a_full_disk_without_a_store(disk: Disk | None, capsys: pytest.CaptureFixture[str]) -> None:
    """No store can be made where there is no room at all: one sentence before anything is evaluated; with room it is made."""
    if disk is None:
        return
    district = District(disk.folder, TEAMS)
    code, out, err = disk.run(district.rules, 0, capsys)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert "the store cannot be opened" in err and assert_whole(district) == 0
    assert disk.run(district.rules, 2000, capsys)[0] == 0
    assert assert_whole(district) == 1


def test_what_is_evaluated_needs_room_too(disk: Disk | None) -> None:
    """Rows that fit neither in memory nor on the disk are the system's error, no source's and no plugin's."""
    if disk is None:
        return
    db = Database(memory_limit="60MB", temp_dir=disk.folder / "spill", threads=1)
    try:
        if not disk.own:
            db.connection.execute("set max_temp_directory_size = '4MB'")
        with pytest.raises(OSError, match=r"No space left|neither memory nor disk"):
            db.run("create temp table many as select md5(i::varchar) as a, md5((i + 1)::varchar) as b from range(4000000) t(i)")
    finally:
        db.close()
