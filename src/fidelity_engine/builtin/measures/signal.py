"""signal: whether a test says that another rule's series has shifted for the worse.

The series of a cell are the closed cells of the other rule that close up to the end of the cell's window: the
subject's own, or, of the subjects below it, their rate per window. Cells that are not applicable, waived or disputed
are no points; a window of which nothing but `no_data` is known is a gap.

For the worse is downward, but upward for the values of a rule with `at_most`, and either way for the values of one
with `between`; a rate of met cells is the worse the lower it is, whatever the rule. Values of windows that are short,
so that the target was scaled, cannot be compared with the others and are no points either; a share of nothing is 0, or
1 where that is the worse (chapter 4). The tests are read over the whole series, and are bad news in the cell's own
window: the run chart signals where most of the window's own points lie on the side that is worse, and no fewer of the
series' later half than of its earlier half; a limit where one of the window's points lies beyond it. Else what has been
mended would signal for ever, and so would what has become better, at its first weaker week.

A rate is of those who can be seen: where `no_data` takes steady teams out of it, the line moves too. `explain` lists both.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.builtin.measures.rollup import BELOW
from fidelity_engine.builtin.measures.stored import stored
from fidelity_engine.links import Ask
from fidelity_engine.model import charts
from fidelity_engine.model.rule import Rule
from fidelity_engine.relations import measured

COLUMNS = {"subject_no": "integer", "window_no": "integer", "value": "integer", "few": "varchar", "useful": "integer",
           "note": "varchar", "due": "date", "waiting": "boolean"}
BOTH, DOWN, UP = (-1, 1), (-1,), (1,)
Sides = tuple[int, ...]


class Point(NamedTuple):
    """One window of the series: `part` of `whole`, None where it is a gap; `here`: it closes in the cell's window."""

    at: Any
    part: Fraction | None
    whole: Fraction | None
    here: bool

    @property
    def value(self) -> Fraction | None:
        """The point; None for a gap."""
        return None if self.part is None or self.whole is None else self.part / self.whole


class Reading(NamedTuple):
    """What a test says of one series: 1 or 0, or in `few` why it says nothing; `note` begins with the part that signals."""

    value: int | None
    few: str | None
    useful: int
    note: str | None


def signal(ask: Ask) -> str:
    """1 where the test signals in the direction that is worse, else 0; too few useful points, or a ceiling: neither."""
    child = next(rule for rule in ask.scope.ruleset.rules if rule.id == ask.parameters.rule)
    own = child.expect.of == ask.rule.expect.of
    rate = ask.parameters.of == "rate" or not own
    series = _own(ask, child, rate) if own else _below(ask, child)
    rows = ask.scope.db.rows(f"select * from ({series}) order by subject_no, window_no, start", ask.bound.values)
    ask.bound.values.clear()
    relation = stored(ask, COLUMNS, [_row(ask, worse(child, rate), list(cell)) for _, cell in groupby(rows, key=lambda row: row[:2])])
    return measured(
        beside(ask, f"select * from {relation}"),
        low_num="h.value", high_num="h.value", few="case when h.subject_no is null then 'too_few' else h.few end",
        events="coalesce(h.useful, 0)", note="case when h.subject_no is null then 'only 0 useful points' else h.note end",
        due="h.due", waiting="coalesce(h.waiting, false)",
    )


def worse(child: Rule, rate: bool) -> Sides:
    """The directions that are bad news."""
    if rate:
        return DOWN
    return {"at_most": UP, "between": BOTH}.get(child.judge.direction, DOWN)


# --- the series -------------------------------------------------------------------------------------------------------

# of the cells v up to the cell g of the signal: those that are open although closed, and when the last here is due
_STATE = """bool_or(v.closes_on >= g.window_start) as here, bool_or(v.closed and v.verdict = 'open') as waiting,
    max(v.due) filter (v.closes_on >= g.window_start) as due"""

_SERIES = "v.rule_no = {no} and v.closes_on <= g.window_end"


def _below(ask: Ask, child: Rule) -> str:
    """(subject_no, window_no, start, count, of, times, gap, here, waiting, due): the rate per window of the cells below."""
    return _rates(ask, child, f"join ({BELOW[ask.rule.expect.of]}) b on b.parent = g.subject_no", "b.child")


def _rates(ask: Ask, child: Rule, join: str, subject: str) -> str:
    counts = "v.closed and v.disposition = 'active' and v.verdict"
    return f"""select g.subject_no, g.window_no, v.window_start as start, count(*) filter ({counts} = 'met') as count,
          nullif(count(*) filter ({counts} in ('met', 'missed')), 0) as of, 1 as times, bool_or({counts} = 'no_data') as gap, {_STATE}
        from {ask.grid} g {join} join verdict v on v.subject_no = {subject} and {_SERIES.format(no=ask.scope.rule_no(child))}
        group by g.subject_no, g.window_no, v.window_start"""


def _own(ask: Ask, child: Rule, rate: bool) -> str:
    """The same of the subject's own cells: met or not, or their values as they are shown."""
    if rate:
        return _rates(ask, child, "", "g.subject_no")
    shown = f"v.closed and v.disposition = 'active' and (v.verdict in ('met', 'missed') or v.code = 'no_target'){_whole(ask, child)}"
    num, den = _of_something(child, *_shown(child))
    return f"""select g.subject_no, g.window_no, v.window_start as start, any_value(case when {shown} then {num} end) as count,
          any_value(case when {shown} then {den} end) as of, any_value(v.times) as times, bool_or(v.closed and v.verdict = 'no_data') as gap, {_STATE}
        from {ask.grid} g join verdict v on v.subject_no = g.subject_no and {_SERIES.format(no=ask.scope.rule_no(child))}
        join clock_class k on k.class_no = v.class_no group by g.subject_no, g.window_no, v.window_start"""


def _whole(ask: Ask, child: Rule) -> str:
    """Condition: the window is not a short one in which the target was scaled."""
    kind, each = ask.scope.kinds.get(child.measure.kind), child.expect.each
    over = getattr(child.measure.parameters, "over", None)
    scales = kind is not None and kind.scales and child.expect.prorate and each.unit in ("week", "weeks")
    return f" and v.days >= {each.weeks} * k.usual_week" if scales and (over is None or over.kind == "window") else ""


def _shown(child: Rule) -> tuple[str, str]:
    """Numerator and denominator of a cell's `value`: the end that is worse for its target."""
    if child.measure.kind == "rollup":
        return "v.value_num", "v.value_den"
    if child.judge.direction != "at_most":
        return "coalesce(v.value_num, v.low_num)", "case when v.value_num is null then v.low_den else v.value_den end"
    num = "coalesce(v.value_num, v.high_num, v.low_num)"
    return num, "case when v.value_num is not null then v.value_den when v.high_num is not null then v.high_den else v.low_den end"


def _of_something(child: Rule, num: str, den: str) -> tuple[str, str]:
    """The same; where there is nothing of which to take a share, that is the worse of 0 and 1."""
    instead = int(child.judge.direction == "at_most")
    return f"case when {den} = 0 then {instead} else {num} end", f"case when {den} = 0 then 1 else {den} end"


# --- the test ---------------------------------------------------------------------------------------------------------


def _row(ask: Ask, bad: Sides, cell: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """One row of the relation that is stored: the reading of a cell's series, and whether it may still change."""
    points = [_point(row) for row in cell if row[4] is not None or row[6]]
    waiting, due = any(row[8] for row in cell), max((row[9] for row in cell if row[9] is not None), default=None)
    return (*cell[0][:2], *read(ask.parameters.test, points, bad, ask.parameters.screening), due, waiting)


def _point(row: tuple[Any, ...]) -> Point:
    _, _, at, count, of, times, _, here, _, _ = row
    if of is None:
        return Point(at, None, None, here)
    return Point(at, Fraction(count) / Fraction(times), Fraction(of) / Fraction(times), here)


def read(test: str, points: Sequence[Point], bad: Sides, screening: bool = False) -> Reading:
    """What a test says of a series in the directions that are bad."""
    values = [point.value for point in points]
    chart = charts.anhoej(values)
    useful = chart.useful if test == "anhoej" else sum(value is not None for value in values)
    if useful < charts.USEFUL:
        return Reading(None, "too_few", useful, f"only {useful} useful points, {charts.USEFUL} are needed")
    if charts.at_ceiling(values):
        return Reading(None, "ceiling", useful, None)
    note = _shifted(chart, points, bad) if test == "anhoej" else _beyond(test, points, bad, screening)
    return Reading(int(note is not None), None, useful, note)


def _shifted(chart: charts.RunChart, points: Sequence[Point], bad: Sides) -> str | None:
    """Which part of the run chart signals, when most points of the cell's window (or, where equal, the last) are on a bad side, to which the series turned."""
    here = [chart.side(point.value) for point in points if point.here and chart.side(point.value)]
    side = (sum(here) or here[-1]) if here else 0
    if not chart.signals or not any(side * one > 0 for one in bad) or _turned(chart, 1 if side > 0 else -1):
        return None
    parts = [name for name, found in (("longest_run", chart.long_run), ("crossings", chart.few_crossings)) if found]
    where = "above" if side > 0 else "below"
    return (f"{' and '.join(parts)}: {where} the centre line; longest run {chart.longest} (limit {charts.longest_run_limit(chart.useful)}), "
            f"crossings {chart.crossings} (limit {charts.crossings_limit(chart.useful)}), {chart.useful} useful points (anhoej)")


def _turned(chart: charts.RunChart, side: int) -> bool:
    """Whether the series has turned away from a side: fewer of its later points lie there than of its earlier ones."""
    half = chart.useful // 2
    return chart.sides[-half:].count(side) < chart.sides[:half].count(side)


def _beyond(test: str, points: Sequence[Point], bad: Sides, screening: bool) -> str | None:
    """The newest point of the cell's window beyond a limit on a bad side."""
    found = [one for one in _outside(test, points, screening) if one.side in bad and points[one.place].here]
    if not found:
        return None
    last, known = found[-1], sum(point.whole is not None for point in points)
    limit = f"{'upper' if last.side > 0 else 'lower'}_limit"
    trial = ", trial limits" if known < charts.TRIAL else ""
    return f"{limit}: {_plain(charts.decimal(last.point))} on {points[last.place].at} is beyond {_plain(last.limit)} ({test}{trial})"


def _outside(test: str, points: Sequence[Point], screening: bool) -> list[charts.Outside]:
    chart: charts.Individuals | charts.Shares | None
    if test == "p":
        chart = charts.shares([None if p.part is None or p.whole is None else (p.part, p.whole) for p in points])
    else:
        chart = charts.individuals([point.value for point in points], screening)
    return chart.outside() if chart else []


def _plain(number: Any) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")
