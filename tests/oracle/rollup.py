"""rollup: what became of the cells below."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from oracle.matching import Cell
from oracle.measured import End, Measured
from oracle.roster import Subject, is_below
from oracle.world import World, number

Tally = Counter[str]


def children_of(world: World, cell: Cell, lower: list[Cell]) -> list[Cell]:
    """'The rule's cells below this subject that close inside this window.'"""
    return [c for c in lower if is_below(world, cell.subject, c.subject) and cell.start <= c.closes_on <= cell.end]


def rollup(world: World, cell: Cell, lower: list[Cell]) -> Measured:
    """'Over closed children; `not_applicable`, `error`, open, waived and disputed ones left out'; 'pending while one of their
    closed children is `open`', whatever is agreed about it."""
    every = [c for c in children_of(world, cell, lower) if c.closed]
    closed = [c for c in every if c.out["disposition"] == "active"]
    made = per_cell(closed) if cell.measure.get("share_of", "cells") == "cells" else per_subject(closed, cell)
    made.is_share, made.doubt = True, "children_no_data"
    made.waiting = any(c.out["verdict"] == "open" for c in every)
    return made


def tally(cells: list[Cell]) -> Tally:
    return Counter(c.out["verdict"] for c in cells if c.out["verdict"] in ("met", "missed", "no_data"))


def ends_of(t: Tally) -> tuple[End, End, End]:
    """low, high, value of a group of children."""
    met, judged, every = Fraction(t["met"]), Fraction(t["met"] + t["missed"]), Fraction(sum(t.values()))
    return End(met, every), End(met + t["no_data"], every), End(met, judged)


def per_cell(closed: list[Cell]) -> Measured:
    """'met / (met+missed+no_data) .. (met+no_data) / (met+missed+no_data)'; 'value = met / (met + missed)'."""
    counted = tally(closed)
    if not counted:
        return Measured(nothing=True)
    low, high, value = ends_of(counted)
    return Measured(low, high, value=value)


def per_subject(closed: list[Cell], cell: Cell) -> Measured:
    """'n = subjects with a met, missed or no_data child; low = those whose own low reaches `each_at_least`, high = those
    whose own high does; `value` = those whose met / (met + missed) reaches it, over those with any met or missed.'"""
    least = number(cell.measure.get("each_at_least", 1))
    groups: dict[Subject, list[Cell]] = {}
    for child in closed:
        groups.setdefault(child.subject, []).append(child)
    ends = [ends_of(t) for t in map(tally, groups.values()) if t]
    if not ends:
        return Measured(nothing=True)
    low, high = (sum(e[i].number >= least for e in ends) for i in (0, 1))  # type: ignore[operator]
    judged = [e[2] for e in ends if e[2].denominator]
    reached = sum(v.number >= least for v in judged)  # type: ignore[operator]
    n = Fraction(len(ends))
    return Measured(End(Fraction(low), n), End(Fraction(high), n), value=End(Fraction(reached), Fraction(len(judged))))
