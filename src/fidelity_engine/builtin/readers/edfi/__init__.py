"""edfi: Ed-Fi interchanges in XML, standards 2.x to 5.x, for schools, staff, calendar and terms."""

from __future__ import annotations

from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows


def read(request: ReadRequest) -> Rows:
    """The rows of one listing, from all files together."""
    from fidelity_engine.builtin.readers.edfi import reading

    return reading.read(request)


EDFI = Reader("edfi", (), read, "Ed-Fi interchanges (XML, standards 2.x to 5.x), for schools, staff, calendar and terms.", folders=True)
