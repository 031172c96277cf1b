"""Regular expressions: RE2 only, which knows no look-around and no references back (and so never runs away)."""

from __future__ import annotations

import re
import warnings

_UNKNOWN = (
    (re.compile(r"\(\?(=|!|<=|<!)"), "looks ahead or behind", "RE2 cannot do that: say it with two filters."),
    (re.compile(r"\\[1-9]|\(\?P=|\\g<|\\k<"), "refers back to a group", "RE2 cannot do that: write the text out."),
    (re.compile(r"\(\?[>(#]|\(\?P>|(?<!\\)[*+?}]\+"), "uses a group or repetition unknown to RE2", "Leave it out."),
    (re.compile(r"\\[ZGKRX]"), "uses an escape unknown to RE2", "The whole value is compared: no anchor is needed."),
)
_OURS = (
    # what RE2 knows and the check below does not, put as something that both know
    (re.compile(r"\\[pP](\{[^}]*\}|\w)"), "a"),
    (re.compile(r"\[:\^?\w+:\]"), "a"),
    (re.compile(r"\\z"), "$"),
    (re.compile(r"\\Q.*?(\\E|$)"), "a"),
    (re.compile(r"\\x\{[0-9a-fA-F]+\}"), "a"),
    (re.compile(r"\(\?[a-zA-Z]*(-[a-zA-Z]+)?([:)])"), r"(?:\2"),
    (re.compile(r"\(\?:\)"), ""),
)


def refused(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used, and the mend; None where it can."""
    bare = pattern.replace("\\\\", "aa")
    for test, what, mend in _UNKNOWN:
        if test.search(bare):
            return f"the pattern {what}", mend
    if any(int(number) > 1000 for number in re.findall(r"\{(?:\d+,)?(\d{1,9})", bare)):
        return "the pattern repeats more than 1000 times", "RE2 allows 1000 at most."
    for ours, put in _OURS:
        bare = ours.sub(put, bare)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(bare)
    except (re.error, RecursionError, OverflowError) as error:
        position = f" at position {error.pos + 1}" if isinstance(error, re.error) and error.pos is not None else ""
        return f"the pattern cannot be read: {getattr(error, 'msg', 'too deep')}{position}", "Write an RE2 expression."
    return None
