"""`--ping URL`: tell a watchdog that the run began and how it ended (the healthchecks protocol: URL/start, URL/EXIT CODE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click

from fidelity_engine.errors import ExitCode, FidelityError

SECONDS = 10
BROKE = 1
"""What a run that showed a trace ends with."""


class Watched:
    """A run under a watchdog's eyes; `code` is what it will be told at the end."""

    code: int = BROKE


@contextmanager
def watched(url: str | None) -> Iterator[Watched]:
    """Ping before and after. A watchdog that does not answer is a line in the log, never the end of a run."""
    run = Watched()
    if url is None:
        yield run
        return
    if not url.startswith(("https://", "http://")):
        raise FidelityError(f"`{url}` is no web address", "--ping", "Write https://...")
    _ping(f"{url.rstrip('/')}/start")
    try:
        yield run
    except FidelityError as error:
        run.code = int(getattr(error, "exit_code", ExitCode.USAGE))
        raise
    finally:
        _ping(f"{url.rstrip('/')}/{int(run.code)}")


def pinged(command: Callable[..., int]) -> Callable[..., int]:
    """A command that has `--ping`, and tells its exit code there."""

    @click.option("--ping", metavar="URL", help="Tell a watchdog (healthchecks protocol) that the run began, and how it ended.")
    @wraps(command)
    def run(*, ping: str | None, **given: Any) -> int:
        with watched(ping) as seen:
            seen.code = command(**given)
            return seen.code

    return run


def _ping(url: str) -> None:
    import urllib.request
    from http.client import HTTPException

    try:
        with urllib.request.urlopen(urllib.request.Request(url, b"", method="POST"), timeout=SECONDS):
            return
    except (OSError, ValueError, HTTPException) as error:
        from fidelity_engine.log import logger

        logger("ping").warning("ping.unanswered", cause=type(error).__name__)
