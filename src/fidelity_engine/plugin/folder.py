"""Plugins in a folder: which modules it holds, whether they may be trusted, and how they are loaded.

A folder is read as it is laid out: a package (`__init__.py`) is one plugin; a project with `src/` gives what lies
in there; any other folder gives its single `.py` files and what its sub-folders give. Modules get private names
below a private parent, so that relative imports work and `sys.path` stays as it was.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from fidelity_engine.errors import FidelityError

PRIVATE = "_fidelity_plugin_"
_LEVELS = 3
_FILES = 2_000
_NOT_PLUGINS = {"tests", "test", "docs", "build", "dist", "node_modules", "conftest.py", "setup.py", "noxfile.py"}


class Found(NamedTuple):
    """One plugin of a folder: its name, the file or package folder that holds it, its version where one is told."""

    name: str
    path: Path
    version: str | None = None

    @property
    def package(self) -> bool:
        """Whether it is a package rather than a single file."""
        return self.path.is_dir()


def find(folder: Path, roots: Sequence[Path]) -> list[Found]:
    """The plugins of a folder, by name; a FidelityError when the folder or a file in it cannot be trusted."""
    real = folder.resolve()
    if not real.is_dir():
        raise FidelityError(f"there is no folder `{folder}`", mend="Name a folder, or an installed distribution.")
    found = sorted(_plugins(real, _LEVELS), key=lambda one: (one.name, str(one.path)))
    between = {above for one in found for above in one.path.parents if above.is_relative_to(real)}
    loaded = {path for one in found for path in _files(one.path)}
    beside = {path for folder in between & {one.path.parent for one in found} for path in _beside(folder)}
    for path in sorted({real} | between | loaded | beside):
        _trusted(path, roots)
    return found


def _plugins(folder: Path, levels: int) -> Iterator[Found]:
    if (folder / "__init__.py").is_file():
        yield Found(folder.name, folder, _told_version(folder))
    elif (folder / "src").is_dir():
        yield from _plugins(folder / "src", levels)
    elif levels:
        for path in sorted(folder.iterdir()):
            if path.name in _NOT_PLUGINS or path.name.startswith((".", "_", "test_")) or path.suffix == ".egg-info":
                continue
            if path.is_dir():
                yield from _plugins(path, levels - 1)
            elif path.suffix == ".py":
                yield Found(path.stem, path, _told_version(folder))


def _told_version(folder: Path) -> str | None:
    """The version in the `pyproject.toml` of the folder, or of the project that the folder belongs to."""
    for place in (folder, folder.parent, folder.parent.parent if folder.parent.name == "src" else folder):
        try:
            import tomllib

            told = tomllib.loads((place / "pyproject.toml").read_text("utf-8")).get("project", {}).get("version")
        except (OSError, ValueError):
            continue
        return str(told) if told else None
    return None


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    within = []
    for folder, _, names in os.walk(path):
        within += [Path(folder), *(Path(folder, name) for name in names)]
        if len(within) > _FILES:
            raise FidelityError(f"`{path.name}` holds more than {_FILES} files", mend="Name the plugin's own folder.")
    return within


def _beside(folder: Path) -> Iterator[Path]:
    """The other files of a folder of plugins, and what Python compiled there and would run in place of their text."""
    for path in folder.iterdir():
        if path.is_file():
            yield path
        elif path.name.startswith("_"):
            yield from _files(path)


def _trusted(path: Path, roots: Sequence[Path]) -> None:
    real = path.resolve()
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        mend = "Move it below the rule file's root, or add its folder to `roots:`."
        raise FidelityError(f"`{path}` lies outside the roots of the rule file", mend=mend)
    # Windows has no such bit: every file that may be written shows it there
    if os.name != "nt" and real.stat().st_mode & stat.S_IWOTH:
        kind = "folder" if real.is_dir() else "file"
        mend = f"Take the right away: chmod o-w {path.name}"
        raise FidelityError(f"the {kind} `{path}` is writable by everybody and is not loaded", mend=mend)


def load(found: Found) -> ModuleType:
    """The module of a plugin, loaded under a private name; whatever its code raises comes through."""
    parent = f"{PRIVATE}{os.urandom(6).hex()}"
    holder = ModuleType(parent, "The folder of one plugin.")
    holder.__path__ = [str(found.path.parent)]
    holder.__spec__ = importlib.machinery.ModuleSpec(parent, None, is_package=True)
    sys.modules[parent] = holder
    importlib.invalidate_caches()
    try:
        return importlib.import_module(f"{parent}.{found.name}")
    except BaseException:
        forget([parent])
        raise


def forget(parents: Iterable[str]) -> None:
    """Take private modules and all below them out of Python's table of modules."""
    for parent in filter(None, parents):
        for name in [name for name in sys.modules if name == parent or name.startswith(f"{parent}.")]:
            sys.modules.pop(name, None)


def private(module: ModuleType | None) -> str:
    """The private parent of a module that was loaded here; empty for any other."""
    parent = module.__name__.partition(".")[0] if isinstance(module, ModuleType) else ""
    return parent if parent.startswith(PRIVATE) else ""
