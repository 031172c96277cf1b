"""The sentences of a report for people, before any page is laid out: text and Markdown tell the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fidelity_engine.builtin.reports.ranking import UNJUDGED, ranked, schools_missing
from fidelity_engine.builtin.reports.wording import clock_text, counted, day_text, listing, rate_text
from fidelity_engine.model.finding import Finding, SourceCount, Summary, tally

VERDICTS = ("met", "missed", "no_data", "at_risk", "open", "not_applicable", "error", "waived", "disputed")
_WRONG = "Withdrawn, we were wrong"
_ENDED = ("resolved", "withdrawn", "paused", "held", "expired")


def totals(summary: Summary) -> dict[str, int]:
    """Verdict → cells of all rules."""
    return _added(summary.verdicts)


def _added(verdicts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {verdict: sum(counts.get(verdict, 0) for counts in verdicts.values()) for verdict in VERDICTS}


def headline(result: Any) -> str:
    """The state of the district in one sentence."""
    summary: Summary = result.summary
    standing = getattr(result, "standing", None) or result.findings
    return state_of(summary.name or "The district", summary.as_of, summary.verdicts if summary.cells else {}, standing)


def state_of(name: str, moment: date, verdicts: Mapping[str, Mapping[str, int]], findings: Sequence[Finding]) -> str:
    """The state of a district or a school in one sentence; `verdicts`: rule → verdict → cells."""
    found = _added(verdicts)
    return f"{name}, {clock_text(moment)}: {'; '.join([_judged(found), *_not_yet(findings), *_without_evidence(found)])}."


def _judged(found: Mapping[str, int]) -> str:
    cells, judged = sum(found.values()), found["met"] + found["missed"]
    if not cells:
        return "nothing is expected of anybody"
    if not judged:
        return f"there is nothing to judge yet in {counted(cells, 'window')}"
    return f"{rate_text(found['met'], found['missed'])} of {counted(judged, 'judged window')} went as expected"


def _not_yet(findings: Sequence[Finding]) -> list[str]:
    found = [(severity, number) for (about, state, severity), number in tally(findings).items() if state == "open" and about not in UNJUDGED]
    number, grave = sum(number for _, number in found), sum(number for severity, number in found if severity in ("high", "critical"))
    if not number:
        others = any(state == "open" for _, state, _ in tally(findings))      # about evidence, plugins, the calendar
        return ["no finding about a routine is open" if others else "no finding is open"]
    schools = schools_missing(findings)
    where = f" in {counted(schools, 'school')}" if schools else ""
    text = f"{counted(number, 'routine is', 'routines are')} not yet happening{where}"
    of_them = "" if grave == number else f"{grave:,} of them "
    return [f"{text}, {of_them}of high severity" if grave else text]


def _without_evidence(found: Mapping[str, int]) -> list[str]:
    number = found["no_data"]
    return [f"{counted(number, 'window')} cannot be judged for want of evidence"] if number else []


def circumstances(one: Finding, today: date) -> str:
    """What stands below a finding's sentence: how long, for how many, whose it is, until when, its id."""
    parts = []
    if one.windows_missed and one.since:
        parts.append(f"{counted(one.windows_missed, 'window')} since {day_text(one.since, today)}")
    if one.students:
        parts.append(counted(one.students, "student"))
    if one.owner:
        parts.append(f"for {one.owner}" + (f" by {day_text(one.due, today)}" if one.due else ""))
    elif one.due:
        parts.append(f"by {day_text(one.due, today)}")
    return " · ".join([*parts, one.finding_id])


def proposal(one: Finding, today: date) -> str:
    """The adjustment that could be tried next, with the id to answer with; empty where the rule names none."""
    given: Mapping[str, Any] = one.proposed_adjustment or {}
    if not given:
        return ""
    due = f", by {day_text(given['due'], today)}" if given.get("due") else ""
    return f"Could be tried ({given['id']}{due}): {given['text']}"


def waiting(summary: Summary) -> str:
    """Cells that time will decide, and those that people still can."""
    found = totals(summary)
    still = found["open"] + found["at_risk"]
    if not still:
        return ""
    text = f"{counted(still, 'window is', 'windows are')} still open"
    if not found["at_risk"]:
        return f"{text}, none of them at risk."
    where = [f"{rule} {counts['at_risk']:,}" for rule, counts in summary.verdicts.items() if counts.get("at_risk")]
    return f"{text}; at risk: {found['at_risk']:,} ({listing(where, 8)})."


def endings(findings: Sequence[Finding]) -> list[str]:
    """Findings that are not open: how many, and what we were wrong about."""
    found: Counter[str] = Counter()
    for (_, state, _), number in tally(findings).items():
        found[state] += number
    told = [f"{found[state]:,} {state}" for state in _ENDED if found[state]]
    sentences = [f"Not open any more, or not now: {listing(told)}."] if told else []
    wrong = ranked(one for one in findings if one.state == "withdrawn") if found["withdrawn"] else []
    return sentences + [f"{_WRONG} ({one.rule or one.about}): {one.message.replace(f'{_WRONG}: ', '')}" for one in wrong]


def evidence_line(source: SourceCount, reasons: Mapping[str, int]) -> str:
    """What became of the rows of one source."""
    if not source.readable:
        what = "is not there, and is optional" if source.optional else "is unreadable"
        return f"{source.source} {what}{f': {source.cause}' if source.cause else ''}"
    parts = [f"{source.accepted:,} accepted"]
    for number, word in ((source.duplicates, "duplicates"), (source.merged, "merged"), (source.skipped, "skipped")):
        parts += [f"{number:,} {word}"] if number else []
    why = listing([f"{reason} {number:,}" for reason, number in sorted(reasons.items())], 8)
    parts.append(f"{source.quarantined:,} quarantined" + (f" ({why})" if why else ""))
    bad = f"; {counted(source.bad_values, 'value')} did not convert" if source.bad_values else ""
    return f"{source.source}: {counted(source.read, 'row')} read = {' + '.join(parts)}{bad}"


def closing(summary: Summary) -> str:
    """Which run this was."""
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items())
    size = f"{counted(summary.cells, 'cell')} of {counted(summary.rules, 'rule')} in {summary.seconds:.1f} s"
    return f"Run {summary.run_id}: {size}. Rule set {summary.rule_set_hash[:12]}. {versions}".rstrip(". ") + "."
