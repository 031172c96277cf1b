"""Which listings an Ed-Fi interchange can be, and their rows."""

from __future__ import annotations

from collections.abc import Callable

from fidelity_engine.builtin.readers.edfi.days import calendar, terms
from fidelity_engine.builtin.readers.edfi.found import Found
from fidelity_engine.builtin.readers.edfi.people import schools, staff
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest, Rows

LISTINGS: dict[str, Callable[[ReadRequest], Found]] = {"schools": schools, "staff": staff, "calendar": calendar, "terms": terms}
TEAMS = "Ed-Fi knows no teams of teachers: give a file of your own."


def read(request: ReadRequest) -> Rows:
    """The rows of one listing, from all files together."""
    if request.listing not in LISTINGS:
        mend = TEAMS if request.listing in ("teams", "members") else f"It holds {', '.join(LISTINGS)}."
        raise FidelityError(f"an Ed-Fi interchange cannot be `{request.listing or request.name}`", request.name, mend)
    found = LISTINGS[request.listing](request)
    if not found.rows and not found.rejected:
        raise FidelityError(f"holds no {found.wanted}", ", ".join(path.name for path in request.paths[:3]), "Name the interchange that has them.")
    return Rows(found.columns, found.rows, found.rejected, typed=True)
