"""The temporary folder of one evaluation: what does not fit in memory, and what is written on the way."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from fidelity_engine.errors import FidelityError
from fidelity_engine.room import FULL

try:
    import fcntl
except ImportError:          # such a system has no locks that die with their process: nothing is swept
    fcntl = None  # type: ignore[assignment]

SPILLED, HELD = "fidelity-", "held"
"""How the names of these folders begin; the file in each that its process has locked."""


class OwnFolder:
    """A folder of its own, until `cleanup`. What killed processes left behind beside it is removed."""

    def __init__(self, under: Path | None) -> None:
        sweep(Path(tempfile.gettempdir()) if under is None else under)
        self._folder = tempfile.TemporaryDirectory(prefix=f"{SPILLED}{os.getpid()}-", dir=under)
        self.name = self._folder.name
        self._held = _held(Path(self.name))

    def cleanup(self) -> None:
        """Remove it."""
        self._folder.cleanup()
        if self._held:
            self._held.close()


def own_folder(temp_dir: Path | None, spill_under: Path | None) -> OwnFolder:
    """A new folder, under `temp_dir` where somebody named that; FidelityError where it can be none. A full disk is an error of the system."""
    if temp_dir is None:
        return OwnFolder(spill_under)
    try:
        temp_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return OwnFolder(temp_dir)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise FidelityError(f"cannot be used ({error.strerror})", str(temp_dir), "Name a folder that may be written to as `temp_dir`.") from None


def sweep(folder: Path) -> None:
    """Remove the folders in it whose processes are gone. A lock tells, which ends with its process: of another host or container a number would not."""
    for held in folder.glob(f"{SPILLED}*/{HELD}") if fcntl else ():
        with suppress(OSError):
            if held.parent.lstat().st_uid == os.getuid() and _is_left(held):
                shutil.rmtree(held.parent, ignore_errors=True)


def _is_left(held: Path) -> bool:
    with held.open("rb+") as file:
        return _locked(file)


def _held(folder: Path) -> IO[bytes] | None:
    """The lock of a folder. It has its name once it is locked, so that nobody takes it for one that was left behind."""
    with suppress(OSError):
        file = (folder / f"{HELD}.new").open("wb")
        if _locked(file):
            (folder / f"{HELD}.new").rename(folder / HELD)
            return file
        file.close()
    return None


def _locked(file: IO[bytes]) -> bool:
    """Whether this process has the lock now; OSError where another one has it, or the file system knows no locks."""
    if fcntl is None:
        return False
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True
