"""Results in files: whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fidelity_engine.errors import ExitCode, FidelityError


class NotWritten(FidelityError):
    """A result that was made and could not be written."""

    exit_code = ExitCode.UNDELIVERED


def can_be_written(path: Path | None, endings: Iterable[str] = ()) -> None:
    """Refuse, before anything runs, a file whose folder is not there or whose ending says no format."""
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        raise FidelityError(f"there is no folder for `{path}`", mend="Make the folder first.")
    if path.is_dir():
        raise FidelityError(f"`{path}` is a folder", mend="Name a file.")
    known = tuple(endings)
    if known and path.suffix not in known:
        raise FidelityError(f"`{path}` has no known ending", mend=f"Known endings: {', '.join(known)}.")


def must_differ(made: Mapping[str, Path | None], rules: Path) -> None:
    """Refuse, before anything is read, files of which one would take the place of another or of the rule file. `made`: by option."""
    taken: list[tuple[str, Path]] = []
    for option, path in _files(made):
        for other, there in taken:
            if _same(path, there):
                raise FidelityError(f"`{path}` is the file of {other} too", option, "Give each its own file.")
        taken.append((option, path))
    must_be_none_of(made, lambda: [rules])


def must_be_none_of(made: Mapping[str, Path | None], inputs: Callable[[], Iterable[Path]]) -> None:
    """Refuse files that the run reads: the result would take their place. `inputs` is only asked where such a file is there."""
    there = [(option, path) for option, path in _files(made) if path.exists()]
    for read in inputs() if there else ():
        for option, path in there:
            if _same(path, read):
                raise FidelityError(f"`{path}` is a file that the run reads, and would be lost", option, "Name another file.")


def must_not_replace(output: Path | None, ruleset: Any) -> None:
    """Refuse an output that is the rule file, or one of the files that it reads."""
    from fidelity_engine.stages.load import inputs_of

    must_be_none_of({"--output": output}, lambda: [Path(ruleset.path), *inputs_of(ruleset)])


def _files(made: Mapping[str, Path | None]) -> list[tuple[str, Path]]:
    """Those that are wanted; a device or a pipe may be named twice."""
    return [(option, path) for option, path in made.items() if path is not None and not _is_special(path)]


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) if one.exists() and other.exists() else one.resolve() == other.resolve()


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """What goes wrong with a file is a sentence and exit code 4, because the run itself is done."""
    try:
        yield
    except FidelityError as error:
        if hasattr(error, "exit_code"):
            raise                    # it was not the file
        raise NotWritten(error.message, str(path), error.mend) from None      # not the temporary name that it knows
    except OSError as error:
        cause = error.strerror or type(error).__name__
        mend = "Make room or take another place, and run again."
        raise NotWritten(f"`{path}` could not be written: {cause}", mend=mend) from None


def place(part: Path, path: Path) -> None:
    """Give a finished file its name, in one step; where the name is a link, the file that it leads to is replaced. A device
    or a pipe keeps its own (`/dev/stdout`, `/dev/null`), and the content goes through it: to be replaced would be its end."""
    if _is_special(path):
        with part.open("rb") as made, path.open("wb") as through:
            shutil.copyfileobj(made, through)
    else:
        part.replace(path.resolve())


def folder_of(path: Path) -> Path:
    """Where the file can be made that `place` puts there: beside it, or for a device in the folder for temporary files."""
    return Path(tempfile.gettempdir()) if _is_special(path) else path.resolve().parent


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def written(path: Path | None, write: Callable[[Path], object]) -> None:
    """Let `write` make a file, where one is wanted."""
    if path is not None:
        with in_words(path):
            write(path)


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """A text file in UTF-8 that takes its name when it is whole; whatever happens, no half file is left."""
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=folder_of(path)) as folder:
        part = Path(folder, path.name)
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        place(part, path)
