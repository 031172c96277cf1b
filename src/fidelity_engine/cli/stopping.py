"""What ends a command from outside: Ctrl-C, and SIGTERM, which schedulers and services send. Both give up what is under way, and tidy up."""

from __future__ import annotations

import signal
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143
"""What shells use for an interrupt (2) and a termination (15)."""
_heard: list[int] = []


def listen() -> None:
    """From now on SIGTERM stops as Ctrl-C does, unless whoever started us has it ignored."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop)


def code() -> int:
    """The exit code of a command that was stopped."""
    return TERMINATED if _heard else INTERRUPTED


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)           # a second one would interrupt the tidying up
    _heard.append(number)
    raise KeyboardInterrupt
