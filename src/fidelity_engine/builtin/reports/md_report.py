"""`--format md`: the page for people as Markdown; what data says is never taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from fidelity_engine.builtin.reports import account, improvement
from fidelity_engine.builtin.reports.ranking import groups, unjudged
from fidelity_engine.builtin.reports.table import used
from fidelity_engine.builtin.reports.wording import rate_text
from fidelity_engine.escape import visible
from fidelity_engine.model.finding import Finding
from fidelity_engine.page import Page

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&]|^[-+]|(?<=^\d)[.)])")


def render(result: Any, page: Page) -> Iterator[str]:
    """The sections of the text report, findings as lists, rules as a table."""
    summary = result.summary
    today = summary.as_of.date() if hasattr(summary.as_of, "date") else summary.as_of
    yield f"{literal(account.headline(result))}\n"
    yield from _listed("This run is incomplete", summary.unfinished)
    found = groups(result.findings)
    if found:
        yield "\n## What is not yet happening\n"
    for group in found:
        yield f"\n### {literal(group.severity)}: {literal(group.title)}{_code(group.rule)}\n\n"
        if group.outcomes:
            yield f"At risk: {literal(' → '.join(group.outcomes))}\n\n"
        yield from (_finding(one, today) for one in group.findings)
    blind = unjudged(result.findings)
    if blind:
        yield "\n## What cannot be judged, and who can mend it\n\n"
        yield from (_finding(one, today) for one in blind)
    for heading, texts in improvement.sections(result, today):
        yield from _listed(heading, texts)
    yield from _listed("Still to come", [account.waiting(summary)])
    yield from _listed("Earlier findings", account.endings(result.findings))
    yield from _table(summary.verdicts)
    sources = [account.evidence_line(one, summary.quarantine.get(one.source, {})) for one in summary.sources]
    yield from _listed("Evidence", sources)
    yield from _listed("Notes", summary.notes)
    yield f"\n{literal(account.closing(summary))}\n"


def literal(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", visible(text))


def _code(rule: str) -> str:
    return f" ({literal(rule)})" if rule else ""


def _finding(one: Finding, today: Any) -> str:
    proposal = account.proposal(one, today)
    more = f"\n  {literal(proposal)}" if proposal else ""
    return f"- {literal(one.message)}\n  {literal(account.circumstances(one, today))}{more}\n"


def _listed(heading: str, texts: Iterable[str]) -> Iterator[str]:
    found = [text for text in texts if text]
    if found:
        yield f"\n## {heading}\n\n"
        yield from (f"- {literal(text)}\n" for text in found)


def _table(verdicts: dict[str, dict[str, int]]) -> Iterator[str]:
    if not verdicts:
        return
    columns = used(verdicts)
    yield f"\n## Rules\n\n| rule | {' | '.join(literal(one) for one in columns)} | rate |\n"
    yield f"| --- |{' ---: |' * len(columns)} --- |\n"
    for rule, counts in verdicts.items():
        numbers = " | ".join(f"{counts.get(one, 0):,}" for one in columns)
        yield f"| {literal(rule)} | {numbers} | {rate_text(counts.get('met', 0), counts.get('missed', 0))} |\n"
