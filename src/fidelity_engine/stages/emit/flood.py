"""The guard against a flood: where half a school misses what it always did, the calendar is suspected first (chapter 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from fidelity_engine.db import text as sql_text
from fidelity_engine.model.finding import Finding
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.evidence import Maker
from fidelity_engine.stages.emit.sentences import spoken_date
from fidelity_engine.verdicts import active_cells

if TYPE_CHECKING:
    from fidelity_engine.stages.emit.findings import Findings

ALONE = ("school", "district")
"""Kinds of which a school has one subject at most: no flood."""
AT_ONCE = 25_000
"""Where relations lie in a file, so many schools are looked through at a time."""
FEWEST, WINDOWS = 5, 8
"""So many missed cells at least; so many judged windows before."""

FLOODS = f"""
    with cells as materialized (
      select v.rule_no, s.school_no, v.window_no, min(v.window_start) as since, max(v.window_end) as until,
        count(*) filter (v.closed) as closed, count(*) filter (v.closed and v.missed) as missed, count(*) filter (v.judged) as judged
      from ({{cells}}) v join (select subject_no, school_no from subject where {{subjects}}) s on s.subject_no = v.subject_no
      where v.rule_no in ({{rules}}) group by v.rule_no, s.school_no, v.window_no),
    newest as (select rule_no, school_no, max(window_no) as window_no from cells where closed > 0 group by all),
    many as (
      select r.rule, c.* from cells c join newest n on n.rule_no = c.rule_no and n.school_no = c.school_no and n.window_no = c.window_no
      join rule_row r on r.rule_no = c.rule_no where c.missed >= {FEWEST} and 3 * c.missed > c.closed),
    former as (
      select c.rule_no, c.school_no, c.missed, c.judged, row_number() over (partition by c.rule_no, c.school_no order by c.window_no desc) as back
      from cells c join many m on m.rule_no = c.rule_no and m.school_no = c.school_no where c.window_no < m.window_no and c.judged > 0),
    usual as (
      select rule_no, school_no from former where back <= {WINDOWS} group by all
      having count(*) = {WINDOWS} and 10 * sum(missed) < sum(judged))
    select m.rule, k.school, k.name, m.since, m.until, m.missed, m.closed from many m
    join usual u on u.rule_no = m.rule_no and u.school_no = m.school_no join school k on k.school_no = m.school_no order by 1, 2"""
"""(rule, school, its name, since, until, missed, closed) of the newest closed windows in which too much is missed at once.

`cells`: SELECT of the active ones; `rules`: the numbers of the rules asked, which are active; `subjects`: a condition on
those that are looked at, which takes all of a school or none."""


class Flood(NamedTuple):
    """One rule, school and window. `finding`: the one about the calendar."""

    rule: str
    school: str
    until: date
    finding: Finding


def held_back(scope: Scope, rules: Sequence[Rule], findings: list[Finding] | Findings, run_id: str, as_of: str) -> list[Finding] | Findings:
    """The findings, those of a flooded window held, with one about the calendar for each flood.

    Held are those that opened with that window. They open when the next window is judged, or when somebody says
    `release` about them or about the calendar's finding.
    """
    fires = {rule.id: rule.emit.fires_after for rule in rules}
    floods = _floods(scope, [rule for rule in rules if rule.mode == "active"], run_id, as_of)
    if not floods:
        return findings
    released = {about for (about,) in scope.db.rows("select about from decision where action = 'release'")}
    holding = {(one.rule, one.school): one.until for one in floods if one.finding.finding_id not in released}
    settled = [_settled(one.finding, released) for one in floods]

    def hold(finding: Finding) -> Finding:
        until = holding.get((finding.rule or "", finding.school or ""))
        new = until is not None and finding.until == until and (finding.windows_missed or 0) <= fires[str(finding.rule)]
        held = new and finding.about == "practice" and finding.state == "open" and finding.finding_id not in released
        return replace(finding, state="held") if held else finding

    if not isinstance(findings, list):
        windows = [(rule, school, until, fires[rule]) for (rule, school), until in holding.items()]
        return findings.held(windows, released, hold).beside(settled)
    return [hold(finding) for finding in findings] + settled


def _settled(finding: Finding, released: set[str]) -> Finding:
    return replace(finding, state="resolved") if finding.finding_id in released else finding


def _floods(scope: Scope, rules: Sequence[Rule], run_id: str, as_of: str) -> list[Flood]:
    titles = {rule.id: rule.title for rule in rules}
    make = Maker(scope, run_id, as_of)
    found = []
    for rule, school, name, since, until, missed, closed in _flooded(scope, [rule for rule in rules if rule.expect.of not in ALONE]):
        text = (
            f"{name}: `{titles.get(rule, rule)}` is missed by {missed} of {closed} from {spoken_date(since)} to {spoken_date(until)}, and hardly ever was"
            f" in the {WINDOWS} windows before. Is that a school day too many in the calendar? Their findings are held until the next window is"
            " judged, or somebody says `release`.")
        finding = make("calendar", rule, school, since, text, school=school, until=until, subject_name=name)
        found.append(Flood(rule, school, until, finding))
    return found


def _flooded(scope: Scope, rules: Sequence[Rule]) -> list[tuple[Any, ...]]:
    """The rows of FLOODS. Where relations lie in a file, one rule and a part of the schools is looked through at a time: then memory suffices."""
    cells, parts = active_cells(scope.db, scope.is_small), ["school_no is not null"]
    if scope.db.in_file:
        schools = int(scope.db.one("select max(school_no) from school") or 0)
        parts = [f"school_no between {low} and {low + AT_ONCE - 1}" for low in range(0, schools + 1, AT_ONCE)]
    found: list[tuple[Any, ...]] = []
    for some in ([[rule] for rule in rules] if scope.db.in_file else [rules] if rules else []):
        numbers = ", ".join(str(scope.rule_no(rule)) for rule in some)
        kinds = ", ".join(sorted({sql_text(rule.expect.of) for rule in some}))
        for part in parts:
            found += scope.db.rows(FLOODS.format(rules=numbers, subjects=f"{part} and subject_kind in ({kinds})", cells=cells))
    return sorted(found, key=lambda row: (row[0], row[1]))
