"""`--format text`: the page for people. From the top: the state, what is not yet happening, what cannot be judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from fidelity_engine.builtin.reports import account, improvement
from fidelity_engine.builtin.reports.ranking import Group, groups, unjudged
from fidelity_engine.builtin.reports.table import rule_table
from fidelity_engine.builtin.reports.wording import listing
from fidelity_engine.model.finding import Finding
from fidelity_engine.page import Page, Role

MOST, NAMED = 8, 12
"""Findings of one rule, or about one field of a source, that are told in full, and so many more that are named."""


def render(result: Any, page: Page) -> Iterator[str]:
    """The page in pieces, each with its line end."""
    for section in _sections(result, page):
        lines = list(section)
        if lines:
            yield "\n".join(lines) + "\n\n"
    yield _styled(page, page.wrapped(account.closing(result.summary)), "quiet") + "\n"


def _sections(result: Any, page: Page) -> Iterator[Iterable[str]]:
    summary, today = result.summary, result.summary.as_of
    today = today.date() if hasattr(today, "date") else today
    yield [_styled(page, page.wrapped(account.headline(result)), "heading")]
    yield _listed("This run is incomplete", summary.unfinished, page, "critical")
    yield _practice(groups(result.findings, MOST + NAMED), today, page)
    yield _unjudged(unjudged(result.findings), today, page)
    for heading, texts in improvement.sections(result, today):
        yield _listed(heading, texts, page)
    yield _listed("Still to come", [text for text in [account.waiting(summary)] if text], page)
    yield _listed("Earlier findings", account.endings(result.findings), page)
    yield _rules(summary, page)
    yield _listed("Evidence", _evidence(summary), page)
    yield _listed("Notes", summary.notes, page)


def _practice(found: list[Group], today: date, page: Page) -> Iterator[str]:
    if found:
        yield page.style("What is not yet happening", "heading")
    for number, group in enumerate(found):
        yield from _group(group, today, page, first=not number)


def _group(group: Group, today: date, page: Page, first: bool) -> Iterator[str]:
    if not first:
        yield ""
    lead = f"  {group.severity.upper()}  "
    name = f" ({group.rule})" if group.rule else ""
    top, *rest = page.wrapped(f"{group.title}{name}", lead, " " * len(lead))
    yield f"  {page.style(group.severity.upper(), _role(group.severity))}{top[len(lead) - 2 :]}"
    yield from rest
    if group.outcomes:
        yield _styled(page, page.wrapped(f"At risk: {' → '.join(group.outcomes)}", " " * 4, " " * 6), "quiet")
    for one in group.findings[:MOST]:
        yield from _finding(one, today, page, group.severity)
    yield from _others(group.findings, [one.subject_name or one.subject or one.finding_id for one in group.findings[MOST : MOST + NAMED]], page)


def _others(findings: Sequence[Finding], named: Sequence[str], page: Page) -> Iterator[str]:
    """What is said of those that are not told in full."""
    if (others := len(findings) - MOST) > 0:
        more = f"- and for {others:,} more: {listing(named, NAMED, others)}. All of them: --format csv."
        yield from page.wrapped(more, " " * 4, " " * 6)


def _finding(one: Finding, today: date, page: Page, group_severity: str = "") -> Iterator[str]:
    mark = f" ({one.severity})" if group_severity and one.severity != group_severity else ""
    yield from page.wrapped(f"- {one.message}{mark}", " " * 4, " " * 6)
    yield _styled(page, page.wrapped(account.circumstances(one, today), " " * 6), "quiet")
    if text := account.proposal(one, today):
        yield from page.wrapped(text, " " * 6)


def _unjudged(findings: list[Finding], today: date, page: Page) -> Iterator[str]:
    """Those about the same thing together: of a source that lacks a field everywhere it is not said once for each school."""
    if findings:
        yield page.style("What cannot be judged, and who can mend it", "heading")
    alike: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        alike.setdefault((one.about, one.subject or ""), []).append(one)
    for theirs in alike.values():
        for one in theirs[:MOST]:
            yield from _finding(one, today, page)
        yield from _others(theirs, [one.school or one.finding_id for one in theirs[MOST : MOST + NAMED]], page)


def _rules(summary: Any, page: Page) -> Iterator[str]:
    if summary.verdicts:
        yield page.style("Rules", "heading")
        yield from rule_table(summary.verdicts, page)


def _evidence(summary: Any) -> list[str]:
    return [account.evidence_line(one, summary.quarantine.get(one.source, {})) for one in summary.sources]


def _listed(heading: str, texts: Iterable[str], page: Page, role: Role = "heading") -> Iterator[str]:
    for number, text in enumerate(texts):
        if not number:
            yield page.style(heading, role)
        yield from page.wrapped(text, "  ", "    ")


def _styled(page: Page, lines: Iterable[str], role: Role) -> str:
    return "\n".join(page.style(line, role) for line in lines)


def _role(severity: str) -> Role:
    roles: dict[str, Role] = {"critical": "critical", "high": "high", "medium": "medium"}
    return roles.get(severity, "low")
