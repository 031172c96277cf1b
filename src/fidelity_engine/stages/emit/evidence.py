"""Findings about what one could not see or run: silent sources, undecidable fields, quarantine, plugins, calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from fidelity_engine.model.finding import About, Finding, finding_id
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.lacking import PEOPLE, deciding_fields
from fidelity_engine.stages.emit.sentences import spoken_date
from fidelity_engine.verdicts import codes
from fidelity_engine.where import Column

OWNER = "district-it"
FEWEST_UNDECIDED = 2
"""So many cells of a subject at least must be undecided; a rule that fires later wants twice as many as it waits for."""


def evidence_findings(scope: Scope, rules: Sequence[Rule], run_id: str, as_of: str) -> Iterator[Finding]:
    """One finding per unreadable source, silent source and school, undecidable field, and source with quarantined rows."""
    make = Maker(scope, run_id, as_of)
    said = codes(scope.db, scope.is_small)
    yield from _unreadable(scope, make)
    if "silent" in said:
        yield from _silent(scope, rules, make)
    if "unknown_fields" in said:
        yield from _undecidable(scope, rules, make)
    yield from _quarantined(scope, make)


class Maker:
    """Fills the columns that all these findings share."""

    def __init__(self, scope: Scope, run_id: str, as_of: str) -> None:
        self.scope, self.run_id, self.as_of = scope, run_id, as_of

    def __call__(self, about: About, name: str, subject: str, since: date | None, message: str, **more: Any) -> Finding:
        """One finding; `name` is the source or plugin it is about."""
        fixed: dict[str, Any] = {
            "rule": None, "title": {"source": f"Evidence from {name}", "engine": f"Plugin {name}"}.get(about, "School calendar"), "practice": None,
            "dimension": None, "subject_kind": about, "subject": name, "subject_name": name, "school": subject or None, "students": None,
            "until": None, "windows_missed": None, "confirmed_on": None, "state": "open", "value": None, "required": None,
            "unit": None, "level": None, "severity": "high", "owner": self._owner, "due": None,
        }
        fixed.update(more)
        id = finding_id(self.scope.ruleset.year, f"{about}:{name}", about, subject, since or "")
        return Finding(finding_id=id, about=about, since=since, message=message, run_id=self.run_id, as_of=self.as_of, **fixed)

    @cached_property
    def _owner(self) -> str:
        return str(self.scope.db.one("select min(name) from owner where role = $role and school_no is null", {"role": OWNER}) or OWNER)


def _unreadable(scope: Scope, make: Maker) -> Iterator[Finding]:
    for source, cause in scope.db.rows("select source, cause from source_state where not readable and not optional order by source"):
        blinded = scope.db.one(
            """select count(distinct v.subject_no) from verdict v join source_state q on q.source_no = v.source_no
            where v.code = 'silent' and q.source = $source""",
            {"source": source},
        )
        yield make("source", source, "", None, f"{source} could not be used: {cause} {_blinds(blinded, 0)}".strip(), severity="critical")


def _blinds(subjects: int, rules: int) -> str:
    if not subjects:
        return ""
    about = f" about {rules} routine{'s' if rules != 1 else ''}" if rules else ""
    return f"Until it is mended nobody can tell{about} for {subjects} subject{'s' if subjects != 1 else ''}."


def _silent(scope: Scope, rules: Sequence[Rule], make: Maker) -> Iterator[Finding]:
    """One per source and school whose silence leaves cells without data: open while it lasts."""
    rows = scope.db.rows(f"""
        with lives(source_no, base_no) as (values {_lives_with(scope)}),
        v as (select v.* replace (l.base_no as source_no) from verdict v join lives l on l.source_no = v.source_no where v.code = 'silent'),
        blinded as (
          select v.source_no, v.blind_school_no as school_no, count(distinct v.subject_no) filter (v.disposition = 'active') as subjects,
            list(distinct v.rule_no) filter (v.disposition = 'active') as rules, max(v.since_ord) filter (v.disposition = 'active') as first,
            list(distinct s.name order by s.name) filter (s.subject_kind = 'team') as teams
          from v join subject s on s.subject_no = v.subject_no group by all having subjects > 0),
        silence as (select source_no, school_no, max(last) as last from blind where silent group by all)
        select q.source, c.school, c.name, d.date, b.subjects, b.rules, coalesce(x.last >= k.ord_over, false) as lasts, b.teams
        from blinded b join source_state q on q.source_no = b.source_no and q.readable join school c on c.school_no = b.school_no
        join clock_class k on k.class_no = c.class_no
        left join silence x on x.source_no = b.source_no and x.school_no = b.school_no
        left join day_of d on d.class_no = c.class_no and d.ord = b.first order by 1, 2""")
    ids = {scope.rule_no(rule): rule.id for rule in rules}
    for source, school, name, since, subjects, numbers, lasts, teams in rows:
        named = f" Teams: {', '.join(teams[:8])}{' and others' if len(teams) > 8 else ''}." if teams else ""
        routines = sorted(ids[n] for n in numbers if n in ids)
        rules_named = f" Rules: {', '.join(routines)}." if routines else ""       # none, where those that it blinds are read but not shown
        text = f"{name}: no record from {source} since {spoken_date(since)}. {_blinds(subjects, len(routines))}{named}{rules_named}"
        yield make("source", source, school, since, text, state="open" if lasts else "resolved", school=school)


def _lives_with(scope: Scope) -> str:
    """(source_no, number of the source that it lives with, or its own): one silence is one finding."""
    numbers = dict(scope.db.rows("select source, source_no from source_state"))
    evidence = scope.ruleset.evidence

    def base(source: str) -> str:
        other = evidence[source].coverage.with_
        return base(other) if other else source

    return ", ".join(f"({numbers[source]}, {numbers[base(source)]})" for source in evidence) or "(null, null)"


class Lack(NamedTuple):
    """What is missing in a school. `lasts`: nothing was decided since; `records`: how many are without the field."""

    lasts: bool
    records: int
    since: date
    name: str

    def beside(self, other: Lack) -> Lack:
        """The same of two rules: what lasts stands before what is over."""
        if self.lasts is not other.lasts:
            return self if self.lasts else other
        return self._replace(records=max(self.records, other.records), since=min(self.since, other.since))


def _undecidable(scope: Scope, rules: Sequence[Rule], make: Maker) -> Iterator[Finding]:
    """One per source, field and school where missing fields left a rule undecided 2 x fires_after windows in a row: open while nothing is decided."""
    found: dict[tuple[str, str, str], Lack] = {}
    runs = _undecided_runs(scope)
    for rule in rules:
        if scope.rule_no(rule) not in runs or getattr(rule.measure.parameters, "event", None) is None:
            continue
        for key, lack in _missing_fields(scope, rule):
            found[key] = lack.beside(found[key]) if key in found else lack
    for (source, field, school), lack in sorted(found.items()):
        minutes = found.get((source, "minutes", school)) if field == "in_school_day" else None
        if minutes and minutes.lasts >= lack.lasts:
            continue      # it follows from the minutes: one finding is enough
        text = f"{lack.name}: {lack.records} records of {source} lack `{field}`, so that it cannot be told whether they count."
        if lack.records == 1:
            text = f"{lack.name}: 1 record of {source} lacks `{field}`, so that it cannot be told whether it counts."
        yield make(
            "source", f"{source}.{field}", school, lack.since, text, state="open" if lack.lasts else "resolved", severity="medium")


def _undecided_runs(scope: Scope) -> set[int]:
    """Create `undecided` (rule_no, school_no, since, until, lasts): the newest trouble of long runs without a decision; the rules that have any.

    A run lasts until a cell of its subject is decided; runs of a school that overlap are one trouble.
    """
    most = scope.db.one("select max(n) from (select count(*) as n from verdict where code = 'unknown_fields' group by rule_no, subject_no)")
    if most < FEWEST_UNDECIDED:
        return set()
    scope.db.run("""
        create or replace temp table undecided as
        with cell as (
          select rule_no, subject_no, window_start, window_end, code = 'unknown_fields' and unknown > 0 as lacks,
            -- other codes tell nothing of the fields: nothing to measure, silence
            max(window_start) filter (verdict in ('met', 'missed') and code = '') over (partition by rule_no, subject_no) as decided
          from verdict semi join (select distinct rule_no, subject_no from verdict where code = 'unknown_fields') u using (rule_no, subject_no)),
        numbered as (
          select *, row_number() over (partition by rule_no, subject_no order by window_start)
            - row_number() over (partition by rule_no, subject_no, lacks order by window_start) as run from cell),
        long as (
          select n.rule_no, s.school_no, min(window_start) as since, max(window_end) as until,
            coalesce(max(window_start) > any_value(decided), true) as lasts
          from numbered n join subject s on s.subject_no = n.subject_no join rule_row r on r.rule_no = n.rule_no where lacks
          group by n.rule_no, s.school_no, n.subject_no, run having count(*) >= 2 * any_value(r.fires)),
        ended as (
          select *, since > max(case when lasts then date 'infinity' else until end) over (partition by rule_no, school_no order by since, until
            rows between unbounded preceding and 1 preceding) as is_new from long),
        newest as (select *, max(since) filter (is_new) over (partition by rule_no, school_no) as begins from ended)
        select rule_no, school_no, min(since) as since, max(until) as until, bool_or(lasts) as lasts
        from newest where begins is null or since >= begins group by rule_no, school_no""")
    return {no for (no,) in scope.db.rows("select distinct rule_no from undecided")}


def _missing_fields(scope: Scope, rule: Rule) -> list[tuple[tuple[str, str, str], Lack]]:
    """(source, field, school) and what is missing, for the schools where a rule stayed undecided."""
    p = rule.measure.parameters
    selection = scope.ruleset.events.get(p.event)
    kind = selection.type if selection else p.event
    asked = sorted(deciding_fields(scope.ruleset, rule, scope.kinds.get(rule.measure.kind)))
    if not asked:
        return []            # an interval of a plugin's own: nothing is missing in the source
    known = {field: _absent(scope.fields[kind].get(field)) for field in asked}
    lacking = ", ".join(f"{absent} as lacks_{i}" for i, absent in enumerate(known.values()))
    counted = ", ".join(f"count(*) filter (e.lacks_{i})" for i in range(len(known)))
    # most events lack nothing: they are left out before anything is joined
    rows = scope.db.rows(
        f"""select q.source, c.school, c.name, u.lasts, u.since, {counted} from undecided u
        join (select source_no, school_no, date, {lacking} from {scope.events[kind]} where {" or ".join(known.values())}) e
          on e.school_no = u.school_no and e.date between u.since and u.until
        join source_state q on q.source_no = e.source_no join school c on c.school_no = u.school_no
        where u.rule_no = {scope.rule_no(rule)} group by all""")
    return [
        ((source, field, school), Lack(lasts, count, since, name))
        for source, school, name, lasts, since, *counts in rows for field, count in zip(known, counts, strict=True) if count
    ]


def _absent(column: Column | None) -> str:
    """Condition for an event: it lacks the field; who took part, where that is no field. Roles are missing where their bits are."""
    told = PEOPLE if column is None else column.bits[0] if column.bits else column.sql
    return f"({told}) is null"


def _quarantined(scope: Scope, make: Maker) -> Iterator[Finding]:
    # older versions of events are no trouble: a newer one is used
    rows = scope.db.rows("""select s.source, s.quarantined - coalesce(c.rows, 0) as unusable, s.read from source_state s
        left join quarantine_count c on c.source_no = s.source_no and c.reason = 'superseded' where s.readable and unusable > 0 order by s.source""")
    for source, quarantined, read in rows:
        text = f"{quarantined} of {read} rows of {source} could not be used; `--quarantine FILE` lists them with reasons."
        yield make("source", source, "", None, text, severity="low", title=f"Rows of {source} in quarantine")


def plugin_findings(scope: Scope, failures: Mapping[str, str], run_id: str, as_of: str) -> Iterator[Finding]:
    """One per broken plugin."""
    make = Maker(scope, run_id, as_of)
    for plugin, cause in sorted(failures.items()):
        yield make("engine", plugin, "", None, cause, severity="critical")


class TermNote(Protocol):
    """What was found of a term whose stated days are not those of its dates: at one school, or at all whose term it is. Its text is the sentence."""

    @property
    def term(self) -> str:
        """The term."""

    @property
    def school(self) -> str | None:
        """The school; None for all."""


def calendar_findings(scope: Scope, notes: Sequence[TermNote], run_id: str, as_of: str) -> Iterator[Finding]:
    """One per stated total of a term that differs from its dates; of one school, or of all whose term it is."""
    make = Maker(scope, run_id, as_of)
    for note in notes:
        yield make("calendar", f"terms.{note.term}", note.school or "", None, str(note), severity="low")
