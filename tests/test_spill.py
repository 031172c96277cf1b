"""Temporary folders: each is there as long as its evaluation, and what a killed process left behind goes with the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.db import Database
from fidelity_engine.spill import HELD, SPILLED, OwnFolder

EXAMPLE = Path(__file__).parents[1] / "rules" / "district.yaml"
WAITS = """
import sys
from pathlib import Path
from fidelity_engine.db import Database
db = Database(temp_dir=Path(sys.argv[1]))
(db.folder / "much").write_bytes(bytes(1000))
print(db.folder, flush=True)
sys.stdin.read()
"""


def folders(under: Path) -> list[Path]:
    """The temporary folders of evaluations."""
    return sorted(under.glob(f"{SPILLED}*"))


@pytest.mark.parametrize("killed", [True, False])
def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path, killed: bool) -> None:
    """After SIGKILL nobody tidies up but the next one; while a process lives, nobody touches its folder."""
    with subprocess.Popen([sys.executable, "-c", WAITS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdin
        theirs = Path(other.stdout.readline().strip())
        assert theirs.is_dir() and folders(tmp_path) == [theirs]
        if killed:
            other.send_signal(signal.SIGKILL)
            other.wait(20)
        mine = OwnFolder(tmp_path)
        assert theirs.exists() is not killed and Path(mine.name).is_dir()
        mine.cleanup()
    assert not killed or not folders(tmp_path)


def test_two_evaluations_of_one_process_leave_each_other_alone(tmp_path: Path) -> None:
    """Each has a folder and a lock of its own."""
    one, other = Database(temp_dir=tmp_path), Database(temp_dir=tmp_path)
    assert {one.folder, other.folder} == set(folders(tmp_path)) and one.folder != other.folder
    for db in (one, other):
        assert (db.folder / HELD).exists()
        db.close()
    assert not folders(tmp_path)


def test_what_is_none_of_ours_stays(tmp_path: Path) -> None:
    """A folder that nobody ever held, a link, and one with another name are not removed."""
    (tmp_path / f"{SPILLED}new").mkdir()
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / HELD).touch()
    (tmp_path / f"{SPILLED}link").symlink_to(tmp_path / "papers")
    OwnFolder(tmp_path).cleanup()
    assert {path.name for path in tmp_path.iterdir()} == {f"{SPILLED}new", "papers", f"{SPILLED}link"} and (tmp_path / "papers" / HELD).exists()


def test_an_evaluation_leaves_no_folder(tmp_path: Path) -> None:
    """Closed, it has given its disk back."""
    with Engine.from_file(EXAMPLE, temp_dir=tmp_path).evaluate():
        assert len(folders(tmp_path)) == 1
    assert not list(tmp_path.iterdir())
