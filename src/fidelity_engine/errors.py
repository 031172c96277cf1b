"""What can go wrong by a user's hand: one error with place, cause and mend; and the exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple


class Place(NamedTuple):
    """Where something stands: a file, and 1-based line and column with an end where they are known."""

    path: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part not in (None, ""))


class FidelityError(Exception):
    """A mistake that a user can mend; everything else is a bug and shows its trace.

    `message` says what is wrong, `mend` what would put it right, `where` the place (or text naming it),
    `subject` the rule, source or plugin it is about, `errors` all mistakes where it stands for several.
    """

    def __init__(self, message: str, where: Place | str | None = None, mend: str = "", subject: str = "") -> None:
        self.message, self.where, self.mend, self.subject = message, where, mend, subject
        super().__init__(str(self))

    @property
    def errors(self) -> Sequence[FidelityError]:
        """Itself; of several mistakes that come as one, each of them."""
        return (self,)

    def __str__(self) -> str:
        lead = "".join(f"{part}: " for part in (str(self.where or ""), self.subject) if part)
        message = self.message if self.message.endswith((".", "?", "!")) else f"{self.message}."
        return f"{lead}{message} {self.mend}".rstrip()


class BrokenPlugin(FidelityError):
    """What a plugin raised, or gave that is none of what it may give. `plugin`: its name and version."""

    def __init__(self, plugin: str, message: str, where: Place | str | None = None, mend: str = "") -> None:
        self.plugin = plugin
        super().__init__(message, where, mend)


class Mistakes(FidelityError):
    """All mistakes of one reading at once, in the order of their places."""

    def __init__(self, errors: Iterable[FidelityError]) -> None:
        self._errors: Sequence[FidelityError] = sorted(errors, key=_by_place)
        first = self._errors[0]
        super().__init__(first.message, first.where, first.mend, first.subject)

    @property
    def errors(self) -> Sequence[FidelityError]:
        """Each mistake, in the order of their places."""
        return self._errors

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def _by_place(error: FidelityError) -> tuple[str, int, int]:
    place = error.where if isinstance(error.where, Place) else Place(str(error.where or ""))
    return (place.path, place.line or 0, place.column or 0)


class ExitCode(IntEnum):
    """What `fidelity` tells its caller. Where several apply, the first of `PRIORITY` wins."""

    COMPLETE = 0
    FINDINGS = 1
    """Findings at or above `--fail-on`."""
    USAGE = 2
    """Usage, rule file, roster, calendar or configuration."""
    INCOMPLETE = 3
    """A source, plugin or rule failed; everything else was evaluated."""
    UNDELIVERED = 4
    """Evaluated but not delivered."""
    EMPTY_GRID = 5
    """Rules were selected, the period has begun, and nothing is expected of anybody."""
    LOCKED = 75
    """Another run holds the lock."""


PRIORITY = (
    ExitCode.USAGE,
    ExitCode.INCOMPLETE,
    ExitCode.UNDELIVERED,
    ExitCode.EMPTY_GRID,
    ExitCode.FINDINGS,
    ExitCode.COMPLETE,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code to end with, of all that apply."""
    found = set(codes)
    return next((code for code in PRIORITY if code in found), ExitCode.COMPLETE)
