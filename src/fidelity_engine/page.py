"""The page that a report is written on: how wide it is, whether it knows colours and signs beyond ASCII."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple

from fidelity_engine.escape import visible

Role = Literal["heading", "critical", "high", "medium", "low", "good", "quiet"]
NARROWEST, WIDEST = 60, 160
_NO_WIDTH = ("Mn", "Me", "Cf")

_SIGNS = {"…": "...", "–": "-", "—": "-", "·": "-", "→": "->", "•": "-", "≥": ">=", "≤": "<="}
_PLAIN = str.maketrans(_SIGNS | {"’": "'", "‘": "'", "“": '"', "”": '"'})


_TOGETHER = re.compile(r"(?<=\d) (?=%|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)|(?<=\b[A-Z]\.) (?=[A-Z])")
_GLUE, _SECOND = "\0", "\1"
"""Stand for a space at which no line ends, and for the second column of a wide sign; data cannot hold them, as control characters are escaped."""


def _unstyled(text: str, role: Role) -> str:
    return text


class Page(NamedTuple):
    """`style(text, role)` colours a piece of text, and is asked after everything was laid out."""

    width: int = 100
    unicode: bool = True
    style: Callable[[str, Role], str] = _unstyled

    @property
    def columns(self) -> int:
        """The width to lay out for: a page is never narrower than 60 and never wider than 160."""
        return max(NARROWEST, min(self.width, WIDEST))

    def shown(self, value: object) -> str:
        """Data as it may stand here: control characters escaped, and ASCII where the page knows nothing else."""
        text = visible(str(value))
        return text if self.unicode else _ascii(text)

    def wrapped(self, text: str, indent: str = "", hanging: str | None = None) -> list[str]:
        """A text in lines that fit, the first after `indent`, the others after `hanging`.

        80 %, 3 Nov and the initial of a name stay together.
        """
        text = self.shown(text).rstrip()
        if text and text.isascii() and len(indent) + len(text) <= self.columns:
            return [indent + text]
        lead = indent if hanging is None else hanging
        text = _TOGETHER.sub(_GLUE, text)
        wide = text if text.isascii() else "".join(f"{sign}{_SECOND}" if columns_of(sign) == 2 else sign for sign in text)
        lines = _Wrapper(self.columns, initial_indent=indent, subsequent_indent=lead, break_on_hyphens=False).wrap(wide)
        return [line.replace(_GLUE, " ").replace(_SECOND, "") for line in lines]

    def cut(self, text: str, width: int) -> str:
        """A text shortened to a width, with a mark where something is missing."""
        text = self.shown(text)
        mark = "…" if self.unicode else "..."
        if columns_of(text) <= width:
            return text
        while text and columns_of(text) > width - len(mark):
            text = text[:-1]
        return text + mark

    def filled(self, text: str, width: int) -> str:
        """A text cut to a width, and filled up to it with blanks, so that what follows stands below each other."""
        text = self.cut(text, width)
        return text + " " * (width - columns_of(text))


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes: two for wide signs (Chinese, emoji), none for marks on the sign before."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.category(sign) in _NO_WIDTH else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


class _Wrapper(textwrap.TextWrapper):
    """Does not part a wide sign from its second column where a word is longer than a line."""

    def _handle_long_word(self, reversed_chunks: list[str], cur_line: list[str], cur_len: int, width: int) -> None:
        chunk, end = reversed_chunks[-1], max(width - cur_len, 1)
        end -= chunk[end : end + 1] == _SECOND
        cur_line.append(chunk[: end or 2])
        reversed_chunks[-1] = chunk[end or 2 :]


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    if plain.isascii():
        return plain
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return kept.encode("ascii", "backslashreplace").decode("ascii")
