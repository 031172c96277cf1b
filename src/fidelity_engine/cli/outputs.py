"""The files that a run writes: first under temporary names, then, when the run is kept, under their own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fidelity_engine.cli import files

Write = Callable[[Any, Path], object]
"""Writes a result, of which only the findings to be told are left, into a file."""


class Outputs:
    """`wanted`: the files, None where one is not wanted, each with what writes it. `shown(result, changes)` gives the
    result as it is told. `page` gives what stdout will say of it, where that is short: it is made before the files, of which one may still
    be under way. To be closed: what did not get its name is removed."""

    def __init__(self, wanted: Sequence[tuple[Path | None, Write]], shown: Callable[[Any, Sequence[Any]], Any],
                 page: Callable[[Any], Iterable[str]] | None = None) -> None:
        self._wanted = [(path, write) for path, write in wanted if path is not None]
        self._shown, self._page = shown, page
        self.page: list[str] = []
        self._folders: list[tempfile.TemporaryDirectory[str]] = []
        self._made: list[tuple[Path, Path]] = []

    def write(self, result: Any, changes: Sequence[Any]) -> None:
        """Write every file beside where it will stand."""
        told = self._shown(result, changes)
        self.page += self._page(told) if self._page else ()
        for path, write in self._wanted:
            with files.in_words(path):
                folder = tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=files.folder_of(path))
                self._folders.append(folder)
                part = Path(folder.name, path.name)
                write(told, part)
                self._made.append((part, path))

    def place(self) -> None:
        """Give them their names, each in one step."""
        for part, path in self._made:
            with files.in_words(path):
                files.place(part, path)

    def close(self) -> None:
        """Remove what is left."""
        for folder in self._folders:
            folder.cleanup()
