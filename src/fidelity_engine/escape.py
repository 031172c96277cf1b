"""Data made harmless for the eyes that read it: terminals and spreadsheets do not obey what a cell of a file says."""

from __future__ import annotations

import re

# C0 and C1 controls, DEL, line separators, and the marks that turn the direction of writing
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    """The text with every control character shown as an escape, so that none is sent to a terminal."""
    return _UNSEEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def formula_safe(text: str) -> str:
    """The text as a spreadsheet may have it: with a leading `'` where it would be taken for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
