"""How an account is laid out: sections of lines that fit the page, and the words that several sections use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from fidelity_engine.builtin.reports.wording import counted, day_text
from fidelity_engine.page import Page, Role
from fidelity_engine.stages.emit.sentences import number

FEW_DAYS = 7
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SIX = Decimal("0.000001")


class Line(NamedTuple):
    """One statement; `depth` says how far it stands in."""

    text: str
    depth: int = 0
    role: Role | None = None


class Section(NamedTuple):
    """A heading and what stands below it."""

    heading: str
    lines: Iterable[Line | str]


def laid_out(sections: Iterable[Section], page: Page) -> Iterator[str]:
    """The sections as pieces of text, each with its line end; a section without lines is left out."""
    for heading, lines in sections:
        found = [piece for line in lines for piece in _wrapped(line, page)]
        if found:
            yield "\n".join([*_heading(heading, page), *found]) + "\n\n"


def _heading(text: str, page: Page) -> list[str]:
    return [page.style(piece, "heading") for piece in page.wrapped(text)]


def _wrapped(line: Line | str, page: Page) -> list[str]:
    text, depth, role = line if isinstance(line, Line) else Line(line)
    indent = "  " * (depth + 1)
    pieces = page.wrapped(text, indent, indent + "  ")
    return [page.style(piece, role) for piece in pieces] if role else pieces


# --- words ------------------------------------------------------------------------------------------------------------


def dated(day: date, today: date) -> str:
    """Tue 4 Nov."""
    return f"{WEEKDAYS[day.weekday()]} {day_text(day, today)}"


def dates(days: Sequence[date], today: date) -> str:
    """Few dates one by one, many as stretches that only weekends interrupt: Mon 3 Nov to Wed 12 Nov (8), Fri 14 Nov."""
    if len(days) <= FEW_DAYS:
        return ", ".join(dated(day, today) for day in days)
    return ", ".join(_stretch(run, today) for run in _runs(days))


def _runs(days: Sequence[date]) -> list[list[date]]:
    found: list[list[date]] = []
    for day in days:
        if found and _adjoins(found[-1][-1], day):
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _adjoins(before: date, day: date) -> bool:
    """Whether there is nothing between two dates, or a weekend."""
    between = [before + timedelta(n) for n in range(1, min((day - before).days, 4))]
    return len(between) < 3 and all(one.weekday() > 4 for one in between)


def _stretch(run: Sequence[date], today: date) -> str:
    if len(run) == 1:
        return dated(run[0], today)
    return f"{dated(run[0], today)} to {dated(run[-1], today)} ({len(run)})"


def school_days(count: int) -> str:
    """1 school day, 3 school days."""
    return counted(count, "school day")


def six(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    """A fraction, half-even to six places, as the engine writes it."""
    return (Decimal(numerator) / Decimal(denominator)).quantize(SIX, ROUND_HALF_EVEN)


def ratio(numerator: Decimal | int, denominator: Decimal | int) -> str:
    """`3 / 4 = 0.75`."""
    top, bottom = number(Decimal(numerator)), number(Decimal(denominator))
    return f"{top} / {bottom} = {number(six(numerator, denominator))}"


def summed(parts: Sequence[Decimal | int], most: int = 12) -> str:
    """`45 + 30 = 75`; of many parts only how many there are."""
    total = number(Decimal(sum(parts, Decimal(0))))
    if not parts or len(parts) > most:
        return f"sum of {counted(len(parts), 'value')} = {total}"
    return f"{' + '.join(number(Decimal(part)) for part in parts)} = {total}"
