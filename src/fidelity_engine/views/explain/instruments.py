"""score and agreement, written out: the points of each form, and what both raters said, so that one can add them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from fidelity_engine.builtin.measures.agreement import rated
from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.views.explain.candidates import Event
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.events import sure
from fidelity_engine.views.explain.sheet import Line, dated, ratio, summed

Lines = Iterator[Line | str]
Forms = Sequence[Event]


# --- score ------------------------------------------------------------------------------------------------------------


def score_lines(cell: Cell, events: Sequence[Event]) -> Lines:
    """Each administration that counts, newest first, with the points of its forms; then the parts of the fraction."""
    p = cell.parameters
    groups = sorted(_administrations(cell, sure(events)), key=lambda group: (max(form.start for form in group[1]), _key(group)), reverse=True)
    held = [(name, forms) for name, forms in groups if len(forms) >= p.raters]
    for name, forms in groups:
        if (name, forms) not in held:
            yield f"{name}: {counted(len(forms), 'form')}, {p.raters} are asked, so it does not count"
    for name, forms in held[: p.in_a_row]:
        yield f"{name}, {dated(max(form.date for form in forms), cell.today)}: {counted(len(forms), 'form')}"
        yield from (Line(text, 1) for label, items in _scales(p) for text in _scale(p, label, items, forms))
    if len(held) > p.in_a_row:
        yield f"Older: {', '.join(name for name, _ in held[p.in_a_row :])}"
    if p.in_a_row > 1 or p.score == "min":
        yield "The score is the weakest of these."
    yield from fraction_lines(cell)


def _key(group: tuple[str, Forms]) -> str:
    """What tells apart administrations that are equally new."""
    name, forms = group
    return forms[0].id if name == f"form {forms[0].id}" else name


def _administrations(cell: Cell, forms: Forms) -> Iterator[tuple[str, list[Event]]]:
    """The forms that count, by what they share; those that lack too many items are left out."""
    p = cell.parameters
    found: dict[str, list[Event]] = {}
    for form in forms:
        lacking = sum(_points(p, form, item) is None for item in p.items)
        if p.missing_at_most is None or lacking <= p.missing_at_most:
            shared = form.values.get(p.administration) if p.administration else None
            found.setdefault(f"form {form.id}" if shared is None else str(shared), []).append(form)
    yield from found.items()


def _scales(p: Any) -> Iterator[tuple[str, Sequence[str]]]:
    yield from p.subscales.items() if p.score == "min" else [("points", p.items)]


def _scale(p: Any, label: str, items: Sequence[str], forms: Forms) -> Iterator[str]:
    """Points form by form, missing ones as they are taken at either end, over the most that there could be."""
    most = len(forms) * len(items) * p.maximum
    of = f"of {len(forms)} x {len(items)} x {number(p.maximum)}"
    points = [[_points(p, form, item) for item in items] for form in forms]
    lacking = sum(value is None for row in points for value in row)
    low = [sum((value or Decimal(0) for value in row), Decimal(0)) for row in points]
    yield f"{label}: {summed(low)} {of}: {ratio(sum(low, Decimal(0)), most)}"
    if lacking:
        best = Decimal(0) if p.missing == "zero" else p.maximum
        high = sum(low, Decimal(0)) + lacking * best
        yield f"{counted(lacking, 'item')} without points, each 0 to {number(best)}: at most {ratio(high, most)}"


def _points(p: Any, form: Event, item: str) -> Decimal | None:
    """An item's points; None where there are none that it can have."""
    value = form.values.get(item)
    return Decimal(value) if isinstance(value, int | Decimal) and 0 <= value <= p.maximum else None


# --- agreement --------------------------------------------------------------------------------------------------------


def agreement_lines(cell: Cell, events: Sequence[Event]) -> Lines:
    """What both raters said and how often; then what is the same, and for kappa what chance would give."""
    ask = cell.ask()
    ours = f"subject_no = {cell.subject_no} and window_no = {int(cell.public['window_no'])}"
    rows = cell.scope.db.rows(f"select one, other, known, n from ({rated(ask)}) where {ours} order by all", ask.bound.values)
    known = Counter({(one, other): n for one, other, sure_, n in rows if sure_})
    unknown = sum(n for *_, sure_, n in rows if not sure_)
    what = " What the rater said whose id comes first, and what the other said:" if known else ""
    yield f"Pairs of ratings: {sum(known.values())}.{what}"
    for (one, other), n in sorted(known.items(), key=lambda item: (-item[1], item[0])):
        yield Line(f"{one} and {other}: {n}{', the same' if one == other else ''}", 1)
    if unknown:
        yield f"{counted(unknown, 'pair')} of which a rating is missing or may not belong here"
    if known and cell.parameters.statistic == "kappa":
        yield from _kappa(known)
    yield from fraction_lines(cell)


def _kappa(known: Counter[tuple[Any, Any]]) -> Lines:
    of, same = sum(known.values()), sum(n for (one, other), n in known.items() if one == other)
    said = sorted({one for pair in known for one in pair})
    first = {one: sum(n for (left, _), n in known.items() if left == one) for one in said}
    second = {one: sum(n for (_, right), n in known.items() if right == one) for one in said}
    products = " + ".join(f"{first[one]} x {second[one]}" for one in said)
    chance = sum(first[one] * second[one] for one in said)
    yield f"observed: {ratio(same, of)}"
    yield f"by chance, first x second for {', '.join(map(str, said))}: ({products}) / ({of} x {of}): {ratio(chance, of * of)}"
    yield "kappa: (observed - by chance) / (1 - by chance)"


def fraction_lines(cell: Cell) -> Lines:
    """The note of the measure, and the two fractions."""
    row = cell.judged
    if row["note"]:
        yield f"{row['note']}."
    if row["low_num"] is not None:
        yield f"low: {ratio(row['low_num'], row['low_den'])}"
        yield f"high: {ratio(row['high_num'], row['high_den'])}"
