"""describe: the rule book of a district in plain language, for people to read, discuss and sign."""

from fidelity_engine.views.describe.book import Book, Chapter, Entry, book_of, sentence_of
from fidelity_engine.views.describe.page import html
from fidelity_engine.views.describe.text import markdown

__all__ = ["Book", "Chapter", "Entry", "book_of", "html", "markdown", "sentence_of"]
