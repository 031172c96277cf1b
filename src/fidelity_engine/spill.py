"""The temporary folder of one evaluation: what does not fit in memory, and what is written on the way."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from pathlib import Path

from fidelity_engine.errors import FidelityError

SPILLED = "fidelity"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def own_folder(temp_dir: Path | None, spill_under: Path | None) -> tempfile.TemporaryDirectory[str]:
    """A new folder, under `temp_dir` where somebody named that; FidelityError where it can be none. A full disk is an error of the system."""
    if temp_dir is None:
        return tempfile.TemporaryDirectory(prefix=spill_prefix(), dir=spill_under)
    try:
        temp_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return tempfile.TemporaryDirectory(prefix=spill_prefix(), dir=temp_dir)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise FidelityError(f"cannot be used ({error.strerror})", str(temp_dir), "Name a folder that may be written to as `temp_dir`.") from None


def spill_prefix() -> str:
    """How the temporary folders of this process begin, so that those of a killed one can be told."""
    return f"{SPILLED}-{socket.gethostname()}-{os.getpid()}-"
