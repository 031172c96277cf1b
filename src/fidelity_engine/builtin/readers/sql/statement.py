"""Whether a query is one statement that only reads: a first fence, before the database's own."""

from __future__ import annotations

import re

from fidelity_engine.errors import FidelityError

_QUIET = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""Texts, quoted names and comments: what is in them is no part of the statement."""


def one_reading(query: str, source: str) -> str:
    """The query without a semicolon at its end; FidelityError for several statements and for those that do not begin as a question."""
    bare = _QUIET.sub(" x ", query).strip().rstrip(";").strip()
    if ";" in bare:
        raise FidelityError("`query` holds several statements", source, "Write one SELECT.")
    if not re.match(r"\(*\s*(select|with|values|table)\b", _QUIET.sub(" ", query).strip(), re.IGNORECASE):
        raise FidelityError("`query` is no SELECT", source, "Write one SELECT.")
    return re.sub(r"[;\s]+\Z", "", query)
