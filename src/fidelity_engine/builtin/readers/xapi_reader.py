"""xapi: statements of a learning record store, one JSON object a line or one document. Each statement is a row."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fidelity_engine.model.values import Text
from fidelity_engine.plugin.spec import Parameters, Reader, ReadRequest, Rows


class Options(Parameters):
    """Keys of a source of xAPI statements."""

    rows: Literal["statements", "sessions"] = Field("statements", description="statements, or sessions: rows of all who attended an activity on a date.")
    account_of: Text | None = Field(None, description="Only accounts of this home page are staff ids.")


def read(request: ReadRequest) -> Rows:
    """The statements of all files; what is voided is marked, and skipped by the engine."""
    from fidelity_engine.builtin.readers import xapi_rows

    return xapi_rows.read(request)


XAPI = Reader("xapi", (), read, "xAPI statements, as JSON lines or one document of at most 200 MB.", Options)
