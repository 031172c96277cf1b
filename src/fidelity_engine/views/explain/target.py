"""The target of a cell, and how it was scaled: so that it can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from fidelity_engine.model.rule import DatedValue, Rule
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.stages.judge import is_scaled
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.sheet import dated, school_days, six

WORDS = {"at_least": "at least", "at_most": "at most", "between": "between"}
HALF = Decimal("0.5")


def target_lines(cell: Cell) -> Iterator[str]:
    """Target, scaling, what is required in this window, and the levels."""
    rule = cell.rule
    if rule.judge.direction == "reference":
        found = rule.judge.reference
        basis = f" ({found.basis})" if found and found.basis else ""
        yield f"Shown beside a reference of {number(found.value) if found else ''}{basis}; never judged."
    else:
        yield from _required(cell)
    if rule.judge.all_but:
        side = "against it" if rule.judge.direction == "at_least" else "in it"
        yield f"Also satisfied when of more than {rule.judge.all_but} at most {rule.judge.all_but} stand {side}."
    if rule.judge.levels:
        listed = ", ".join(f"{name} {_scaled_level(cell, value)}" for name, value in rule.judge.levels.items())
        yield f"Levels: {listed}. Reached: {cell.public['level'] or 'none'}"


def in_force(rule: Rule, cell: Cell) -> DatedValue | None:
    """The target that is valid on the window's first day."""
    start = cell.public["window_start"]
    valid = [entry for entry in rule.judge.targets if entry.since is None or entry.since <= start]
    return valid[-1] if valid else None


def _required(cell: Cell) -> Iterator[str]:
    rule, entry = cell.rule, in_force(cell.rule, cell)
    if entry is None:
        yield "The target begins after the window's first day: not judged."
        return
    ends = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    since = f", valid since {dated(entry.since, cell.today)}" if entry.since else ""
    yield f"Target: {WORDS[rule.judge.direction]} {' and '.join(map(number, ends))}{since}"
    yield _scaling(cell, ends)
    if cell.public["required"] is not None:
        yield f"Required in this window: {cell.public['required']}"


def _scaling(cell: Cell, ends: tuple[Decimal, ...]) -> str:
    """`3 x 2 / 5 = 1.2, rounded to 1`, or why nothing was scaled."""
    nominal = cell.rule.expect.each.weeks * cell.judged["usual_week"]
    if not is_scaled(cell.rule, cell.kind):
        return f"Not scaled: {_unscaled(cell)}."
    days = cell.public["days"]
    if not cell.judged["scaled"]:
        return f"Not scaled: {days} of the usual {school_days(nominal)}."
    parts = [_worked(cell, value, lower=not i) for i, value in enumerate(ends)]
    return f"Scaled to {days} of the usual {school_days(nominal)}: {'; '.join(parts)}"


def _unscaled(cell: Cell) -> str:
    if not cell.kind.scales:
        return "this measure does not depend on the number of days"
    if cell.rule.expect.each.unit not in ("week", "weeks"):
        return "only weeks are"
    return "the rule says `prorate: false`" if not cell.rule.expect.prorate else "the cell looks at more than its window"


def _worked(cell: Cell, value: Decimal, lower: bool) -> str:
    days, nominal = cell.public["days"], cell.rule.expect.each.weeks * cell.judged["usual_week"]
    exact = value * days / nominal
    told = f"{number(value)} x {days} / {nominal} = {number(six(value * days, nominal))}"
    if cell.kind.scales != "whole":
        return told
    if cell.rule.judge.direction == "at_most" or not lower:
        return f"{told}, rounded up to {number(exact.to_integral_value(ROUND_CEILING))}"
    return f"{told}, rounded to {number(_half_up(exact))}"


def _half_up(value: Decimal) -> Decimal:
    return (value + HALF).to_integral_value(ROUND_FLOOR)


def _scaled_level(cell: Cell, value: Decimal) -> str:
    """A level as it holds in this window: scaled as `at_least` is, of whole numbers at least 1, but 0 stays 0."""
    if not cell.judged["scaled"]:
        return number(value)
    days, nominal = cell.public["days"], cell.rule.expect.each.weeks * cell.judged["usual_week"]
    if cell.kind.scales == "whole":
        return number(max(Decimal(1), _half_up(value * days / nominal)) if value else value)
    return number(six(value * days, nominal))
