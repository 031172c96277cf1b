"""The page that a report is written on: how wide it is, whether it knows colours and signs beyond ASCII."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fidelity_engine.escape import visible

Role = Literal["heading", "critical", "high", "medium", "low", "good", "quiet"]
NARROWEST, WIDEST = 60, 160

_SIGNS = {"…": "...", "–": "-", "—": "-", "·": "-", "→": "->", "•": "-", "≥": ">=", "≤": "<="}
_PLAIN = str.maketrans(_SIGNS | {"’": "'", "‘": "'", "“": '"', "”": '"'})


_TOGETHER = re.compile(r"(?<=\d) (?=%|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)|(?<=\b[A-Z]\.) (?=[A-Z])")
_GLUE = "\0"
"""Stands for a space at which no line ends; data cannot hold it, because control characters are escaped."""


def _unstyled(text: str, role: Role) -> str:
    return text


@dataclass(frozen=True)
class Page:
    """`style(text, role)` colours a piece of text, and is asked after everything was laid out."""

    width: int = 100
    unicode: bool = True
    style: Callable[[str, Role], str] = field(default=_unstyled)

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
        lead = indent if hanging is None else hanging
        text = _TOGETHER.sub(_GLUE, self.shown(text))
        lines = textwrap.wrap(text, self.columns, initial_indent=indent, subsequent_indent=lead, break_on_hyphens=False)
        return [line.replace(_GLUE, " ") for line in lines]

    def cut(self, text: str, width: int) -> str:
        """A text shortened to a width, with a mark where something is missing."""
        text = self.shown(text)
        mark = "…" if self.unicode else "..."
        return text if len(text) <= width else text[: width - len(mark)] + mark


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return kept.encode("ascii", "backslashreplace").decode("ascii")
