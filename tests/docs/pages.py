"""The pages of the documentation, and the fenced examples in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("rules/*.md"), *ROOT.glob("evidence/*.md"),
                *ROOT.glob("plugins/**/README.md")])  # fmt: skip
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    """A fenced block: its page, its first line there, its language, the file name behind it, and its text."""

    page: Path
    line: int
    language: str
    file: str | None
    text: str

    @property
    def name(self) -> str:
        """How a test calls it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def examples(*languages: str) -> list[Example]:
    """The fenced blocks of all pages in these languages."""
    return [one for page in PAGES for one in _of(page) if one.language in languages]


def _of(page: Path) -> Iterator[Example]:
    text = page.read_text("utf-8")
    for found in _FENCE.finditer(text):
        yield Example(page, text.count("\n", 0, found.start()) + 1, found[1], found[2], found[3])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """What links may name on a page."""
    return {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)}


def _anchor(heading: str) -> str:
    return "".join(sign for sign in heading.lower().replace(" ", "-") if sign.isalnum() or sign in "-_")
