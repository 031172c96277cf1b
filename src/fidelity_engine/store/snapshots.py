"""Every cell of each run as a Parquet file in the state folder; a row of the database makes it part of the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from fidelity_engine.store.address import Address

FOLDER = "snapshots"


def write_snapshot(address: Address, run_id: str, write: Callable[[Path], object]) -> str:
    """Let `write` make the snapshot of a run; gives its name. It is on the disk before anybody refers to it."""
    folder = address.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{run_id}.parquet"
    write(path)
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return path.name


def sweep(address: Address, known: Collection[str]) -> int:
    """Remove snapshots without a run: what a killed run or a purge left behind. To be called under the lock."""
    folder = address.folder / FOLDER
    stray = [path for path in folder.glob("*") if path.name not in known] if folder.is_dir() else []
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)
