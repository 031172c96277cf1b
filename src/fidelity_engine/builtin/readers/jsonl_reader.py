"""jsonl: one JSON object a line. Values keep their type; the engine finds the keys."""

from __future__ import annotations

from fidelity_engine.builtin.readers.opening import in_utf8
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows, Scan


def read(request: ReadRequest) -> Rows:
    """The lines of all files; one that is no JSON object comes as a missing one and is quarantined."""
    paths = [in_utf8(path, request, place) for place, path in enumerate(request.paths)]
    options = {"format": "newline_delimited", "records": "false", "columns": {"json": "JSON"}, "ignore_errors": True}
    return Rows([], Scan("read_json", paths, options), typed=True)


JSONL = Reader("jsonl", (".jsonl", ".ndjson"), read, "One JSON object a line; values keep their type.", scans=True)
