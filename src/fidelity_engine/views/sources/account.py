"""What became of the rows of each source, and its silent and pending stretches, from the relations of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.finding import SourceCount
from fidelity_engine.model.source import Coverage
from fidelity_engine.result import Result
from fidelity_engine.scope import Scope
from fidelity_engine.views.sources.weeks import Week, weeks


class Example(NamedTuple):
    """The first of some rows in quarantine, or of some values that did not convert: how many, where, and why."""

    reason: str
    rows: int
    place: str
    row: int | None
    sentence: str


class Stretch(NamedTuple):
    """School days of which a source says nothing: of one school, from, until (both included), how many; silent or pending."""

    school: str
    since: date
    until: date
    days: int
    silent: bool


@dataclass(frozen=True)
class SourceAccount:
    """One source. `last_event`: the date of its newest known event. `weeks`: school → its weeks; the school "" for events of none."""

    count: SourceCount
    coverage: str
    reasons: Mapping[str, int]
    examples: Sequence[Example]
    last_event: date | None
    stretches: Sequence[Stretch]
    weeks: Mapping[str, Sequence[Week]]

    @property
    def state(self) -> str:
        """unreadable, empty, silent (at some school, now), pending (the newest days) or alive."""
        if not self.count.readable:
            return "unreadable"
        if not self.count.accepted:
            return "empty"
        if self.silent_now:
            return "silent"
        return "pending" if any(self._lasts(one) for one in self.stretches) else "alive"

    @property
    def silent_now(self) -> int:
        """At so many schools it is silent up to the last school day that is over."""
        return len({one.school for one in self.stretches if one.silent and self._lasts(one)})

    def _lasts(self, stretch: Stretch) -> bool:
        days = [week.last_day for week in self.weeks.get(stretch.school, ()) if week.last_day]
        return not days or stretch.until >= max(days)


def accounts(result: Result, wanted: Sequence[str] = ()) -> list[SourceAccount]:
    """The account of each source of a run, in the order of the rule file; `wanted`: only these."""
    assert result.scope
    scope, counts = result.scope, {one.source: one for one in result.summary.sources}
    for source in wanted:
        if source not in counts:
            near = get_close_matches(source, counts, 1)
            raise FidelityError(f"there is no source `{source}`", "--source", f"Did you mean `{near[0]}`?" if near else f"Sources: {', '.join(counts)}.")
    last, seen = _last_events(scope), weeks(scope)
    stretches, examples = _stretches(scope), _examples(scope)
    return [
        SourceAccount(
            counts[source], told(spec.coverage), result.summary.quarantine.get(source, {}), examples.get(source, []), last.get(source),
            stretches.get(source, []), seen.get(source, {}),
        ) for source, spec in scope.ruleset.evidence.items() if not wanted or source in wanted
    ]  # fmt: skip


def told(coverage: Coverage) -> str:
    """How one knows that a source lives, as a sentence's second half."""
    if coverage.always:
        return "counts as complete on every day"
    if coverage.with_:
        return f"counts as alive when {coverage.with_} is"
    if coverage.silent_after:
        days = coverage.silent_after.instructional_days
        return f"counts as silent after {days} school day{'' if days == 1 else 's'} without an event, per {coverage.per}"
    return "counts as complete up to its last record" if coverage.through == "last_record" else f"counts as complete up to {coverage.through}"


def _last_events(scope: Scope) -> dict[str, date]:
    rows = scope.db.rows("""select q.source, max(e.date) from source_day e join source_state q using (source_no)
        where e.date <= $today group by 1""", {"today": scope.as_of_date})
    return dict(rows)  # type: ignore[arg-type]


def _stretches(scope: Scope) -> dict[str, list[Stretch]]:
    """Blind stretches of readable sources that touch the period, as dates."""
    found: dict[str, list[Stretch]] = {}
    rows = scope.db.rows("""
        select q.source, s.school, min(d.date), max(d.date), count(*), b.silent
        from blind b join source_state q on q.source_no = b.source_no and q.readable join school s on s.school_no = b.school_no
        join day_of d on d.class_no = s.class_no and d.ord between b.first and b.last
        where d.date between $start and least($today::date, $end::date)
        group by q.source, s.school, b.first, b.last, b.silent order by 1, 2, 3""", _span(scope))
    for source, *rest in rows:
        found.setdefault(source, []).append(Stretch(*rest))
    return found


def _span(scope: Scope) -> dict[str, date]:
    return {"start": scope.start, "end": scope.end, "today": scope.as_of_date}


def _examples(scope: Scope) -> dict[str, list[Example]]:
    """The first row of each reason, and of each field with values that did not convert."""
    found: dict[str, list[Example]] = {}
    rows = scope.db.rows("""
        select source, reason, c.rows, arg_min(place, (place, row)), arg_min(row, (place, row)), arg_min(sentence, (place, row))
        from quarantine join quarantine_count c using (source, reason) group by 1, 2, 3
        union all
        select source, 'bad_value', max(rows) filter (row is null), arg_min(place, (place, row)) filter (row is not null),
          min(row) filter (row is not null), any_value(sentence) from bad_value group by source, field order by 1, 2""")
    for source, *rest in rows:
        found.setdefault(source, []).append(Example(*rest))
    return found
