"""`fidelity calendar show`: which date is what kind of day in which school."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import opened, plugins_option, rules_argument
from fidelity_engine.cli.screen import show
from fidelity_engine.errors import FidelityError

MARKS = {
    "instructional": "",
    "make_up": "m",
    "partial": "p",
    "teacher_only": "t",
    "non_instructional": "n",
    "holiday": "h",
    "weather": "w",
    "emergency": "e",
    "strike": "s",
    "other": "o",
    None: "-",
}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_WEEK = 7


@click.group("calendar")
def command() -> None:
    """Show the school calendar as the engine reads it."""


@command.command("show")
@rules_argument
@click.option("--school", "schools", multiple=True, metavar="ID", help="Only this school; repeatable.")
@click.option("--month", metavar="YYYY-MM", help="Only this month.")
@plugins_option
def shown(rules: Path, schools: tuple[str, ...], month: str | None, no_plugins: bool) -> None:
    """Print each school's months; letters say what kind of day it is, plain numbers are instructional."""
    if month and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise FidelityError(f"`{month}` is no month", "--month", "Write it as 2025-11.")
    engine = opened(rules, no_plugins)
    from fidelity_engine.views.calendar import school_days

    found = school_days(engine.ruleset, engine.host, schools)
    days = [day for day in found if not month or day.date.isoformat().startswith(month)]
    if month and not days:
        period = engine.ruleset.period
        raise FidelityError(f"{month} lies outside the period, {period.start} to {period.end}", "--month", f"Write one such as {period.start:%Y-%m}.")
    for _, of_month in groupby(days, key=lambda day: (day.school, day.date.year, day.date.month)):
        for line in _grid(list(of_month)):
            show(f"{line}\n")
    show(f"{_legend(days)}\n")


def _grid(days: list[Any]) -> Iterator[str]:
    """One month of one school, a line per week."""
    first: date = days[0].date
    number = sum(day.instructional for day in days)
    plural = "" if number == 1 else "s"
    yield f"{days[0].school}, {_MONTHS[first.month - 1]} {first.year}: {number} instructional day{plural}"
    yield "  Mo  Tu  We  Th  Fr  Sa  Su"
    cells = ["    "] * first.weekday() + [_cell(day) for day in days]
    for start in range(0, len(cells), _WEEK):
        yield "".join(cells[start : start + _WEEK]).rstrip()
    yield ""


def _cell(day: Any) -> str:
    mark = "" if day.instructional and day.kind is None else MARKS.get(day.kind, "?")
    return f"{day.date.day:3}{mark or ' '}"


def _legend(days: Iterable[Any]) -> str:
    kinds = {day.kind for day in days}
    marks = [f"{mark} {kind.replace('_', ' ')}" for kind, mark in MARKS.items() if kind in kinds and kind and mark]
    return "; ".join(["plain: instructional", *marks, *(["- no row"] if None in kinds else [])])
