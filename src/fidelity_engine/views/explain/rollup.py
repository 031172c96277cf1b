"""rollup, written out: the cells below, and how they were counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from fidelity_engine.builtin.measures.rollup import BELOW
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.formulas import ends_lines
from fidelity_engine.views.explain.sheet import Line, dated, ratio

Row = Mapping[str, Any]
JUDGED = ("met", "missed", "no_data")
MOST = 60


def rollup_lines(cell: Cell) -> Iterator[Line | str]:
    """The children, the shares, and value = met / (met + missed)."""
    children = _children(cell)
    yield f"Reads the cells of {cell.parameters.rule} below it that close in this window: {len(children)}"
    counted = [child for child in children if _counts(child)]
    yield from (_of_cells if cell.parameters.share_of == "cells" else _of_subjects)(cell, counted)
    left = Counter(_left_out(child) for child in children if not _counts(child))
    if left:
        yield f"Left out: {', '.join(f'{n} {why}' for why, n in sorted(left.items()))}"
    yield from ends_lines(cell)


def _children(cell: Cell) -> Sequence[Row]:
    return cell.scope.db.records(
        f"""select s.subject_kind, s.subject, s.name, v.window_start, v.verdict, v.code, v.closed, v.disposition
        from ({BELOW[cell.rule.expect.of]}) b join verdict v on v.rule_no = $rule and v.subject_no = b.child
          and v.closes_on between $first and $last
        join subject s on s.subject_no = b.child where b.parent = $subject order by s.subject_kind, s.subject, v.window_start""",
        {"rule": cell.scope.rule_nos[cell.parameters.rule], "subject": cell.subject_no,
         "first": cell.public["window_start"], "last": cell.public["window_end"]},
    )


def _counts(child: Row) -> bool:
    return bool(child["closed"]) and child["verdict"] in JUDGED and child["disposition"] == "active"


def _left_out(child: Row) -> str:
    if child["disposition"] != "active":
        return str(child["disposition"])
    return str(child["verdict"]) if child["verdict"] not in JUDGED else f"{child['verdict']}, not closed"


def _name(cell: Cell, child: Row) -> str:
    return cell.people.called(child["subject"]) if child["subject_kind"] == "staff" else str(child["subject"])


def _of_cells(cell: Cell, counted: Sequence[Row]) -> Iterator[Line | str]:
    found = Counter(child["verdict"] for child in counted)
    met, missed, unseen = (found[verdict] for verdict in JUDGED)
    yield f"met {met}, missed {missed}, no_data {unseen}"
    for verdict in ("missed", "no_data"):
        rows = [child for child in counted if child["verdict"] == verdict]
        yield from (Line(f"{_name(cell, c)}, {dated(c['window_start'], cell.today)}: {verdict}", 1) for c in rows[:MOST])
        if len(rows) > MOST:
            yield Line(f"and {len(rows) - MOST} more {verdict}", 1)
    yield from _ends(cell, met, met + unseen, len(counted), "met / (met + missed + no_data)", "(met + no_data) / (met + missed + no_data)")
    if met + missed:
        yield f"value: met / (met + missed): {ratio(met, met + missed)}"


def _of_subjects(cell: Cell, counted: Sequence[Row]) -> Iterator[Line | str]:
    least = cell.parameters.each_at_least
    low = high = value = judged = n = 0
    yield f"A subject counts when at least {number(least)} of its cells are met."
    for _, group in groupby(counted, lambda child: (child["subject_kind"], child["subject"])):
        rows = list(group)
        met, missed, unseen = (sum(child["verdict"] == verdict for child in rows) for verdict in JUDGED)
        n += 1
        low, high = low + (met >= least * len(rows)), high + (met + unseen >= least * len(rows))
        judged += bool(met + missed)
        value += bool(met + missed) and met >= least * (met + missed)
        yield Line(_subject_text(cell, rows[0], met, missed, unseen, least), 1)
    yield from _ends(cell, low, high, n, "subjects that surely reach it / subjects", "subjects that may / subjects")
    if judged:
        yield f"value: subjects whose met / (met + missed) reaches it, over those with any met or missed: {ratio(value, judged)}"


def _subject_text(cell: Cell, child: Row, met: int, missed: int, unseen: int, least: Decimal) -> str:
    total = met + missed + unseen
    ends = ratio(met, total) if not unseen else f"{ratio(met, total)} to {ratio(met + unseen, total)}"
    sure, perhaps = met >= least * total, met + unseen >= least * total
    reaches = "reaches it" if sure else "may reach it" if perhaps else "does not"
    return f"{_name(cell, child)}: met {met}, missed {missed}, no_data {unseen}: {ends}, {reaches}"


def _ends(cell: Cell, low: int, high: int, total: int, low_text: str, high_text: str) -> Iterator[str]:
    if not total:
        yield "Nothing to measure: no cell below it is closed and judged."
        return
    yield f"low: {low_text}: {ratio(low, total)}"
    yield f"high: {high_text}: {ratio(high, total)}"
