"""Where incremental runs keep what they carry over, and how that is forgotten. What it is, `carry` knows."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

from fidelity_engine.store.address import Address

CARRIED = "carried"
LIST = "list.json"


def carried_folder(address: Address) -> Path:
    """The folder of a rule file."""
    return address.folder / CARRIED / address.rules


def forget_carried(address: Address, before: date) -> None:
    """Remove what was kept by a run about an earlier day, or by nobody knows which: the next run is a full one."""
    folder = carried_folder(address)
    try:
        kept = json.loads((folder / LIST).read_text("utf-8"))["facts"]["day"] >= before.isoformat()
    except (OSError, ValueError, KeyError, TypeError):
        kept = False
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)
