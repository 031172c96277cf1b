"""oneroster: bundles of OneRoster 1.1 and 1.2, as zip archive or folder, for schools, staff and terms."""

from __future__ import annotations

from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows


def read(request: ReadRequest) -> Rows:
    """The rows of one listing. Rows that refer to what is not there are rejected, each by file and number."""
    from fidelity_engine.builtin.readers.oneroster import reading

    return reading.read(request)


ONEROSTER = Reader("oneroster", (), read, "OneRoster 1.1 or 1.2 bundles (zip or folder), for schools, staff and terms.", folders=True)
