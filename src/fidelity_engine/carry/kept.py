"""What is kept between runs: Parquet files and a list of them, in the state folder.

The list (`list.json`) is written last and put in its place in one step, so that a run that was killed leaves the former
state whole. It has a fingerprint of itself and of every file: what was damaged is not used.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fidelity_engine.carry.digest import digest, file_digest
from fidelity_engine.db import Database, text
from fidelity_engine.store.carried import LIST

FORMAT = 1


class Kept(NamedTuple):
    """What the last run left: its facts, and name → file of its tables."""

    facts: Mapping[str, Any]
    files: Mapping[str, Path]

    def table(self, name: str) -> str:
        """SQL that reads one of the tables."""
        return f"read_parquet({text(str(self.files[name]))})"


class Damaged(Exception):
    """What was kept cannot be used; the text says why."""


def read(folder: Path) -> Kept | None:
    """What is kept in a folder, None where nothing is. Damaged where it is not as it was written."""
    path = folder / LIST
    if not path.exists():
        return None
    try:
        whole = json.loads(path.read_text("utf-8"))
        facts, files, mark = whole["facts"], whole["files"], whole["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Damaged("its list cannot be read") from None
    if mark != _mark(facts, files):
        raise Damaged("its list was changed")
    for name, (file, sound) in files.items():
        here = folder / file
        if not here.is_file() or file_digest(here) != sound:
            raise Damaged(f"{name} was changed")
    return Kept(facts, {name: folder / file for name, (file, _) in files.items()})


def write(db: Database, folder: Path, run_id: str, facts: Mapping[str, Any], tables: Mapping[str, str]) -> None:
    """Keep facts, and name → SELECT of the tables; what was kept before goes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    files: dict[str, tuple[str, str]] = {}
    for name, rows in tables.items():
        here = folder / f"{run_id}-{name}.parquet"
        made = db.outbox / here.name
        db.run(f"copy ({rows}) to {text(str(made))} (format parquet)")
        files[name] = (here.name, file_digest(made))
        _placed(made, here)
    draft = folder / f".{LIST}"
    draft.write_text(json.dumps({"facts": facts, "files": files, "digest": _mark(facts, files)}), "utf-8")
    draft.chmod(0o600)
    _synced(draft)
    draft.replace(folder / LIST)
    sweep(folder, {file for file, _ in files.values()})


def _placed(made: Path, here: Path) -> None:
    shutil.copyfile(made, here)
    made.unlink()
    here.chmod(0o600)
    _synced(here)


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sweep(folder: Path, known: set[str]) -> None:
    """Remove what no list names."""
    for path in folder.glob("*.parquet"):
        if path.name not in known:
            path.unlink(missing_ok=True)


def _mark(facts: Any, files: Any) -> str:
    return digest(FORMAT, json.dumps([facts, {name: list(file) for name, file in files.items()}], sort_keys=True))
