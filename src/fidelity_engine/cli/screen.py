"""Where the output goes: how wide it is, whether it has colours, and the progress bar beside it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from fidelity_engine.course import Progress
from fidelity_engine.page import WIDEST, Page, Role

UNKNOWN_WIDTH = 100

_LOOKS: dict[str, dict[str, Any]] = {
    "heading": {"bold": True},
    "critical": {"fg": "red", "bold": True},
    "high": {"fg": "red"},
    "medium": {"fg": "yellow"},
    "low": {"fg": "cyan"},
    "good": {"fg": "green"},
    "quiet": {"dim": True},
}


def page_of(stream: IO[str] | None = None) -> Page:
    """The page that a stream is (stdout by default); colours on a terminal only, and not where NO_COLOR is set."""
    stream = sys.stdout if stream is None else stream
    width = min(shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns, WIDEST)
    unicode = "utf" in (getattr(stream, "encoding", "") or "").lower()
    return Page(width, unicode, _style) if colourful(stream) else Page(width, unicode)


def file_page() -> Page:
    """The page of a file: always UTF-8, no colours, one width wherever it is written."""
    return Page(UNKNOWN_WIDTH)


def colourful(stream: IO[str]) -> bool:
    """Whether colours are welcome on a stream."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _style(text: str, role: Role) -> str:
    return click.style(text, **_LOOKS[role])


def show(piece: str) -> None:
    """Write a piece of a result to stdout."""
    sys.stdout.write(piece)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress | None]:
    """A bar on stderr where that is a terminal that can move its cursor, and the run takes longer than a moment."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from fidelity_engine.cli.bar import Bar

    bar = Bar()
    try:
        yield bar.tick
    finally:
        bar.close()
