"""Findings about practices: episodes of missed cells, each with its sentence, owner, due date and outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from fidelity_engine.model.finding import Finding, finding_id
from fidelity_engine.model.outcomes import at_risk
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.counted import counted_events
from fidelity_engine.stages.emit.episodes import create_episodes
from fidelity_engine.stages.emit.near import near_misses
from fidelity_engine.stages.emit.rows import public_rows
from fidelity_engine.stages.emit.sentences import sentence


def practice_findings(scope: Scope, rules: Sequence[Rule], run_id: str, as_of: str) -> Iterator[Finding]:
    """One finding per episode of the rules that are active, with the state that shows without a store."""
    create_episodes(scope)
    scope.db.run("""create or replace temp table last_missed as select v.* from verdict v
        join episode e on e.rule_no = v.rule_no and e.subject_no = v.subject_no and e.last_window = v.window_no""")
    missed_by = {number for (number,) in scope.db.rows("select distinct rule_no from episode")}
    concerned = {scope.rule_no(rule): rule for rule in rules if scope.rule_no(rule) in missed_by}
    evidence = counted_events(scope, list(concerned.values()))
    near = near_misses(scope, list(concerned.values()))
    same = {no: _Same(rule, noun_of(scope, rule), at_risk(rule, scope.ruleset.outcomes), scope.ruleset.year, run_id, as_of)
            for no, rule in concerned.items()}
    once = {column: _Once() for column in REPEATED} | {column: _Decimals() for column in NUMBERS}
    for row in scope.db.streamed(_episodes()) if same else ():
        if row["rule_no"] in same:
            row |= {column: seen[row[column]] for column, seen in once.items()}
            found = evidence.get((row["rule_no"], row["subject_no"], row["since"]), NO_EVIDENCE)
            row["near"] = "" if row["resolved"] else near.get((row["rule_no"], row["subject_no"]), "")
            yield _finding(same[row["rule_no"]], row, found)


REPEATED = ("subject", "subject_name", "subject_kind", "school", "since", "until", "confirmed_on", "act_by", "required", "unit", "level", "owner")
NUMBERS = ("low", "high", "value", "numerator", "denominator")
"""They come as text: a few different ones are made decimals once, in place of every one."""
NO_EVIDENCE: dict[str, Any] = {"newest": [], "count": 0}


class _Once(dict[Any, Any]):
    """Gives of equal values always the same one: hundreds of thousands of findings share their names and dates."""

    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value


class _Decimals(dict[str | None, Decimal | None]):
    """Gives the number that a text says."""

    def __missing__(self, text: str | None) -> Decimal | None:
        self[text] = found = None if text is None else Decimal(text)
        return found


class _Same(NamedTuple):
    """What is the same in all findings of one rule."""

    rule: Rule
    noun: str
    outcomes: tuple[str, ...]
    year: str
    run_id: str
    as_of: str


# the episodes with the public row of their last missed cell, the owner and the due date
_EPISODES = """with named as (select role, school_no, min(name) as name from owner group by all)
    select e.*, p.* exclude (rule_no, subject_no, window_no, rule, due) replace ({texts}), s.students,
      case when s.subject_kind = 'team' then s.name || ' at ' || c.name else s.name end as subject_name,
      coalesce(o.name, w.name) as owner, d.date as act_by, x.windows_before, x.rests_until
    from episode e join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no
    join ({shown}) p on p.rule_no = e.rule_no and p.subject_no = e.subject_no and p.window_no = e.last_window
    left join school c on c.school_no = s.school_no
    left join named o on o.role = r.owner and o.school_no = s.school_no
    left join named w on w.role = r.owner and w.school_no is null
    left join day f on f.class_no = s.class_no and f.date = e.fired_due
    left join disputed x on x.rule_no = e.rule_no and x.subject_no = e.subject_no and x.since = e.since
    left join day_of d on d.class_no = s.class_no and d.ord = f.ord + r.act_within
    order by e.rule_no, s.subject_kind, s.subject, e.since"""


def _episodes() -> str:
    return _EPISODES.format(shown=public_rows("last_missed"), texts=", ".join(f"p.{column}::varchar as {column}" for column in NUMBERS))


def noun_of(scope: Scope, rule: Rule) -> str:
    """What the sentence calls one event: its type."""
    event = getattr(rule.measure.parameters, "event", None) or getattr(getattr(rule.measure.parameters, "after", None), "event", "")
    selection = scope.ruleset.events.get(event)
    return selection.type if selection else str(event)


def severity(rule: Rule, windows_missed: int) -> str:
    """The rule's severity, raised by each step of `escalate` that is reached."""
    found: str = rule.emit.severity
    for step in rule.emit.escalate:
        if windows_missed >= step.after:
            found = step.to
    return found


def _finding(same: _Same, row: Mapping[str, Any], evidence: dict[str, Any]) -> Finding:
    rule = same.rule
    how_severe = severity(rule, row["windows_missed"] if row["windows_before"] is None else row["windows_before"])
    state = "resolved" if row["resolved"] else "paused" if row["newest"] != "active" else "open"
    return Finding(
        finding_id=finding_id(same.year, rule.id, row["subject_kind"], row["subject"], row["since"]),
        about="practice", rule=rule.id, title=rule.title, practice=rule.practice, dimension=rule.dimension,
        subject_kind=row["subject_kind"], subject=row["subject"], subject_name=row["subject_name"], school=row["school"],
        students=row["students"], since=row["since"], until=row["until"], windows_missed=row["windows_missed"],
        confirmed_on=row["confirmed_on"], state=state, value=row["value"], required=row["required"], unit=row["unit"],
        level=row["level"], severity=how_severe, owner=row["owner"] or rule.emit.owner,
        due=row["act_by"], message=sentence(rule, same.noun, row, row["near"]), outcomes_at_risk=same.outcomes,
        evidence_ids=evidence, evidence_unlinked=None,
        run_id=same.run_id, as_of=same.as_of,
    )
