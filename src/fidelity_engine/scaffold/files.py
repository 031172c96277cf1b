"""Templates from the package, and files that are written whole, or not at all where one of them is there already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

from fidelity_engine.errors import FidelityError

COLUMN, GAP = 47, 2
"""Where comments stand, and how far from what they explain at least."""
_COMMENTED = re.compile(r"^([^#\n]*\S)[ ]{2,}(#.*)$", re.MULTILINE)
FILE, FOLDER = 0o644, 0o755
"""Not writable by everybody: the engine refuses plugins that are."""


def filled(template: str, **words: str) -> str:
    """A template of the package with its words, its comments in one column where they can be."""
    text = (files("fidelity_engine.scaffold") / "templates" / template).read_text("utf-8")
    written = Template(text).substitute(words)
    return _COMMENTED.sub(_aligned, written) if template.endswith(".yaml") else written


def _aligned(found: re.Match[str]) -> str:
    code, comment = found.groups()
    return f"{code.ljust(COLUMN - GAP)}{' ' * GAP}{comment}"


def write_new(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write files below a folder; none of them where one of them is there already. Gives their paths."""
    paths = [folder / name for name in texts]
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise FidelityError(f"{', '.join(there[:5])} {'is' if len(there) == 1 else 'are'} there already", mend="Name another folder, or move it away.")
    try:
        for path, text in zip(paths, texts.values(), strict=True):
            _folders(path.parent)
            path.write_text(text, "utf-8", newline="")
            path.chmod(FILE)
    except OSError as error:
        raise FidelityError(f"cannot write ({error.strerror or type(error).__name__})", str(error.filename), "Name another folder.") from None
    return paths


def _folders(folder: Path) -> None:
    if not folder.exists():
        _folders(folder.parent)
        folder.mkdir()
        folder.chmod(FOLDER)
