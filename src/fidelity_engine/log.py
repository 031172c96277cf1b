"""Loggers. Only the command line configures them; structlog is imported by the first line that is written.

What a log line may hold: counts, ids of rules and sources, exception types. Never values, rows or foreign messages.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")


@dataclass(eq=False, repr=False)
class _Settings:
    """What the command line asked for. `console`: for eyes; else one JSON object per line."""

    level: Level = "warning"
    console: bool = False
    colour: bool = False
    asked: bool = False
    done: bool = False


_settings = _Settings()


def configure(level: Level, console: bool, colour: bool) -> None:
    """Say how log lines look on stderr; nothing is imported before the first one."""
    global _settings
    _settings = _Settings(level, console, colour, asked=True)


class Logger:
    """A named logger that costs nothing while it has nothing to say."""

    def __init__(self, name: str) -> None:
        self.name = name

    def debug(self, event: str, **values: Any) -> None:
        """For those who develop the engine."""
        self._say("debug", event, values)

    def info(self, event: str, **values: Any) -> None:
        """The course of a run."""
        self._say("info", event, values)

    def warning(self, event: str, **values: Any) -> None:
        """Something somebody should look at."""
        self._say("warning", event, values)

    def error(self, event: str, **values: Any) -> None:
        """Something that was not done."""
        self._say("error", event, values)

    def _say(self, level: Level, event: str, values: dict[str, Any]) -> None:
        # Below the level nothing is imported, unless an embedding program has structlog and decides itself.
        quiet = LEVELS.index(level) < LEVELS.index(_settings.level)
        if quiet and (_settings.asked or "structlog" not in sys.modules):
            return
        getattr(_bound(self.name), level)(event, **values)


def logger(name: str) -> Logger:
    """The logger of a part of the engine."""
    return Logger(name)


def _bound(name: str) -> Any:
    import structlog

    if _settings.asked and not _settings.done:
        structlog.configure(processors=_processors(), logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        _settings.done = True
    if structlog.is_configured():
        return structlog.get_logger(part=name)
    # Embedded and left alone: results belong to stdout, so lines go to stderr, and no global setting is touched.
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=_processors(), part=name)


def _processors() -> list[Any]:
    import structlog

    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    first = [structlog.processors.add_log_level, stamp, _visible]
    if _settings.console:
        return [*first, structlog.dev.ConsoleRenderer(colors=_settings.colour)]
    return [*first, structlog.processors.JSONRenderer()]


def _visible(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Control characters are shown, not sent."""
    from fidelity_engine.escape import visible

    return {key: visible(value) if isinstance(value, str) else value for key, value in event.items()}
