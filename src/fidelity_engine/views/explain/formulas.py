"""low and high of each kind, written out: every number can be worked out again by hand from what stands on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.views.explain import leaves as why
from fidelity_engine.views.explain.candidates import Event
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.distances import gap_lines, recency_lines
from fidelity_engine.views.explain.events import sure, unsure
from fidelity_engine.views.explain.instruments import agreement_lines, score_lines
from fidelity_engine.views.explain.places import participation_lines
from fidelity_engine.views.explain.sheet import Line, ratio, summed

Lines = Iterator[Line | str]


def formula_lines(cell: Cell, events: Sequence[Event]) -> Lines:
    """What was measured, and how."""
    if cell.judged["failure"]:
        yield f"Not measured: {cell.judged['failure']}."
        return
    yield from _FORMS.get(cell.rule.measure.kind, _function)(cell, events)
    yield from ends_lines(cell)


def ends_lines(cell: Cell) -> Lines:
    """low, high and value as they stand in the verdict row."""
    row = cell.public
    if row["low"] is None:
        yield "low, high, value: none"
        return
    high = "unbounded" if row["high"] is None else number(row["high"])
    value = "none" if row["value"] is None else number(row["value"])
    yield f"low = {number(row['low'])}, high = {high}, value = {value} ({row['unit']})"


# --- count, total, mean -----------------------------------------------------------------------------------------------


def _count(cell: Cell, events: Sequence[Event]) -> Lines:
    if cell.parameters.distinct:
        yield from _distinct(cell, events)
        return
    t, u = len(sure(events)), len(unsure(events))
    yield f"low: {counted(t, 'event')} counted = {t}"
    yield f"high: {t} counted + {u} that may count = {t + u}"


def _distinct(cell: Cell, events: Sequence[Event]) -> Lines:
    names = cell.parameters.distinct
    known: dict[tuple[Any, ...], None] = {}
    missing = 0
    for event in sure(events):
        found = _combinations([event.values[n] for n in names])
        known.update(dict.fromkeys(one for one in found if None not in one))
        missing += any(None in one for one in found)
    more = sum(bool(_combinations([event.values[n] for n in names])) for event in unsure(events))
    yield f"Different {' and '.join(names)}: {'; '.join(' + '.join(str(why.written(v)) for v in one) for one in known) or 'none'}"
    yield f"low: {counted(len(known), 'value')} = {len(known)}"
    yield f"high: {len(known)} + {missing} of events that lack a value + {more} of events that may count = {len(known) + missing + more}"


def _combinations(values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All combinations, lists taken apart; a missing list, or a missing value in one, stays missing."""
    found: list[tuple[Any, ...]] = [()]
    for value in values:
        found = [(*one, part) for one in found for part in (value if isinstance(value, list) else [value])]
    return found


def _total(cell: Cell, events: Sequence[Event]) -> Lines:
    field = cell.parameters.field
    known = [event.values[field] for event in sure(events) if event.values[field] is not None]
    perhaps = [event.values[field] for event in unsure(events) if event.values[field] is not None]
    lacking = sum(event.values[field] is None for event in [*sure(events), *unsure(events)])
    yield f"low: {field} of the counted events: {summed(known)}"
    if lacking:
        yield f"high: {counted(lacking, 'event lacks', 'events lack')} {field}, so that nothing bounds it"
    else:
        yield f"high: with those that may count: {summed([*known, *perhaps])}"


def _mean(cell: Cell, events: Sequence[Event]) -> Lines:
    least = int(cell.parameters.min_n or cell.scope.ruleset.privacy.min_n)
    if cell.judged["few"]:
        yield f"Suppressed: fewer than {least} values, and a mean of few people's answers is not shown."
        return
    row = cell.judged
    mean = f"sum / number of the known values of {cell.parameters.field}: {ratio(row['low_num'], row['low_den'])}"
    yield from (f"low: {mean}", f"high: {mean}")


# --- share ------------------------------------------------------------------------------------------------------------


def _share(cell: Cell, events: Sequence[Event]) -> Lines:
    yield f"Asked of each counted event: {why.told(cell.parameters.having)}"
    for event in [*sure(events), *unsure(events)]:
        if event.holds_not:
            yield Line(f"{event.id}: {'; '.join(event.holds_not)}", 1)
    field = cell.parameters.field
    weights, times = ({}, Decimal(1)) if field is None else _weights(events, field)
    if field is not None:
        yield from _weight_lines(events, field)
    six = sixes([(e, e.holds if field is None or e.values[field] is not None else None) for e in events], lambda e: weights.get(e.no, Decimal(1)))
    if field is not None and times != 1:
        six = {name: value / times for name, value in six.items()}
    yield from share_lines(six)
    least = cell.parameters.min_events
    if cell.judged["few"]:
        yield f"Too few: {counted(len(sure(events)), 'counted event')}, at least {least} are asked."


def _weights(events: Sequence[Event], field: str) -> tuple[dict[int, Decimal], Decimal]:
    """The weight of each event: its own, else the mean of the others (1 where none has one), all times their number."""
    matching = [*sure(events), *unsure(events)]
    known = [event.values[field] for event in matching if event.values[field] is not None]
    times = Decimal(len(known)) if known and len(known) < len(matching) else Decimal(1)
    spare = sum(known, Decimal(0)) if known else Decimal(1)
    found = {e.no: spare if e.values[field] is None else e.values[field] * times for e in matching}
    return found, times


def _weight_lines(events: Sequence[Event], field: str) -> Lines:
    matching = [*sure(events), *unsure(events)]
    known = [event.values[field] for event in matching if event.values[field] is not None]
    yield f"Each event weighs its {field}: {summed(known)}"
    if len(known) < len(matching):
        mean = ratio(sum(known, Decimal(0)), len(known)) if known else "1"
        lacking = counted(len(matching) - len(known), "event lacks", "events lack")
        yield f"{lacking} {field}: they weigh the mean of the others, {mean}, and are unknown"


def sixes(judged: Sequence[tuple[Event, bool | None]], weight: Callable[[Event], Decimal]) -> dict[str, Decimal]:
    """The six sums of chapter 4: a, b, c of events that count, d, e, f of those that may."""
    names = {(True, True): "a", (True, False): "b", (True, None): "c", (None, True): "d", (None, False): "e", (None, None): "f"}
    found = dict.fromkeys("abcdef", Decimal(0))
    for event, holds in judged:
        if event.counts is not False:
            found[names[event.counts, holds]] += weight(event)
    return found


def share_lines(six: dict[str, Decimal]) -> Lines:
    """a / (a+b+c+e+f) .. (a+c+d+f) / (a+b+c+d+f)."""
    a, b, c, d, e, f = (six[name] for name in "abcdef")
    yield f"Of the events that count: it holds for a = {_told(a)}, does not for b = {_told(b)}, cannot be told for c = {_told(c)}"
    if d or e or f:
        yield f"Of those that may count: d = {_told(d)}, e = {_told(e)}, f = {_told(f)}"
    if not any(six.values()):
        yield "Nothing to measure."
        return
    low, high = a + b + c + e + f, a + b + c + d + f
    yield f"low: a / (a+b+c+e+f): {ratio(a, low) if low else 'nothing below, so 0'}"
    yield f"high: (a+c+d+f) / (a+b+c+d+f): {ratio(a + c + d + f, high) if high else 'nothing below, so 1'}"


def _told(value: Decimal) -> str:
    return number(value if value == value.to_integral_value() else value.quantize(Decimal("0.000001")))


# --- other kinds ------------------------------------------------------------------------------------------------------


def _function(cell: Cell, events: Sequence[Event]) -> Lines:
    title = cell.scope.plugin_titles.get(cell.rule.measure.kind, cell.rule.measure.kind)
    yield f"`{cell.rule.measure.kind}` of {title}: {cell.kind.doc.strip().splitlines()[0] if cell.kind.doc else 'no description'}"
    said = {key: value for key, value in _own_parameters(cell).items() if value is not None}
    if said:
        yield f"Its parameters: {', '.join(f'{key} {value}' for key, value in said.items())}"
    if cell.judged["nothing"]:
        yield "It found nothing to measure."
    if cell.judged["undecided"]:
        yield "It asked for a field that is missing."


def _own_parameters(cell: Cell) -> dict[str, Any]:
    from fidelity_engine.model.measure import EventParameters

    shared = set(EventParameters.model_fields)
    return {name: getattr(cell.parameters, name) for name in type(cell.parameters).model_fields if name not in shared}


_FORMS: dict[str, Callable[[Cell, Sequence[Event]], Lines]] = {
    "count": _count, "total": _total, "mean": _mean, "share": _share, "participation": participation_lines,
    "recency": recency_lines, "gap": gap_lines, "score": score_lines, "agreement": agreement_lines,
}
