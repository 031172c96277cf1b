"""Run charts: the series of a rule over its windows, its median, what the test says, and where points stand on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.model import charts
from fidelity_engine.model.rule import Rule
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.views.report.scene import Scene, numbers

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 600, 150, 60, 22, 24
"""Of a chart, in units of its own view box."""
FEWEST = 4


@dataclass(frozen=True)
class Point:
    """One window: its value (None: nothing is known), how it is told, and where it stands."""

    start: date
    value: Fraction | None
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Note:
    """Something that happened in a window, numbered as in the chart."""

    no: int
    x: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A run chart ready to be drawn; `line` are stretches of neighbouring points as `x,y x,y`."""

    title: str
    points: Sequence[Point]
    lines: Sequence[str]
    centre: str
    centre_y: float
    ticks: Sequence[tuple[float, str]]
    says: str
    signals: bool
    notes: Sequence[Note]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @property
    def marks(self) -> list[tuple[float, str]]:
        """Where notes stand, and their numbers: those of one window together."""
        return [(x, ", ".join(str(note.no) for note in notes)) for x, notes in groupby(self.notes, key=lambda note: note.x)]


@dataclass(frozen=True)
class Value:
    """What was seen of one window."""

    start: date
    value: Fraction | None
    text: str


Seen = Sequence[tuple[date, int, int, int, int, Decimal | None, Decimal | None]]
"""Per window: first day, met, missed, no data, cells, and the value of its only cell as a fraction."""


def series(scene: Scene) -> dict[int, Seen]:
    """Rule number → its closed windows in order."""
    rows = scene.scope.db.rows(f"""
        select rule_no, list((window_start, met, missed, blind, cells, num, den) order by window_start) from (
          select rule_no, window_start, count(*) filter (verdict = 'met') as met, count(*) filter (verdict = 'missed') as missed,
            count(*) filter (verdict = 'no_data') as blind, count(*) as cells,
            max(low_num) filter (verdict in ('met', 'missed') or code = 'no_target') as num, max(low_den) as den
          from verdict where rule_no in ({numbers(scene.rules, scene.scope)}) and closed and disposition = 'active'
            and subject_no in ({scene.subjects()}) group by all) group by 1""")
    return dict(rows)  # type: ignore[arg-type]


def chart_of(rule: Rule, seen: Seen, notes: Sequence[tuple[date, str]]) -> Chart | None:
    """The chart of a rule: its rate over all subjects of the page, or the values of its only one; None of few points."""
    alone = rule.judge.direction == "reference" or all(row[4] == 1 for row in seen)
    found = [_single(row) if alone else _rate(*row[:4]) for row in seen]
    if sum(one.value is not None for one in found) < FEWEST:
        return None
    return _drawn(found, not alone, notes)


def _drawn(found: Sequence[Value], share: bool, notes: Sequence[tuple[date, str]]) -> Chart:
    known = [one.value for one in found if one.value is not None]
    run = charts.anhoej([one.value for one in found])
    top = Fraction(1) if share else max(*known, Fraction(1))
    points = [_placed(place, one, len(found), top) for place, one in enumerate(found)]
    centre = run.centre or Fraction(0)
    return Chart(
        "Share of judged cells that were met" if share else "Value", points, list(_lines(points)), _shown(centre, share), _y(centre, top),
        [(_y(at, top), _shown(at, share)) for at in (Fraction(0), top / 2, top)], _says(run, known, share), _applies(run, known, share),
        list(_notes(points, notes)),
    )


def _rate(start: date, met: int, missed: int, blind: int) -> Value:
    judged = met + missed
    unseen = f", {blind} without data" if blind else ""
    return Value(start, Fraction(met, judged) if judged else None, f"{met} of {judged} met{unseen}" if judged else f"nothing judged{unseen}")


def _single(row: tuple[date, int, int, int, int, Decimal | None, Decimal | None]) -> Value:
    start, *_, num, den = row
    if num is None or not den:
        return Value(start, None, "nothing known")
    value = Fraction(num) / Fraction(den)
    return Value(start, value, number(charts.decimal(value).quantize(Decimal("0.01"))))


# --- where things stand -------------------------------------------------------------------------------------------------


def _placed(place: int, one: Value, count: int, top: Fraction) -> Point:
    step = (WIDTH - LEFT - 12) / max(count - 1, 1)
    return Point(one.start, one.value, one.text, round(LEFT + 6 + place * step, 1), _y(one.value or Fraction(0), top))


def _y(value: Fraction, top: Fraction) -> float:
    return round(HEIGHT - BOTTOM - float(value / top) * (HEIGHT - BOTTOM - TOP), 1)


def _lines(points: Sequence[Point]) -> Iterator[str]:
    """Lines between neighbours; a window of which nothing is known is a gap."""
    yield from (f"{a.x},{a.y} {b.x},{b.y}" for a, b in pairwise(points) if a.value is not None and b.value is not None)


def _notes(points: Sequence[Point], notes: Sequence[tuple[date, str]]) -> Iterator[Note]:
    """Notes stand over the last window that began by their date."""
    shown = [(on, text) for on, text in sorted(notes) if points[0].start <= on]
    for no, (on, text) in enumerate(shown, 1):
        yield Note(no, max((one for one in points if one.start <= on), key=lambda one: one.start).x, text)


# --- what it says -------------------------------------------------------------------------------------------------------


def _shown(value: Fraction, share: bool) -> str:
    if share:
        return f"{round(float(value) * 100)} %"
    return number(charts.decimal(value).quantize(Decimal("0.1")))


def _applies(found: charts.RunChart, known: Sequence[Fraction], share: bool) -> bool:
    return found.signals and not (share and charts.at_ceiling(known))


def _says(found: charts.RunChart, known: Sequence[Fraction], share: bool) -> str:
    """Median, and whether the test of Anhøj sees more than chance."""
    lead = f"{counted(len(known), 'window')}, median {_shown(found.centre or Fraction(0), share)}."
    if share and charts.at_ceiling(known):
        return f"{lead} More than half of them lie at an end of the scale, where no test can see a change."
    if not found.applied:
        return f"{lead} {found.useful} of them differ from the median; a test needs {charts.USEFUL}."
    limits = f"longest run {found.longest} (chance allows {charts.longest_run_limit(found.useful)}), {counted(found.crossings, 'crossing')} of the median"
    limits += f" (chance gives at least {charts.crossings_limit(found.useful)})"
    return f"{lead} {'A shift' if found.signals else 'No shift, only chance'} by the run chart test: {limits}."
