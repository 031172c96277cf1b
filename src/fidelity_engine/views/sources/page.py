"""The accounts as a page: a table of all sources, then each with its reasons, stretches and heat map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from fidelity_engine.builtin.reports.account import evidence_line
from fidelity_engine.builtin.reports.wording import clock_text, counted, day_text
from fidelity_engine.page import Page, Role, columns_of
from fidelity_engine.views.sources.account import Example, SourceAccount, Stretch
from fidelity_engine.views.sources.heat import heat_map

HEADINGS = ("rows", "accepted", "set aside", "last event")
LOOKS: dict[str, Role] = {"unreadable": "critical", "silent": "high", "pending": "medium", "empty": "quiet", "alive": "good"}
MOST_STRETCHES = 12


def page_of(found: Sequence[SourceAccount], today: date, page: Page) -> Iterator[str]:
    """The page in pieces that end with a line break."""
    yield f"{page.style(f'Evidence as of {clock_text(today)}', 'heading')}\n\n"
    for line in _table(found, today, page):
        yield f"{line}\n"
    for one in found:
        yield f"\n{page.style(page.cut(one.count.source, page.columns), 'heading')}\n"
        for line in _section(one, today, page):
            yield f"{line}\n"


def _table(found: Sequence[SourceAccount], today: date, page: Page) -> Iterator[str]:
    rows = [(f"{one.count.read:,}", f"{one.count.accepted:,}", f"{one.count.quarantined:,}", _day(one.last_event, today)) for one in found]
    widths = [max([len(head), *(len(row[place]) for row in rows)]) for place, head in enumerate(HEADINGS)]
    states = max([len(_state(one)) for one in found], default=0)
    longest = min(max([columns_of(page.shown(one.count.source)) for one in found], default=0), page.columns - sum(widths) - 2 * len(widths) - 2 - states)
    yield f"{' ' * longest}  {'  '.join(head.rjust(width) for head, width in zip(HEADINGS, widths, strict=True))}"
    for one, row in zip(found, rows, strict=True):
        cells = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield f"{page.filled(one.count.source, longest)}  {cells}  {page.style(_state(one), LOOKS[one.state])}"


def _state(one: SourceAccount) -> str:
    """Its state, and where it is silent at how many of the schools."""
    schools = len([school for school in one.weeks if school])
    return f"{one.state} {one.silent_now}/{schools}" if one.silent_now and schools > 1 else one.state


def _day(day: date | None, today: date) -> str:
    return day_text(day, today) if day else "none"


def _section(one: SourceAccount, today: date, page: Page) -> Iterator[str]:
    line = evidence_line(one.count, one.reasons).removeprefix(f"{one.count.source}: ")
    yield from page.wrapped(f"{line.removesuffix('.')}.", "  ", "    ")
    if one.count.readable:
        yield from page.wrapped(f"It {one.coverage}; last event: {_day(one.last_event, today)}.", "  ", "    ")
    for example in one.examples:
        yield from page.wrapped(_example(example), "  ", "    ")
    if not one.count.readable:
        return
    for line in _stretches(one.stretches, today):
        yield from page.wrapped(line, "  ", "    ")
    yield from heat_map(one, page)


def _example(one: Example) -> str:
    where = f"; first in {one.place}, row {one.row}" if one.row is not None else ""
    return f"{one.reason} {one.rows:,}{where}: {one.sentence}"


def _stretches(found: Sequence[Stretch], today: date) -> Iterator[str]:
    """Silent stretches first, the longest first; how many more there are."""
    ordered = sorted(found, key=lambda one: (not one.silent, -one.days, one.school))
    for one in ordered[:MOST_STRETCHES]:
        span = day_text(one.since, today) if one.since == one.until else f"{day_text(one.since, today)} to {day_text(one.until, today)}"
        yield f"{'silent' if one.silent else 'pending'} at {one.school}: {span}, {counted(one.days, 'school day')}"
    if len(ordered) > MOST_STRETCHES:
        yield f"and {counted(len(ordered) - MOST_STRETCHES, 'more stretch', 'more stretches')}; the map shows them."
