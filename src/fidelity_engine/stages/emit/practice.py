"""Findings about practices: episodes of missed cells, each with its sentence, owner, due date and outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from fidelity_engine.db import text
from fidelity_engine.model.finding import Finding, State
from fidelity_engine.model.once import Once
from fidelity_engine.model.outcomes import at_risk
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.counted import counted_events
from fidelity_engine.stages.emit.episodes import create_episodes
from fidelity_engine.stages.emit.near import near_misses
from fidelity_engine.stages.emit.rows import missed_rows
from fidelity_engine.stages.emit.sentences import CELL, NUMBERS, Sentences
from fidelity_engine.verdicts import smallest

if TYPE_CHECKING:
    from fidelity_engine.stages.emit.findings import Findings

MANY = 5_000
"""From so many findings on they are made when they are asked for: until then all are made while the statements run that make a few."""


def practice_findings(scope: Scope, rules: Sequence[Rule], subjects: Sequence[str], run_id: str, as_of: str) -> list[Finding] | Findings:
    """One finding per episode of the rules that are active, with the state that shows without a store.

    `subjects`: only these, all where none is named. Many come as `Findings`, in their order.
    """
    create_episodes(scope)
    counts = dict(scope.db.rows("select rule_no, count(*) from episode group by rule_no"))
    kinds = {
        scope.rule_no(rule): Kind(rule, Sentences(rule, noun_of(scope, rule)), at_risk(rule, scope.ruleset.outcomes), run_id, as_of)
        for rule in rules if scope.rule_no(rule) in counts
    }
    if sum(counts[no] for no in kinds) > MANY:
        from fidelity_engine.stages.emit.findings import findings_of

        return findings_of(scope, kinds, subjects)
    return [finding for _, finding in made(scope, kinds) if not subjects or finding.subject in subjects] if kinds else []


class Kind(NamedTuple):
    """What is the same in all findings of one rule."""

    rule: Rule
    sentence: Sentences
    outcomes: tuple[str, ...]
    run_id: str
    as_of: str


def made(scope: Scope, kinds: Mapping[int, Kind], episodes: str = "episode", place: str = "0") -> Iterator[tuple[int, Finding]]:
    """(place, finding) of each episode of a relation and these rules (by their numbers). `place`: SQL over an episode `e`."""
    rules = [kind.rule for kind in kinds.values()]
    scope.db.run(f"""create or replace temp table last_missed as select v.* from {smallest(scope.db, scope.is_small)} v
        join {episodes} e on e.rule_no = v.rule_no and e.subject_no = v.subject_no and e.last_window = v.window_no""")
    evidence = counted_events(scope, rules, episodes)
    near = near_misses(scope, rules, episodes)
    once, numbers = Once(), _Decimals()
    for at, rule_no, subject_no, resolved, rests, id, *row in scope.db.streamed(_rows(scope, episodes, place)):
        kind = kinds.get(rule_no)
        if kind is not None:
            found = evidence.get((rule_no, subject_no, row[SINCE]), NO_EVIDENCE)
            nearly = "" if resolved else near.get((rule_no, subject_no), "")
            state: State = "resolved" if resolved else "paused" if rests else "open"
            yield at, _finding(kind, id, state, list(map(once.__getitem__, row)), numbers, found, nearly)


NO_EVIDENCE: dict[str, Any] = {"newest": [], "count": 0}


class _Decimals(dict[str | None, Decimal | None]):
    """Gives the number that a text says."""

    def __missing__(self, text: str | None) -> Decimal | None:
        self[text] = found = None if text is None else Decimal(text)
        return found


COLUMNS = (
    "e.since", "e.until", "e.windows_missed", "x.windows_before", "e.confirmed_on", "s.subject_kind", "s.subject",
    "case when s.subject_kind = 'team' then s.name || ' at ' || c.name else s.name end", "s.school", "s.students", "coalesce(o.name, w.name)", "d.date",
    "p.unit", "p.level", *(f"p.{column}{'::varchar' if column in NUMBERS else ''}" for column in CELL),
)
"""Of an episode `e` with its subject `s`, the public row `p` of its last missed cell, the owner and the due date."""
SINCE, CELL_AT = 0, 14
"""Where its first day and the columns of its cell stand among them."""

ID = "left(sha256(concat_ws(chr(10), {year}, r.rule, s.subject_kind, s.subject, e.since::varchar)), 12)"
"""SQL for `finding_id`."""

_ROWS = """with named as (select role, school_no, min(name) as name from owner group by all)
    select {place}, e.rule_no, e.subject_no, e.resolved, e.newest <> 'active',
      {id}, {columns}
    from {episodes} e join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no
    join ({shown}) p on p.rule_no = e.rule_no and p.subject_no = e.subject_no and p.window_no = e.last_window
    left join school c on c.school_no = s.school_no
    left join named o on o.role = r.owner and o.school_no = s.school_no
    left join named w on w.role = r.owner and w.school_no is null
    left join day f on f.class_no = s.class_no and f.date = e.fired_due
    left join disputed x on x.rule_no = e.rule_no and x.subject_no = e.subject_no and x.since = e.since
    left join day_of d on d.class_no = s.class_no and d.ord = f.ord + r.act_within"""


def _rows(scope: Scope, episodes: str, place: str) -> str:
    id = ID.format(year=text(scope.ruleset.year))
    return _ROWS.format(place=place, id=id, columns=", ".join(COLUMNS), episodes=episodes, shown=missed_rows("last_missed"))


def noun_of(scope: Scope, rule: Rule) -> str:
    """What the sentence calls one event: its type; of a rollup the kind of those below."""
    if rule.measure.kind == "rollup":
        below = next(one for one in scope.ruleset.rules if one.id == rule.measure.parameters.rule).expect.of
        return "people" if below == "staff" else f"{below}s"
    event = getattr(rule.measure.parameters, "event", None) or getattr(getattr(rule.measure.parameters, "after", None), "event", "")
    selection = scope.ruleset.events.get(str(event))
    return selection.type if selection else str(event)


def _finding(kind: Kind, id: str, state: State, row: Sequence[Any], numbers: _Decimals, evidence: dict[str, Any], near: str) -> Finding:
    rule, cell = kind.rule, tuple(row[CELL_AT:])
    since, until, missed, before, confirmed_on, subject_kind, subject, name, school, students, owner, due, unit, level = row[:CELL_AT]
    return Finding(
        finding_id=id, about="practice", rule=rule.id, title=rule.title, practice=rule.practice, dimension=rule.dimension,
        subject_kind=subject_kind, subject=subject, subject_name=name, school=school, students=students, since=since, until=until,
        windows_missed=missed, confirmed_on=confirmed_on, state=state, value=numbers[cell[VALUE]], required=cell[REQUIRED], unit=unit,
        level=level, severity=rule.emit.severity_after(missed if before is None else before), owner=owner or rule.emit.owner, due=due,
        message=kind.sentence(cell, name, school, since, missed, near), outcomes_at_risk=kind.outcomes,
        evidence_ids=evidence, evidence_unlinked=None, run_id=kind.run_id, as_of=kind.as_of,
    )


VALUE, REQUIRED = CELL.index("value"), CELL.index("required")
