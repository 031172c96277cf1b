"""stdout and stderr as the shell left them: open, closed, or on a disk that is full."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress


class Closed(io.TextIOBase):
    """A stdout that was closed before we began: what is written to it does not arrive."""

    def write(self, text: str) -> int:
        """Say so."""
        raise OSError(errno.EBADF, "stdout is closed")


def ready() -> None:
    """Give the streams that the shell closed a stand-in, and let no sign end a run that a stream cannot show."""
    if sys.stdout is None:
        sys.stdout = Closed()
    if sys.stderr is None:
        # Whoever closes stderr wants no words: the exit code tells.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 (open as long as we run)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def let_go() -> None:
    """Send what stdout still holds to nowhere: Python would complain once more when it closes it."""
    if sys.stdout is sys.__stdout__ and not isinstance(sys.stdout, Closed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def tell(line: str) -> None:
    """One line on stderr, where that can still be written."""
    from click import echo

    with suppress(OSError):
        echo(line, err=True)


def cause(error: OSError) -> str:
    """What the system says, and about which file."""
    about = f"`{error.filename}`" if error.filename is not None else "the result"
    return f"{about} could not be written or read: {error.strerror or type(error).__name__}"
