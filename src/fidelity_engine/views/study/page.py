"""A study as text: the prediction, per measure and group a run chart, and the proposal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from fidelity_engine.builtin.reports.improvement import agreed
from fidelity_engine.builtin.reports.wording import counted, day_text
from fidelity_engine.page import Page
from fidelity_engine.views.study import Series, Study, percent
from fidelity_engine.views.study.series import OTHERS, PHASES, Point

WIDTH = 24


def study_page(study: Study, page: Page, today: date) -> Iterator[str]:
    """The pieces of the page, each with its line end."""
    cycle = study.cycle
    dates = f"{day_text(cycle.start, today)} to {day_text(cycle.last, today)}"
    yield page.style(page.shown(f"{cycle.title or cycle.id} ({cycle.stage}), {dates}"), "heading") + "\n"
    if cycle.aim.text:
        yield from _lines(page, f"Aim: {cycle.aim.text}")
    yield from _lines(page, f"Predicted: {cycle.prediction or 'nothing'}")
    for change in study.changes:
        yield from _lines(page, f"Change: {agreed(change, today)}")
    for idea in cycle.changes:
        if idea not in {one.adjustment_id for one in study.changes}:
            yield from _lines(page, f"Change: {idea}")
    for one in study.series:
        yield "\n"
        yield from _series(one, page, today)
    lead = f"Proposed: {study.proposal}" if study.proposal else "Nothing is proposed yet"
    yield "\n" + "\n".join(page.style(line, "heading") for line in page.wrapped(f"{lead}. {study.reason[:1].upper()}{study.reason[1:]}.")) + "\n"


def _lines(page: Page, text: str) -> Iterator[str]:
    yield from (line + "\n" for line in page.wrapped(text, "", "  "))


def _series(one: Series, page: Page, today: date) -> Iterator[str]:
    """The heading, shares and values before, during and after, and for those whom the aim is about the chart."""
    name = f"{one.watched.role}: {one.rule.title} ({one.rule.id}), {one.group}"
    yield "\n".join(page.style(line, "heading") for line in page.wrapped(name)) + "\n"
    phases = []
    for phase in PHASES:
        met, judged = one.share(phase)
        value = one.mean(phase)
        if judged:
            phases.append(f"{phase} {percent(met, judged)} of {counted(judged, 'cell')}" + (f", mean value {_number(value)}" if value is not None else ""))
    yield from _lines(page, f"  {'; '.join(phases) or 'nothing could be judged'}.")
    if one.group != OTHERS:
        yield from _chart(one, page, today)
    yield from _lines(page, f"  {_verdict(one)}")


def _verdict(one: Series) -> str:
    reading = one.reading
    if not reading.applied:
        return f"The test is not applied: {reading.told}."
    shift = {1: "A shift for the better", -1: "A shift for the worse"}.get(reading.shift, "A shift" if reading.signals else "Common-cause variation")
    return f"{shift}: {reading.told}."


def _chart(one: Series, page: Page, today: date) -> Iterator[str]:
    """One line per window: a bar, and the centre line as `|`."""
    points = [(point, point.rate if one.reading.of == "rate" else point.mean) for point in one.points]
    top = max((value for _, value in points if value is not None), default=Fraction(1)) or Fraction(1)
    top = max(top, Fraction(1)) if one.reading.of == "rate" else top
    phase = ""
    for point, value in points:
        if point.phase != phase:
            phase = point.phase
            yield page.shown(f"  {phase}") + "\n"
        bar = _bar(value, one.reading.centre, top, "█" if page.unicode else "#")
        told = _told(point, value, one.reading.of)
        yield page.shown(f"  {day_text(point.start, today):>7} {bar} {told}") + "\n"


def _told(point: Point, value: Fraction | None, of: str) -> str:
    if value is None:
        return "no data" if point.blind and not point.judged else "not comparable, a short window"
    return _number(value) if of == "value" else f"{percent(point.met, point.judged)} of {counted(point.judged, 'cell')}"


def _bar(value: Fraction | None, centre: Fraction | None, top: Fraction, sign: str) -> str:
    filled = 0 if value is None else round(WIDTH * value / top)
    cells = [sign if place < filled else " " for place in range(WIDTH + 1)]
    if centre is not None:
        cells[min(WIDTH, round(WIDTH * centre / top))] = "|"
    return "".join(cells)


def _number(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
