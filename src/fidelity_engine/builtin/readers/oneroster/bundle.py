"""A bundle and its manifest: which files it has, and whether each holds everything (bulk) or changes (delta)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fidelity_engine.builtin.readers.oneroster.table import Row, rows_of
from fidelity_engine.builtin.readers.opening import openable, slug
from fidelity_engine.builtin.readers.zipped import unpacked
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest, Rejected

FILES = ("manifest.csv", "orgs.csv", "users.csv", "roles.csv", "academicsessions.csv")
VERSIONS = ("1.1", "1.2")
MODES = ("bulk", "delta", "absent")
GONE = "tobedeleted"


@dataclass(frozen=True)
class Bundle:
    """`name`: of the archive or folder. `modes`: file → bulk, delta or absent, as the manifest says."""

    name: str
    version: str
    files: Mapping[str, Path]
    modes: Mapping[str, str]

    def rows(self, file: str) -> Iterator[Row]:
        """The rows of a file that the manifest says is there."""
        path = self.files.get(f"{file.lower()}.csv")
        if path is None:
            raise FidelityError(f"lacks {file}.csv, which its manifest names", self.name, "Export the bundle again.")
        return rows_of(path, self.told(file))

    def told(self, file: str) -> str:
        """How a file of it is called in mistakes."""
        return f"{self.name}/{file}.csv" if self.name.lower().endswith(".zip") else f"{file}.csv"

    def mode(self, file: str) -> str:
        """bulk, delta or absent."""
        return self.modes.get(file.lower(), "absent")


def bundles_of(request: ReadRequest) -> list[Bundle]:
    """The bundles of a request, by name: each zip archive is one, the csv files together are one."""
    loose = {path.name.lower(): path for path in request.paths if path.suffix.lower() == ".csv"}
    found = [opened(request.paths[0].parent.name, loose)] if loose else []
    for place, path in enumerate(path for path in request.paths if path.suffix.lower() == ".zip"):
        openable(path)
        found.append(opened(path.name, unpacked(path, FILES, request.folder / f"{slug(request.name)}-{place}")))
    if not found:
        raise FidelityError("holds neither a zip archive nor csv files", request.name, "Name the bundle, or the folder that it was unpacked to.")
    return found


def opened(name: str, files: Mapping[str, Path]) -> Bundle:
    """The bundle, after its manifest was read."""
    if "manifest.csv" not in files:
        mend = "OneRoster 1.1 and 1.2 bundles have one; without it nobody knows whether a file is whole."
        raise FidelityError("has no manifest.csv", name, mend)
    said = {row["propertyname"].lower(): row["value"] for row in rows_of(files["manifest.csv"], "manifest.csv")}
    version = said.get("oneroster.version", "")
    if version not in VERSIONS:
        raise FidelityError("is of no version that can be read", name, f"Export OneRoster {' or '.join(VERSIONS)}.")
    modes = {key.removeprefix("file."): value.lower() for key, value in said.items() if key.startswith("file.")}
    if any(mode not in MODES for mode in modes.values()):
        raise FidelityError("has a manifest that says something else than bulk, delta or absent", name, "Export the bundle again.")
    return Bundle(name, version, files, modes)


@dataclass(frozen=True)
class Kept:
    """A row that holds after all bundles were applied, and the file that it stands in."""

    row: Row
    file: str


def applied(
    bundles: Iterable[Bundle], file: str, rejected: list[Rejected], wanted: Callable[[Row], bool] = lambda row: True
) -> dict[str, Kept]:
    """id → row: bulk files begin anew, deltas change and take away; FidelityError where changes come first, or nothing comes.

    Rows that are not `wanted` are not kept; ids that a file has twice are rejected.
    """
    found: dict[str, Kept] | None = None
    for bundle in bundles:
        mode = bundle.mode(file)
        if mode == "absent":
            continue
        if mode == "delta" and found is None:
            mend = "Name a bulk bundle before it: `read: bundles/*.zip`, in the order of their names."
            raise FidelityError(f"holds only changes of {file}.csv", bundle.name, mend)
        found = {} if mode == "bulk" or found is None else found
        for row in bundle.rows(file):
            _apply(found, Kept(row, bundle.told(file)), row["status"].lower() != GONE and wanted(row), rejected)
    if found is None:
        raise FidelityError(f"{file}.csv is absent from the bundle", ", ".join(bundle.name for bundle in bundles), "Export it with this file.")
    return found


def _apply(found: dict[str, Kept], kept: Kept, held: bool, rejected: list[Rejected]) -> None:
    id_ = kept.row["sourcedid"]
    before = found.pop(id_, None)
    if not id_:
        rejected.append(Rejected(kept.file, kept.row.number, "It has no sourcedId."))
    elif before and before.file == kept.file:
        rejected.append(Rejected(kept.file, kept.row.number, f"Its sourcedId {id_} stands twice; first in row {before.row.number}."))
    elif held:
        found[id_] = kept
