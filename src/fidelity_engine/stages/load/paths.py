"""Which files a `read:` means, and whether the rule file may reach them at all."""

from __future__ import annotations

import glob
import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import ReadSpec, RuleSet

MOST_FILES = 10_000
OPEN = "~$"
"""So begins what Office keeps beside a document that somebody has open: it is none."""


def resolve(ruleset: RuleSet, written: str, folders: bool = False) -> list[Path]:
    """The files of a path or glob, sorted, links followed, each under one of the rule file's roots.

    `folders`: a folder stands for the files in it.
    """
    whole = Path(ruleset.root) / written
    if folders and "\0" not in written and whole.is_dir():
        return [_allowed(ruleset, written, path) for path in _matching(ruleset, f"{glob.escape(written)}/*")]
    if not glob.has_magic(written) or whole.exists():
        return [_allowed(ruleset, written, whole)]
    return [_allowed(ruleset, written, path) for path in _matching(ruleset, written)]


PACKED = 6
"""So many times its size on disk a compressed file takes in memory, roughly."""
PACKED_FORMS = frozenset({".parquet", ".gz", ".zip", ".xlsx"})


class Size(NamedTuple):
    """How large the files of all sources are together: on disk, and, roughly, once they are read."""

    on_disk_bytes: float = math.inf
    in_memory_bytes: float = 0


def size_of(ruleset: RuleSet) -> Size:
    """The size of the evidence; where a source is no file, or cannot be found, it is without end on disk and wants nothing."""
    try:
        files = [(path.stat().st_size, path.suffix) for spec in ruleset.evidence.values() for path in resolve(ruleset, spec.read)]
    except (FidelityError, OSError):
        return Size()
    return Size(sum(size for size, _ in files), sum(size * (PACKED if suffix in PACKED_FORMS else 1) for size, suffix in files))


def inputs_of(ruleset: RuleSet) -> Iterator[Path]:
    """The files that a run reads, of those that can be found: evidence and its map files, roster, calendar, papers."""
    said = [getattr(ruleset.roster, listing, None) for listing in ("schools", "teams", "staff", "members")]
    said += [getattr(ruleset.calendar, listing, None) for listing in ("read", "terms")]
    specs = [one for one in [*said, ruleset.owners, ruleset.complete, ruleset.waivers, *ruleset.evidence.values()] if isinstance(one, ReadSpec)]
    written = [spec.read for spec in specs] + [column.map_file for spec in specs for column in spec.columns.values() if column.map_file]
    for one in [*written, *([ruleset.decisions] if ruleset.decisions else [])]:
        with suppress(FidelityError, OSError):
            yield from resolve(ruleset, one, folders=True)


def _matching(ruleset: RuleSet, written: str) -> list[Path]:
    pattern = str(Path(glob.escape(ruleset.root)) / written)
    matching = glob.iglob(pattern, recursive=True)  # noqa: PTH207 (the pattern may begin with ..)
    found = list(islice((path for path in matching if Path(path).is_file() and not Path(path).name.startswith(OPEN)), MOST_FILES + 1))
    if not found:
        raise FidelityError(f"no file matches `{written}`", ruleset.path, "Check the path; it is relative to the rule file.")
    if len(found) > MOST_FILES:
        raise FidelityError(f"`{written}` matches more than {MOST_FILES} files", ruleset.path, "Narrow the pattern.")
    return sorted(map(Path, found))


def _allowed(ruleset: RuleSet, written: str, path: Path) -> Path:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise FidelityError(f"`{written}` cannot be found", ruleset.path, "Check the path; it is relative to the rule file.") from None
    roots = [Path(root).resolve() for root in ruleset.roots]
    if not any(real.is_relative_to(root) for root in roots):
        mend = "Move the file, or name its folder under `roots:`."
        raise FidelityError(f"`{written}` lies outside the folders that the rule file may read", ruleset.path, mend)
    if not real.is_file():
        raise FidelityError(f"`{written}` is no file", ruleset.path, "Name a file, or a pattern such as meetings-*.csv.")
    return real
