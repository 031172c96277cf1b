"""json: one array of objects. Values keep their type; the engine finds the keys."""

from __future__ import annotations

from pathlib import Path

from fidelity_engine.builtin.readers.opening import in_utf8
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows, Scan


def read(request: ReadRequest) -> Rows:
    """The objects of all files; an item that is no object is quarantined, a file that is no array cannot be opened."""
    paths = [in_utf8(path, request, place) for place, path in enumerate(request.paths)]
    for path, original in zip(paths, request.paths, strict=True):
        _is_array(path, original.name)
    options = {"format": "array", "records": "false", "columns": {"json": "JSON"}}
    return Rows([], Scan("read_json", paths, options), typed=True)


def _is_array(path: Path, name: str) -> None:
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] != b"[":
        raise FidelityError("is no JSON array", name, "Write [{...}, {...}], or name it .jsonl with one object a line.")


JSON = Reader("json", (".json",), read, "One JSON array of objects; values keep their type.", scans=True)
