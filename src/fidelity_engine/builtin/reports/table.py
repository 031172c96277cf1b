"""The rules and their verdicts as a compact table, as wide as it needs and the page allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fidelity_engine.builtin.reports.account import VERDICTS
from fidelity_engine.builtin.reports.wording import rate_text
from fidelity_engine.page import Page, columns_of

HEADINGS = {
    "met": ("", "met"),
    "missed": ("", "missed"),
    "no_data": ("no", "data"),
    "at_risk": ("at", "risk"),
    "open": ("", "open"),
    "not_applicable": ("not", "appl."),
    "error": ("", "error"),
    "waived": ("", "waived"),
    "disputed": ("", "disputed"),
}
_ALWAYS = ("met", "missed")


def used(verdicts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The verdicts worth a column: met and missed, and those that some rule has."""
    return [one for one in VERDICTS if one in _ALWAYS or any(counts.get(one) for counts in verdicts.values())]


def rule_table(verdicts: Mapping[str, Mapping[str, int]], page: Page) -> Iterator[str]:
    """Two lines of headings and a line per rule; where the page is too narrow for that, each rule in words."""
    columns = used(verdicts)
    widths = [_width(one, verdicts) for one in columns]
    longest = max([columns_of(page.shown(rule)) for rule in verdicts], default=0)
    rates = max([len(_rate(counts)) for counts in verdicts.values()], default=0)
    if 2 + longest + sum(widths) + 2 * len(widths) + 2 + rates > page.columns:
        yield from _in_words(verdicts, page)
        return
    for row in (0, 1):
        cells = [HEADINGS[one][row].rjust(width) for one, width in zip(columns, widths, strict=True)]
        yield f"  {' ' * longest}  {'  '.join(cells)}  {'rate' if row else ''}".rstrip()
    for rule, counts in verdicts.items():
        cells = [f"{counts.get(one, 0):,}".rjust(width) for one, width in zip(columns, widths, strict=True)]
        yield f"  {page.filled(rule, longest)}  {'  '.join(cells)}  {_rate(counts)}"


def _in_words(verdicts: Mapping[str, Mapping[str, int]], page: Page) -> Iterator[str]:
    for rule, counts in verdicts.items():
        yield from page.wrapped(f"{rule}: {_rate(counts)}", "  ", "    ")
        words = [f"{one.replace('_', ' ')} {counts[one]:,}" for one in VERDICTS if counts.get(one)]
        yield from page.wrapped(" · ".join(words), "    ")


def _rate(counts: Mapping[str, int]) -> str:
    return rate_text(counts.get("met", 0), counts.get("missed", 0))


def _width(verdict: str, verdicts: Mapping[str, Mapping[str, int]]) -> int:
    heading = max(len(row) for row in HEADINGS[verdict])
    return max([heading, *(len(f"{counts.get(verdict, 0):,}") for counts in verdicts.values())])
