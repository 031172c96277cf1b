"""Which listings a OneRoster bundle can be, and their rows."""

from __future__ import annotations

from collections.abc import Callable

from fidelity_engine.builtin.readers.oneroster.bundle import Bundle, bundles_of
from fidelity_engine.builtin.readers.oneroster.people import staff
from fidelity_engine.builtin.readers.oneroster.places import Found, schools, terms
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest, Rows

LISTINGS: dict[str, Callable[[list[Bundle]], Found]] = {"schools": schools, "staff": staff, "terms": terms}
TEAMS = "OneRoster knows no teams of teachers: give a file of your own."


def read(request: ReadRequest) -> Rows:
    """The rows of one listing. Rows that refer to what is not there are rejected, each by file and number."""
    if request.listing not in LISTINGS:
        mend = TEAMS if request.listing in ("teams", "members") else f"It holds {', '.join(LISTINGS)}."
        raise FidelityError(f"a OneRoster bundle cannot be `{request.listing or request.name}`", request.name, mend)
    found = LISTINGS[request.listing](bundles_of(request))
    return Rows(found.columns, found.rows, found.rejected, typed=True)
