"""The rule book as one HTML page that needs nothing else: for a screen, and for a printer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fidelity_engine.markup import fenced, rendered
from fidelity_engine.views.describe.book import Book
from fidelity_engine.views.describe.text import SIGNED

TEMPLATES = Path(__file__).parent / "templates"


def html(book: Book) -> Iterator[str]:
    """The page as pieces of text."""
    yield rendered(TEMPLATES, "book.html", book=book, signed=SIGNED, **fenced(TEMPLATES, "book.css")) + "\n"
