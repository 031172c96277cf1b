"""Regular expressions: RE2 only, which knows no look-around and no references back (and so never runs away)."""

from __future__ import annotations

import re
from functools import lru_cache

from fidelity_engine.db.connecting import complaint

_PLAIN = re.compile(r"(?:[^\\\[\](){}*+?|^$][*+?]?|\|)*")
"""What needs no asking: letters, dots and bars, each perhaps repeated."""
_EXPLAINED = (
    (re.compile(r"\(\?(=|!|<=|<!)"), "looks ahead or behind", "RE2 cannot do that: say it with two filters."),
    (re.compile(r"\\[1-9]|\(\?P=|\\g<|\\k<"), "refers back to a group", "RE2 cannot do that: write the text out."),
    (re.compile(r"\(\?[>(#]|\(\?P>|(?<!\\)[*+?}]\+"), "uses a group or repetition unknown to RE2", "Leave it out."),
    (re.compile(r"\\[ZGKRX]"), "uses an escape unknown to RE2", "The whole value is compared: no anchor is needed."),
    (re.compile(r"\{(?:\d+,)?\d{4,}"), "repeats more than 1000 times", "RE2 allows 1000 at most."),
)
_TOLD = 80
"""So many characters of what RE2 says: it may repeat the whole pattern."""


@lru_cache(maxsize=256)
def refused(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used, and the mend; None where it can."""
    reason = None if _PLAIN.fullmatch(pattern) else _asked(pattern)
    if reason is None:
        return None
    bare = pattern.replace("\\\\", "aa")
    for test, what, mend in _EXPLAINED:
        if test.search(bare):
            return f"the pattern {what}", mend
    return f"the pattern cannot be read: {reason[:_TOLD]}", "Write an RE2 expression."


def _asked(pattern: str) -> str | None:
    """What RE2 itself, in the embedded engine, has against a pattern: no rule of ours knows all that it refuses."""
    found = complaint("select regexp_full_match('', $1)", [pattern])
    return found and found.removeprefix("Invalid Input Error: ")
