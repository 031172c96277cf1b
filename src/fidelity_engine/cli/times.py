"""Where the time of a run went, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fidelity_engine.course import Spent
from fidelity_engine.page import Page

NUMBERS = "{:>9.3f}{:>9.3f}{:>13}"
WIDTH = 31
"""Of the three columns of numbers."""
SHOWN_SECONDS = 0.0005
"""Less is told only in the sums: a rule whose cells another rule had already."""


def lines(spent: Sequence[Spent], page: Page) -> Iterator[str]:
    """A line per stage, one per source or rule below it, and the whole at the end."""
    stages: dict[str, list[Spent]] = {}
    for one in spent:
        if one.rows or one.seconds >= SHOWN_SECONDS:
            stages.setdefault(one.stage, []).append(one)
    room = page.columns - WIDTH - 2
    width = min(room, max([len("stage"), *(len(page.shown(_name(one))) + 2 for one in spent)]))
    yield page.style(f"  {'stage':{width}}{'seconds':>9}{'cpu':>9}{'rows':>13}", "heading")
    for stage, parts in stages.items():
        yield _line(stage, parts, page, width)
        for one in parts if len(parts) > 1 or parts[0].about else ():
            yield page.style(_line(f"  {_name(one)}", [one], page, width), "quiet")
    yield page.style(_line("whole", spent, page, width, rows=False), "heading")


def _name(one: Spent) -> str:
    return one.about or "the rest"


def _line(label: str, parts: Sequence[Spent], page: Page, width: int, rows: bool = True) -> str:
    number = sum(one.rows for one in parts) if rows else 0
    seconds, cpu = sum(one.seconds for one in parts), sum(one.cpu_seconds for one in parts)
    return f"  {page.cut(label, width):{width}}{NUMBERS.format(seconds, cpu, f'{number:,}' if number else '')}".rstrip()
