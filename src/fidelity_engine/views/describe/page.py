"""The rule book as one HTML page that needs nothing else: for a screen, and for a printer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from fidelity_engine.escape import visible
from fidelity_engine.views.describe.book import Book, Entry
from fidelity_engine.views.describe.text import SIGNED

STYLE = """body{font:16px/1.5 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1,h2,h3{font-family:system-ui,sans-serif;line-height:1.25}h2{margin-top:2.5rem;border-bottom:1px solid #999}
article{break-inside:avoid;margin:1.5rem 0}.sentence{font-weight:bold}.why{font-style:italic}.basis,.small{color:#444}
ul{padding-left:1.2rem}table{width:100%;border-collapse:collapse;margin-top:1rem}
th,td{border:1px solid #999;padding:.4rem;text-align:left}td{height:2.2rem}
@media print{body{margin:0;max-width:none}a{color:inherit}}"""


def html(book: Book) -> Iterator[str]:
    """The page as pieces of text."""
    title = f"{_said(book.title)}: what we agreed on"
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    yield f"<p>School year {_said(book.year)}, {_said(book.period)}.</p>\n"
    for chapter in book.chapters:
        yield f"<section>\n<h2>{_said(chapter.title)}</h2>\n"
        for entry in chapter.entries:
            yield from _entry(entry)
        yield "</section>\n"
    yield from _listed("What counts", book.definitions)
    yield from _listed("Where the evidence comes from", book.sources)
    yield from _signed(book)
    yield "</main>\n</body>\n</html>\n"


def _entry(entry: Entry) -> Iterator[str]:
    yield f'<article id="{_said(entry.id)}">\n<h3>{_said(entry.title)}</h3>\n<p class="sentence">{_said(entry.sentence)}</p>\n'
    if entry.why:
        yield f'<p class="why">{_said(entry.why)}</p>\n'
    yield f'<p class="basis">Basis: {_said(entry.basis) if entry.basis else "none given"}</p>\n<ul>\n'
    yield from (f"<li>{_said(detail)}</li>\n" for detail in entry.details)
    yield f"<li>Rule <code>{_said(entry.id)}</code></li>\n</ul>\n</article>\n"


def _listed(heading: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    lines = [f"<li><strong>{_said(name)}</strong>: {_said(text)}</li>\n" for name, text in pairs]
    if lines:
        yield f"<section>\n<h2>{heading}</h2>\n<ul>\n{''.join(lines)}</ul>\n</section>\n"


def _signed(book: Book) -> Iterator[str]:
    yield "<section>\n<h2>Agreed</h2>\n"
    yield f'<p class="small">Edition {book.edition} of the rule file. Another wording has another number.</p>\n'
    head = "".join(f'<th scope="col">{one}</th>' for one in SIGNED)
    line = f"<tr>{'<td></td>' * len(SIGNED)}</tr>\n"
    yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{line * 2}</tbody>\n</table>\n</section>\n"


def _said(text: str) -> str:
    return escape(visible(text))
