"""The page that a report is written on: how wide it is, whether it knows colours and signs beyond ASCII."""

from __future__ import annotations

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
        """A text in lines that fit, the first after `indent`, the others after `hanging`."""
        lead = indent if hanging is None else hanging
        text = self.shown(text)
        return textwrap.wrap(text, self.columns, initial_indent=indent, subsequent_indent=lead, break_on_hyphens=False)

    def cut(self, text: str, width: int) -> str:
        """A text shortened to a width, with a mark where something is missing."""
        text = self.shown(text)
        mark = "…" if self.unicode else "..."
        return text if len(text) <= width else text[: width - len(mark)] + mark


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return kept.encode("ascii", "backslashreplace").decode("ascii")
