"""The rule book as markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fidelity_engine.escape import visible
from fidelity_engine.views.describe.book import Book, Entry

_SIGNS = re.compile(r"([\\`*\[\]<>|]|(?<!\w)_|_(?!\w))")
SIGNED = ("Name", "Role", "Date", "Signature")


def markdown(book: Book) -> Iterator[str]:
    """The book as pieces of text."""
    yield f"# {_said(book.title)}: what we agreed on\n\nSchool year {_said(book.year)}, {book.period}.\n"
    for chapter in book.chapters:
        yield f"\n## {_said(chapter.title)}\n"
        for entry in chapter.entries:
            yield "\n" + "\n".join(_entry(entry)) + "\n"
    yield from _listed("What counts", book.definitions)
    yield from _listed("Where the evidence comes from", book.sources)
    yield f"\n## Agreed\n\nEdition {book.edition} of the rule file. Another wording has another number.\n\n"
    yield f"| {' | '.join(SIGNED)} |\n|{' --- |' * len(SIGNED)}\n" + f"|{'   |' * len(SIGNED)}\n" * 2


def _entry(entry: Entry) -> Iterator[str]:
    yield f"### {_said(entry.title)}"
    yield ""
    yield f"**{_said(entry.sentence)}**"
    yield ""
    if entry.why:
        yield f"{_said(entry.why)}"
        yield ""
    yield f"Basis: {_said(entry.basis) if entry.basis else 'none given'}"
    yield ""
    yield from (f"- {_said(detail)}" for detail in entry.details)
    yield f"- Rule `{entry.id}`"


def _listed(heading: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    lines = [f"- **{_said(name)}**: {_said(text)}" for name, text in pairs]
    if lines:
        yield f"\n## {heading}\n\n" + "\n".join(lines) + "\n"


def _said(text: str) -> str:
    """Text of the rule file: what markdown would read as a sign is written as it stands."""
    return _SIGNS.sub(r"\\\1", " ".join(visible(text).split()))
