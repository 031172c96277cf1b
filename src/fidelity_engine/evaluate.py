"""The sentence: load → expect → measure → judge → emit → adjust, as one pure function."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from fidelity_engine.carry import NotCarried
from fidelity_engine.course import Course
from fidelity_engine.db import ENGINE_VERSION, Database
from fidelity_engine.filters import filters_fit
from fidelity_engine.judging import judge_all, needed
from fidelity_engine.model.finding import Finding, SourceCount, Summary
from fidelity_engine.model.former import Former
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.loaded import BUILT_IN
from fidelity_engine.result import Result, Verdicts
from fidelity_engine.rulefile import Document
from fidelity_engine.scope import Scope
from fidelity_engine.selection import must_be_ids, rules_exist, subjects_exist, verdicts_of
from fidelity_engine.stages.attest import attest_notes
from fidelity_engine.stages.emit import ranked, together
from fidelity_engine.stages.emit.counts import failed_plugins, quarantine_counts, source_counts, unfinished, verdict_counts
from fidelity_engine.stages.emit.evidence import calendar_findings, evidence_findings, plugin_findings
from fidelity_engine.stages.emit.flood import held_back
from fidelity_engine.stages.emit.identity import kept_ids
from fidelity_engine.stages.emit.notes import waiver_notes
from fidelity_engine.stages.emit.practice import practice_findings
from fidelity_engine.stages.emit.rows import no_rows
from fidelity_engine.stages.load import Clock, RosterInfo, Size, begun_evidence, keep_rows, load_evidence, load_papers, load_roster_and_calendar, size_of
from fidelity_engine.stages.measure.coverage import coverage_of_type
from fidelity_engine.underway import Rehearsal, Run, Settings
from fidelity_engine.where import Column, FieldType

if TYPE_CHECKING:
    from fidelity_engine.carry.carrying import Carry
    from fidelity_engine.model.adjustment import Adjustment

FEW_EVENTS, FEW_SUBJECTS, FEW_BYTES = 50_000, 5_000, 2_000_000
"""Up to so many a statement costs more to plan than to run: events and subjects once they are read, bytes of the files before."""
Settle = Callable[[Result], Iterable[tuple[Finding, str | None]]]


def evaluate(
    document: Document, ruleset: RuleSet, host: Host, settings: Settings, as_of: str | date | datetime | None,
    rules: Sequence[str], subjects: Sequence[str], events: Any, given: Mapping[str, Any], course: Course,
    rehearsal: Rehearsal | None = None, former: Former | None = None, settle: Settle | None = None, carry: Carry | None = None,
    telling: bool = True, keep_quarantine: bool = True, write_ahead: bool = False,
) -> Result:
    """All six stages; arguments as in `Engine.evaluate`.

    `former`: what earlier runs left behind. `settle(result)` is called before anybody is told, and gives the findings
    that changed with their former states; without it, every open finding is news. `carry`: what is carried over from an
    earlier run, and kept for the next one. `telling`: whether lifecycle hooks are called. `keep_quarantine`, `write_ahead`: as in `Engine.evaluate`.
    """
    began = time.perf_counter()
    course.at("load", "roster and calendar")
    must_be_ids(rules=rules, subjects=subjects)
    rules_exist(rules, [rule.id for rule in ruleset.rules])
    clock = Clock.read(ruleset, as_of)
    all_rules = needed(ruleset.rules, host.measures, rules)
    shown = [rule for rule in all_rules if not rules or rule.id in rules]
    size = size_of(ruleset) if events is None else Size()
    db = Database(settings.memory_limit, settings.threads, settings.temp_dir, settings.spill_under, size.in_memory_bytes)
    run = Run(document, ruleset, host, clock, db, uuid.uuid4().hex[:12], datetime.now(UTC), all_rules, shown, [], course, rehearsal,
              former or Former(), size, carry, keep_quarantine=keep_quarantine and not rehearsal, write_ahead=write_ahead)
    try:
        if rehearsal:
            return _all_stages(run, subjects, events, given, began)
        about = {"run_id": run.run_id, "as_of": run.as_of, "rules": ruleset.path}
        failed = host.call("fidelity_run_started", run=about) if telling else []
        result = _nothing(run, began) if clock.nothing_to_do else _as_far_as_carried(run, settings, subjects, events, given, began)
        result.course, result.carried, result.damage = course, carry.note if carry else "", carry.damage if carry else ""
        changed = settle(result) if settle else None
        course.at("plugins")
        for finding, before in _news(result, changed) if telling and host.has_strangers else ():
            failed += host.call("fidelity_finding_changed", finding=finding, before=before)
        failed += host.call("fidelity_run_finished", run=about, result=result) if telling else []
        result.summary.unfinished[:] = dict.fromkeys([*result.summary.unfinished, *map(str, failed)])
    except BaseException:
        run.db.close()
        raise
    return result


def _news(result: Result, changed: Iterable[tuple[Finding, str | None]] | None) -> Iterable[tuple[Finding, str | None]]:
    """What changed; without a store that is every open finding."""
    return [(finding, None) for finding in result.findings if finding.state == "open"] if changed is None else changed


def _nothing(run: Run, began: float) -> Result:
    """Before the period, or long after it: nothing is expected, and the result says so."""
    summary = _summary(run, began, {}, [], {}, 0, empty=False)
    summary.notes.append(str(run.clock.nothing_to_do))
    keep_rows(run.db, ())
    nothing = no_rows(run.db)
    return Result(run.db, [], summary, Verdicts(run.db, nothing, lambda: nothing))


def _as_far_as_carried(
    run: Run, settings: Settings, subjects: Sequence[str], events: Any, given: Mapping[str, Any], began: float
) -> Result:
    """All stages, and once more in full where what was to be carried over turns out not to hold."""
    try:
        return _all_stages(run, subjects, events, given, began)
    except NotCarried as error:
        assert run.carry is not None
        run.carry.give_up(str(error))
        run.db.close()
        run.notes.clear()
        run.db = Database(settings.memory_limit, settings.threads, settings.temp_dir, settings.spill_under, run.size.in_memory_bytes)
        return _all_stages(run, subjects, events, given, began)


def _all_stages(run: Run, subjects: Sequence[str], events: Any, given: Mapping[str, Any], began: float) -> Result:
    scope = _load(run, events, given)
    try:
        judge_all(scope, run.rules, run.course)
    finally:
        if scope.crew:
            scope.crew.close()
    subjects_exist(scope, subjects)
    verdicts = verdicts_of(scope, run.shown, subjects)
    if run.write_ahead and not (scope.is_small or run.db.in_file or run.course.profiled):
        verdicts.write_ahead()
    if run.carry:
        run.course.at("carry")
        run.carry.write(run.run_id)
    return _told(run, scope, subjects, verdicts, began)


def _told(run: Run, scope: Scope, subjects: Sequence[str], verdicts: Verdicts, began: float) -> Result:
    """What is told of the verdicts: findings, what could be tried, and the run in numbers."""
    findings, adjustments = _adjust(run, scope, _emit(run, scope, subjects))
    run.course.at("summary")
    counts, apart = verdict_counts(scope, run.shown, subjects)
    cells = sum(sum(found.values()) for found in counts.values())
    summary = _summary(run, began, counts, source_counts(scope), quarantine_counts(scope), cells, empty=_is_empty(scope, run, cells, subjects))
    summary.apart = apart
    summary.unfinished.extend(unfinished(scope, run.host.failures))
    whole = len(run.rules) == sum(rule.mode != "off" for rule in run.ruleset.rules)
    summary.notes.extend(attest_notes(scope, whole))
    summary.notes.extend(_answer_nothing(run, scope, findings, adjustments) if whole and not subjects else ())
    summary.notes.extend(waiver_notes(scope, run.shown) if scope.has_waivers or scope.db.one("select count(*) from waiver") else ())
    return Result(run.db, findings, summary, verdicts, scope, adjustments, run.shown, subjects)


def _is_empty(scope: Scope, run: Run, cells: int, subjects: Sequence[str]) -> bool:
    """Whether nothing is expected of anybody; that it is not of the subjects who are shown is no trouble."""
    return bool(run.shown) and not (cells or (subjects and any(map(len, verdict_counts(scope, run.shown)[0].values()))))


# --- load -------------------------------------------------------------------------------------------------------------


def _load(run: Run, events: Any, given: Mapping[str, Any]) -> Scope:
    """Roster, calendar, papers and evidence as relations; filters checked against the types of their fields."""
    assumed = run.rehearsal or Rehearsal()
    looks_small = run.size.on_disk_bytes <= FEW_BYTES
    if looks_small:
        run.db.plan_less()
    titles = {
        name: plugin.title for name in run.host.measures
        if (plugin := run.host.plugin_of(name)).where != BUILT_IN
    }
    with begun_evidence(
        run.db, run.ruleset, run.host.readers, given, events, run.host.measures, run.rules, run.course, trusting=run.carry is None,
    ) as begun:
        info = _listings(run, given, assumed.usual_week, titles)
    evidence = load_evidence(begun, run.clock, run.former, run.course, run.carry, run.keep_quarantine)
    attributes = {kind: {column: Column(f'"{column}"', cast("FieldType", found)) for column, found in columns.items()}
                  for kind, columns in info.attributes.items()}
    for columns in attributes.values():
        columns |= {"members": Column("members", "number"), "staff_roles": Column("staff_roles", "list")}
    filters_fit(run.document, run.rules, info.attributes, evidence.problems)
    for source in assumed.silent:
        run.db.run("update source_state set readable = false, cause = 'silent' where source = $source", {"source": source})
    events_read, subjects = run.db.rows("select (select coalesce(sum(accepted), 0) from source_state), (select count(*) from subject)")[0]
    is_small = events_read <= FEW_EVENTS and subjects <= FEW_SUBJECTS
    if is_small is not looks_small:
        run.db.plan_less() if is_small else run.db.plan_fully()
    if run.carry:
        run.carry.must_pay(is_small)
    run.db.fence()
    run.notes.extend(info.term_notes)
    return Scope(
        run.db, run.ruleset, run.host.measures, run.clock.as_of_date, evidence.relations, evidence.fields, attributes,
        has_staff=info.has_staff, is_small=is_small, rule_nos={rule.id: no for no, rule in enumerate(run.ruleset.rules)}, plugin_titles=titles,
        handed_out=run.former.handed_out, since=run.carry.since if run.carry else {},
        listings=info.counts, named=run.host.named, single=evidence.single,
        failures=dict(account.broken for account in begun.accounts.values() if account.broken),
        absent=run.host.absent,
    )


def _listings(run: Run, given: Mapping[str, Any], usual_week: int | None, titles: Mapping[str, str]) -> RosterInfo:
    """Roster, calendar and papers, and how they compare with what is carried over."""
    info = load_roster_and_calendar(run.db, run.ruleset, run.host.readers, run.clock, given, usual_week, run.former)
    run.course.count(lambda: sum(info.counts.values()))
    run.unused = load_papers(run.db, run.ruleset, run.host.readers, run.clock, given).notes
    if run.carry:
        run.course.at("carry")
        run.carry.begin(run.db, run.ruleset, run.clock, run.rules, titles, sorted(info.filtered))
    return info


# --- emit -------------------------------------------------------------------------------------------------------------


def _emit(run: Run, scope: Scope, subjects: Sequence[str]) -> Sequence[Finding]:
    run.course.at("emit")
    practice = practice_findings(scope, run.shown, subjects, run.run_id, run.as_of)
    others = [] if subjects else [*_about_others(run, scope)]
    found = kept_ids(together(practice, others), run.former.handed_out)
    told = found if run.rehearsal else held_back(scope, run.shown, found, run.run_id, run.as_of)
    return ranked([one for one in told if one.about == "practice"] if subjects else told)


def _about_others(run: Run, scope: Scope) -> Iterator[Finding]:
    """Findings about sources, plugins and the calendar."""
    failures = {failure.plugin: str(failure) for failure in run.host.failures} | scope.failures | failed_plugins(scope)
    yield from evidence_findings(scope, run.shown, run.run_id, run.as_of)
    yield from plugin_findings(scope, failures, run.run_id, run.as_of)
    yield from calendar_findings(scope, run.notes, run.run_id, run.as_of)


# --- adjust -----------------------------------------------------------------------------------------------------------


def _adjust(run: Run, scope: Scope, findings: Sequence[Finding]) -> tuple[Sequence[Finding], list[Adjustment]]:
    """What could be tried and what was agreed; findings about adjustments join the others in their order."""
    run.course.count(lambda: len(findings))
    run.course.at("adjust")
    if not any(rule.adjust for rule in run.shown):
        return findings, []
    from fidelity_engine.stages.adjust.adjusting import adjust

    found = adjust(scope, run.shown, findings, run.run_id, run.as_of, coverage_of_type)
    run.course.count(lambda: len(found.adjustments))
    return (found.findings if len(found.findings) == len(findings) else ranked(found.findings)), found.adjustments


def _answer_nothing(run: Run, scope: Scope, findings: Sequence[Finding], adjustments: Sequence[Adjustment]) -> list[str]:
    """What is told of decisions about ids that nobody has."""
    if not scope.db.one("select count(*) from decision"):
        return []
    from fidelity_engine.stages.adjust.unknown import decision_notes

    return decision_notes(scope, run.rules, findings, adjustments)


# --- the run in numbers -------------------------------------------------------------------------------------------------


def _summary(
    run: Run, began: float, counts: dict[str, dict[str, int]], sources: list[SourceCount], quarantine: dict[str, dict[str, int]],
    cells: int, empty: bool,
) -> Summary:
    versions = {"fidelity-engine": version("fidelity-engine"), "duckdb": ENGINE_VERSION}
    versions |= {plugin.name: plugin.version for plugin in run.host.loaded if plugin.where != BUILT_IN}
    return Summary(
        run_id=run.run_id, name=run.ruleset.name, started=run.started, seconds=time.perf_counter() - began,
        as_of=run.clock.known_until.astimezone(ZoneInfo(run.clock.zone)),
        rules=len(run.shown), cells=cells, verdicts=counts, sources=sources, quarantine=quarantine,
        rule_set_hash=run.ruleset.text_hash, versions=versions, notes=[*run.host.warnings, *run.unused], empty_grid=empty,
    )
