"""The past as text: a table with a chart, the findings of each rule, and what another rule file would have said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.page import Page
from fidelity_engine.views.backtest.past import EXAMPLES, Backtest, Change, Tally

VERDICTS = ("met", "missed", "at_risk", "open", "no_data", "not_applicable", "error", "waived", "disputed")
NARROW = 20
"""The width of the longest bar."""


def lines(found: Backtest, page: Page) -> Iterator[str]:
    """The account as lines of text."""
    against = f" against {found.against}" if found.against else ""
    every = {"day": "every day", "week": "every week", "month": "every month"}[found.each]
    yield page.style(page.shown(f"{found.label}{against}, {found.first} to {found.last}, {every}"), "heading")
    yield from page.wrapped("Evidence as it was known on each date; roster, calendar and rules are today's. Rules on trial count as active.")
    yield ""
    yield from _dates(found, page)
    yield ""
    yield from _findings(found, page)
    if found.against:
        yield ""
        yield from _differences(found, page)
    for cause in found.unfinished:
        yield page.shown(f"Incomplete: {cause}")


def _dates(found: Backtest, page: Page) -> Iterator[str]:
    """One line per date: cells by verdict, open findings, and a bar for these."""
    seen = [verdict for verdict in VERDICTS if any(moment.totals[verdict] for moment in found.moments)]
    head = ["as of", *(verdict.replace("_", " ") for verdict in seen), "findings", *(["other"] if found.against else [])]
    most = max([1, *(max(moment.open_findings, moment.other_open or 0) for moment in found.moments)])
    rows, bars = [], []
    for moment in found.moments:
        counts = [f"{moment.totals[verdict]:,}" for verdict in seen]
        rows.append([str(moment.day), *counts, str(moment.open_findings), *([str(moment.other_open)] if found.against else [])])
        bars.append("nothing to do" if moment.idle else _bar(moment.open_findings, most, page))
    for line, bar in zip(table([head, *rows]), ["open findings", *bars], strict=True):
        yield page.shown(f"{line}  {bar}".rstrip())


def _bar(value: int, most: int, page: Page) -> str:
    return ("█" if page.unicode else "#") * round(NARROW * value / most)


def _findings(found: Backtest, page: Page) -> Iterator[str]:
    """One line per rule: how many findings it would have opened."""
    yield page.style("Findings that would have been opened", "heading")
    head = ["rule", "opened", "withdrawn", "open at the end"]
    if found.against:
        head += ["other: opened", "withdrawn", "open at the end"]
    rows = [head]
    for rule in dict.fromkeys([*found.rules, *found.other_rules]):
        rows.append([rule, *_tally(found.tallies, rule, rule in found.rules)])
        if found.against:
            rows[-1] += _tally(found.other_tallies, rule, rule in found.other_rules)
    yield from (page.shown(line) for line in table(rows))


def _tally(tallies: dict[str, Tally], rule: str, there: bool) -> list[str]:
    if not there:
        return ["-", "-", "-"]
    one = tallies.get(rule, Tally())
    return [str(len(one.opened)), str(len(one.withdrawn)), str(len(one.open_now))]


def _differences(found: Backtest, page: Page) -> Iterator[str]:
    """What the other file says otherwise as of the last date, and on how many dates anything differed."""
    yield page.style("Differences", "heading")
    differing = [moment for moment in found.moments if moment.changes]
    if not differing:
        yield f"None on {counted(len(found.moments), 'date')}."
        return
    last = differing[-1]
    yield f"On {len(differing)} of {counted(len(found.moments), 'date')}; as of {last.day} {counted(len(last.changes), 'cell')}:"
    kinds = Counter((change.key.rule, _said(change.before), _said(change.after)) for change in last.changes)
    rows = [["rule", "here", "other", "cells"], *([rule, before, after, str(n)] for (rule, before, after), n in sorted(kinds.items()))]
    yield from (page.shown(line) for line in table(rows))
    yield ""
    yield from _examples(last.changes, page)


def _examples(changes: Sequence[Change], page: Page) -> Iterator[str]:
    for key, before, after in changes[:EXAMPLES]:
        yield page.shown(f"  {key.rule} {key.subject} {key.window_start}: {_said(before)}, other: {_said(after)}")
    if len(changes) > EXAMPLES:
        yield f"  and {len(changes) - EXAMPLES} more"


def _said(verdict: str | None) -> str:
    return "no cell" if verdict is None else verdict.replace("_", " ")


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first to the left, the others to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()
