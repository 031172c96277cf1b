"""How much room an evaluation may take: what is held in memory, and the error where memory or disk have none left."""

from __future__ import annotations

import errno

MEMORY_BYTES = 1_200_000_000
"""So much is held unless somebody asks for more; the rest waits on disk. Small machines hold what the embedded engine thinks right."""
BESIDE_FILE_BYTES = 240_000_000
"""So much is held where relations lie in a file: more makes it hardly faster (the whole process then takes 0.5 GB)."""
SHARE = 0.7
"""The part of a limit that somebody asks for which the embedded engine may count on: Python, and what the engine does not count, need the rest."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a disk that is full."""
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class NoRoom(OSError):
    """Memory or disk are full: nobody's mistake, and an error of the system as any other full disk."""


def bytes_of(told: str) -> float:
    """A size as the embedded engine tells it, such as `1.1 GiB`."""
    number, unit = told.split()
    return float(number) * 1024 ** UNITS.index(unit)
