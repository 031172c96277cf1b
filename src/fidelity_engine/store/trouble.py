"""What can go wrong with a store, in a sentence each: foreign messages become a class and a code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fidelity_engine.db import DatabaseError
from fidelity_engine.errors import ExitCode, FidelityError

AGAIN = "Nothing of this run is kept. Make room or bring the store back, and run again."
AT_ALL = "Make it reachable and writable, name another with `--store`, or run with `--no-store`."


class NotStored(FidelityError):
    """A run that was evaluated and could not be kept."""

    exit_code = ExitCode.UNDELIVERED


class Locked(FidelityError):
    """Another run holds the lock."""

    exit_code = ExitCode.LOCKED


class Skipped(FidelityError):
    """Another run holds the lock, and that is no trouble to the caller."""

    exit_code = ExitCode.COMPLETE


@contextmanager
def told(shown: str, evaluated: bool) -> Iterator[None]:
    """Turn errors of drivers and disks into one sentence: exit 4 where the run was evaluated already, else 2."""
    try:
        with answers(shown, evaluated):
            yield
    except OSError as error:
        cause = error.strerror or type(error).__name__
    except DatabaseError as error:
        cause = type(error).__name__
    else:
        return
    raise _sentence(cause, shown, evaluated) from None


@contextmanager
def answers(shown: str, evaluated: bool) -> Iterator[None]:
    """The same for drivers alone, where other files and relations are at work too: a store may be lost, or damaged, at any moment."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        raise _sentence(_cause(error), shown, evaluated) from None


def _sentence(cause: str, shown: str, evaluated: bool) -> FidelityError:
    if evaluated:
        return NotStored(f"the store could not be written: {cause}", shown, AGAIN)
    return FidelityError(f"the store cannot be opened: {cause}", shown, AT_ALL)


def _cause(error: Exception) -> str:
    """Class and code of a driver's error: its message may hold values."""
    driver = getattr(error, "orig", None) or error
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None)
    return f"{type(driver).__name__} {code}" if code else type(driver).__name__
