"""parquet: columns with their own types."""

from __future__ import annotations

from fidelity_engine.builtin.readers.opening import openable
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows, Scan


def read(request: ReadRequest) -> Rows:
    """The rows of all files, columns joined by name."""
    for path in request.paths:
        openable(path)
    return Rows([], Scan("read_parquet", list(request.paths), {"union_by_name": len(request.paths) > 1}), typed=True)


PARQUET = Reader("parquet", (".parquet", ".pq"), read, "Parquet files; columns keep their types.", scans=True)
