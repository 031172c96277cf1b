"""The past as text: a table with a chart, the findings of each rule, and what another rule file would have said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.page import Page
from fidelity_engine.views.backtest.past import EXAMPLES, Backtest, Key, Tally

VERDICTS = ("met", "missed", "no_data", "at_risk", "open", "not_applicable", "error", "waived", "disputed")
"""In the order in which a narrow page gives them up, the last ones first."""
WIDEST_BAR, NARROWEST_BAR = 20, 8
WORDS = (
    "before: findings that were there on the day before; opened: in these dates; withdrawn: gone again, because something "
    "was entered late or corrected; open: as of the last date."
)


def lines(found: Backtest, page: Page) -> Iterator[str]:
    """The account as lines of text."""
    against = f" against {found.against}" if found.against else ""
    every = {"day": "every day", "week": "every week", "month": "every month"}[found.each]
    yield from (page.style(line, "heading") for line in page.wrapped(f"{found.label}{against}, {found.first} to {found.last}, {every}"))
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
    """One line per date: cells by verdict, and a bar for the open findings."""
    seen = [verdict for verdict in VERDICTS if any(moment.totals[verdict] for moment in found.moments)]
    kept = len(seen)
    while kept > 1 and _width(rows := _counts(found, seen[:kept], seen[kept:])) + NARROWEST_BAR + len(FINDINGS) > page.columns:
        kept -= 1
    rows = _counts(found, seen[:kept], seen[kept:])
    widest = min(WIDEST_BAR, page.columns - _width(rows) - len(FINDINGS))
    most = max([1, *(moment.open_findings for moment in found.moments)])
    bars = [FINDINGS.strip()]
    for moment in found.moments:
        bars.append("nothing to do" if moment.idle else f"{_bar(moment.open_findings, most, max(1, widest - 6), page)} {moment.open_findings}".strip())
    width = _width(rows)
    for line, bar in zip(table(rows), bars, strict=True):
        yield page.shown(f"{line.ljust(width)}  {bar}".rstrip())


FINDINGS = "  findings"


def _counts(found: Backtest, shown: Sequence[str], rest: Sequence[str]) -> list[list[str]]:
    """The table of cells by verdict: some verdicts by name, the rest in one column."""
    rows = [["as of", *(verdict.replace("_", " ") for verdict in shown), *(["others"] if rest else [])]]
    for moment in found.moments:
        others = [f"{sum(moment.totals[verdict] for verdict in rest):,}"] if rest else []
        rows.append([str(moment.day), *(f"{moment.totals[verdict]:,}" for verdict in shown), *others])
    return rows


def _width(rows: Sequence[Sequence[str]]) -> int:
    return max(len(line) for line in table(rows))


def _bar(value: int, most: int, width: int, page: Page) -> str:
    """A bar; what is more than nothing is never shorter than one sign."""
    return ("█" if page.unicode else "#") * max(round(width * value / most), 1 if value else 0)


# --- findings -----------------------------------------------------------------------------------------------------------


def _findings(found: Backtest, page: Page) -> Iterator[str]:
    """One line per rule: how many findings it would have opened; beside it, where that differs, what the other file says."""
    yield page.style("Findings that would have been opened", "heading")
    yield from page.wrapped(WORDS + (" 1 → 3: one here, three by the other file." if found.against else ""))
    rows = [["rule", "before", "opened", "withdrawn", "open"]]
    for rule in dict.fromkeys([*found.rules, *found.other_rules]):
        here = _tally(found.tallies, rule, rule in found.rules)
        there = _tally(found.other_tallies, rule, rule in found.other_rules) if found.against else here
        rows.append([rule, *(one if one == other else f"{one} → {other}" for one, other in zip(here, there, strict=True))])
    yield from (page.shown(line) for line in table(rows))


def _tally(tallies: dict[str, Tally], rule: str, there: bool) -> list[str]:
    if not there:
        return ["-", "-", "-", "-"]
    one = tallies.get(rule, Tally())
    return [str(len(part)) for part in (one.before, one.opened, one.withdrawn, one.open_now)]


# --- what another rule file says otherwise --------------------------------------------------------------------------------


def _differences(found: Backtest, page: Page) -> Iterator[str]:
    """On each date how many cells the other file judges otherwise, as a chart; and as of the last such date which."""
    yield page.style("Differences", "heading")
    differing = [moment for moment in found.moments if moment.changes]
    if not differing:
        yield f"None on {counted(len(found.moments), 'date')}."
        return
    yield from page.wrapped(SIDES)
    yield from _chart(found, page)
    yield ""
    last = differing[-1]
    yield f"As of {last.day} {counted(len(last.changes), 'cell')}:"
    kinds: dict[tuple[str, str, str], list[Key]] = {}
    for change in last.changes:
        kinds.setdefault((change.key.rule, _said(change.before), _said(change.after)), []).append(change.key)
    rows = [["rule", "here", "other", "cells"], *([*kind, str(len(keys))] for kind, keys in sorted(kinds.items()))]
    yield from (page.shown(line) for line in table(rows))
    yield ""
    yield "The newest of them:"
    for (rule, before, after), keys in sorted(kinds.items()):
        newest = sorted(keys, key=lambda key: key.window_start, reverse=True)[:EXAMPLES]
        cells = ", ".join(f"{key.subject} {key.window_start}" for key in newest)
        yield from page.wrapped(f"{rule}, {before} here, {after} there: {cells}", "  ", "    ")


SIDES = "Cells that the other file judges otherwise; to the left those that are missed here only, to the right those that are missed there only."


def _chart(found: Backtest, page: Page) -> Iterator[str]:
    """Two bars per date, back to back, with their numbers at the outer ends."""
    pairs = [(sum(one.before == "missed" for one in moment.changes), sum(one.after == "missed" for one in moment.changes)) for moment in found.moments]
    most = max([1, *(max(pair) for pair in pairs)])
    rows = [["as of", "findings", "differ"]]
    for moment in found.moments:
        ours, theirs = moment.open_findings, moment.other_open or 0
        rows.append([str(moment.day), str(ours) if ours == theirs else f"{ours} → {theirs}", str(len(moment.changes))])
    texts, digits = list(table(rows)), len(str(most))
    half = min(WIDEST_BAR, (page.columns - _width(rows) - len("   | ") - 2 * digits) // 2)
    middle = "│" if page.unicode else "|"
    yield page.shown(texts[0])
    for text, (here, there) in zip(texts[1:], pairs, strict=True):
        left = f"{here} {_bar(here, most, half, page)}".rjust(half + digits + 1)
        yield page.shown(f"{text}  {left}{middle}{_bar(there, most, half, page)} {there}")


def _said(verdict: str | None) -> str:
    return "no cell" if verdict is None else verdict.replace("_", " ")


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first to the left, the others to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()
