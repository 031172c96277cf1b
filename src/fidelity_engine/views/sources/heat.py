"""The heat map of one source: a line per school, a sign per week; it says the same without colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from fidelity_engine.builtin.reports.wording import MONTHS
from fidelity_engine.page import Page, Role, columns_of
from fidelity_engine.views.sources.account import SourceAccount
from fidelity_engine.views.sources.weeks import Week

LONGEST_NAME = 18
MOST_SCHOOLS = 60
NO_SCHOOL = "(no school)"


class Sign(NamedTuple):
    """What stands for a week: on a page with all signs, on one with ASCII only, and its look."""

    sign: str
    plain: str
    role: Role


SILENT, PENDING = Sign("×", "x", "high"), Sign("?", "?", "medium")
QUIET, CLOSED = Sign("·", ".", "quiet"), Sign(" ", " ", "quiet")
EVENTS = tuple(Sign(sign, plain, "good") for sign, plain in (("░", "1"), ("▒", "2"), ("▓", "3"), ("█", "4")))
LEGEND = (
    ("events on 1, 2, 3, 4 or more days", EVENTS), ("none", (QUIET,)), ("silent", (SILENT,)), ("pending", (PENDING,)),
)


def heat_map(one: SourceAccount, page: Page) -> Iterator[str]:
    """The map with its months above and its signs below; nothing where there are no weeks."""
    if not one.weeks:
        return
    shown = sorted(one.weeks, key=lambda school: (school == "", -_blind(one.weeks[school]), school))[:MOST_SCHOOLS]
    names = {school: page.cut(school or NO_SCHOOL, LONGEST_NAME) for school in shown}
    left = max(map(columns_of, names.values())) + 4
    per_sign = -(-max(len(one.weeks[school]) for school in shown) // (page.columns - left))
    yield f"{' ' * left}{_months(one.weeks[shown[0]], per_sign)}".rstrip()
    for school in sorted(shown, key=lambda school: (school == "", school)):
        yield f"  {page.filled(names[school], left - 4)}  {_line(one.weeks[school], per_sign, page)}".rstrip()
    if len(one.weeks) > len(shown):
        yield f"  and {len(one.weeks) - len(shown)} more schools with fewer silent days"
    yield from page.wrapped(_legend(per_sign, page), "  ", "  ")


def grouped(weeks: Sequence[Week], size: int) -> list[Sequence[Week]]:
    """Weeks in groups of a size, the last one as it comes."""
    return [weeks[start : start + size] for start in range(0, len(weeks), size)]


def _blind(weeks: Sequence[Week]) -> int:
    return sum(week.silent + week.pending for week in weeks)


def _months(weeks: Sequence[Week], per_sign: int) -> str:
    """The names of months over the sign in which they begin, as far as there is room."""
    mondays = [group[0].monday for group in grouped(weeks, per_sign)]
    begins = [0, *(place for place, (before, after) in enumerate(pairwise(mondays), 1) if before.month != after.month)]
    line = ""
    for place, after in pairwise([*begins, len(mondays)]):
        name = MONTHS[mondays[place].month - 1]
        line = line.ljust(place) + (name if after - place > 3 else name[:1] if after - place > 1 else "")
    return line


def _line(weeks: Sequence[Week], per_sign: int, page: Page) -> str:
    """The signs of one school; neighbours of one look are coloured together."""
    found = ""
    signs = [sign_of(group) for group in grouped(weeks, per_sign)]
    start = 0
    for place in range(1, len(signs) + 1):
        if place == len(signs) or signs[place].role != signs[start].role:
            text = "".join(sign.sign if page.unicode else sign.plain for sign in signs[start:place])
            found += page.style(text, signs[start].role) if text.strip() else text
            start = place
    return found


def sign_of(weeks: Sequence[Week]) -> Sign:
    """The sign of one or several weeks: silence weighs more than events, events more than days that are still pending."""
    days, silent, pending = (sum(getattr(week, what) for week in weeks) for what in ("days", "silent", "pending"))
    if silent and 2 * silent >= days:
        return SILENT
    with_events = -(-sum(week.with_events for week in weeks) // len(weeks))
    if with_events:
        return EVENTS[min(with_events, len(EVENTS)) - 1]
    if pending:
        return PENDING
    return QUIET if days else CLOSED


def _legend(per_sign: int, page: Page) -> str:
    each = "a week" if per_sign == 1 else f"{per_sign} weeks"
    parts = [f"{''.join(sign.sign if page.unicode else sign.plain for sign in signs)} {told}" for told, signs in LEGEND]
    return f"A sign is {each}: {', '.join(parts)}; nothing: no school."
