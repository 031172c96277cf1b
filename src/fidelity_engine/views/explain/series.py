"""signal and ladder, written out: the cells of other rules that they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from fidelity_engine.builtin.measures.rollup import BELOW
from fidelity_engine.builtin.reports.wording import counted, rate_text
from fidelity_engine.stages.emit.rows import public_rows
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.formulas import ends_lines
from fidelity_engine.views.explain.sheet import Line, dated

Row = Mapping[str, Any]
MOST = 60


# --- signal -----------------------------------------------------------------------------------------------------------


def signal_lines(cell: Cell) -> Iterator[Line | str]:
    """The series, and what the test says of it."""
    p = cell.parameters
    child = next(rule for rule in cell.scope.ruleset.rules if rule.id == p.rule)
    below = child.expect.of != cell.rule.expect.of
    whose = f"of each {child.expect.of} below, as their rate per window" if below else "of this subject"
    yield f"Reads the closed cells of {p.rule} {whose}, up to {dated(cell.public['window_end'], cell.today)}; test {p.test}"
    rows = _series(cell, below)
    points = [Line(_point(cell, list(group)), 1) for _, group in groupby(rows, key=lambda row: row["window_start"])]
    yield from points[-MOST:]
    if cell.judged["note"]:
        yield f"The test: {cell.judged['note']}"
    elif cell.judged["few"] is None:
        yield "The test does not signal in the direction that is worse."
    yield from ends_lines(cell)


def _series(cell: Cell, below: bool) -> Sequence[Row]:
    child = f"in (select child from ({BELOW[cell.rule.expect.of]}) where parent = $subject)" if below else "= $subject"
    return cell.scope.db.records(
        f"""select p.window_start, p.value, p.verdict from ({public_rows()}) p join verdict v on v.rule_no = p.rule_no
          and v.subject_no = p.subject_no and v.window_no = p.window_no
        where p.rule_no = $rule and p.subject_no {child} and p.closes_on <= $end and v.closed and p.disposition = 'active'
        order by p.window_start""",
        {"subject": cell.subject_no, "rule": cell.scope.rule_nos[cell.parameters.rule], "end": cell.public["window_end"]},
    )


def _point(cell: Cell, rows: Sequence[Row]) -> str:
    start = dated(rows[0]["window_start"], cell.today)
    if len(rows) == 1:
        value = "" if rows[0]["value"] is None else f", value {number(rows[0]['value'])}"
        return f"{start}: {rows[0]['verdict']}{value}"
    met, missed, unseen = (sum(row["verdict"] == verdict for row in rows) for verdict in ("met", "missed", "no_data"))
    return f"{start}: met {met}, missed {missed}, no_data {unseen}: {rate_text(met, missed)}"


# --- ladder -----------------------------------------------------------------------------------------------------------


def ladder_lines(cell: Cell) -> Iterator[Line | str]:
    """Each rung from the best down, with the cells of its rules that close in the window."""
    rungs = cell.parameters.rungs
    said = _said(cell)
    for index, rung in enumerate(rungs):
        yield f"Rung {len(rungs) - index}, {rung.level}: {_stands([said.get(rule, []) for rule in rung.rules])}"
        yield from (Line(f"{rule}: {_verdicts(said.get(rule, []))}", 1) for rule in rung.rules)
    yield "low: the best rung surely reached; high: the best possibly reached."
    yield from ends_lines(cell)


def _said(cell: Cell) -> dict[str, list[str]]:
    """Rule → the verdicts of its cells here; only those that are closed and active are judged."""
    found: dict[str, list[str]] = {}
    names = {no: rule for rule, no in cell.scope.rule_nos.items()}
    rows = cell.scope.db.rows(
        """select rule_no, case when disposition <> 'active' then disposition when not closed then verdict || ', not closed' else verdict end
        from verdict where subject_no = $subject and closes_on between $first and $last order by rule_no, window_start""",
        {"subject": cell.subject_no, "first": cell.public["window_start"], "last": cell.public["window_end"]},
    )
    for no, verdict in rows:
        found.setdefault(names[no], []).append(verdict)
    return found


def _stands(rules: Sequence[Sequence[str]]) -> str:
    if not rules:
        return "reached by whoever was judged at all"
    every = [verdict for rule in rules for verdict in rule]
    missed, unknown = "missed" in every, any(verdict in ("no_data", "error") for verdict in every)
    if missed or not ("met" in every or unknown):
        return "not reached"
    return "may be reached" if unknown else "reached"


def _verdicts(verdicts: Sequence[str]) -> str:
    return ", ".join(f"{len(list(group))} {verdict}" for verdict, group in groupby(sorted(verdicts))) or f"{counted(0, 'cell')} here"
