"""The sentence of a finding: one fixed form per kind of measure, from counts and names of the roster only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from fidelity_engine.model.rule import Rule

Row = Mapping[str, Any]
NUMBERS = ("low", "high", "value", "numerator", "denominator")
"""They come as text, so that equal ones are made numbers once."""
CELL = (*NUMBERS, "required", "reason", "window_start", "window_end")
"""What a sentence says of a cell."""
Cell = tuple[Any, ...]
"""The values of CELL."""


@lru_cache(maxsize=4096)
def number(value: Decimal | None) -> str:
    """A number as people write it: 3, 2.5, 0.333333."""
    if value is None:
        return "an unknown number"
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def percent(value: Decimal | None) -> str:
    """A share as people say it."""
    return "an unknown share" if value is None else f"{number(round(value * 100, 1))} %"


def between(low: Decimal | None, high: Decimal | None, write: Callable[[Decimal | None], str]) -> str:
    """`2`, or `2 to 3` where the ends differ, or `2 or more` where there is no upper end."""
    if high is None:
        return f"{write(low)} or more"
    return write(low) if low == high else f"{write(low)} to {write(high)}"


@cache
def spoken_date(value: date) -> str:
    """3 Nov."""
    return f"{value.day} {value:%b}"


def window_phrase(row: Row, unit: str) -> str:
    """`in the week of 3 Nov`, `in November 2025`."""
    return _phrase(row["window_start"], row["window_end"], unit)


@cache
def _phrase(start: date, end: date, unit: str) -> str:
    if unit == "month":
        return f"in {start:%B %Y}"
    if unit == "week":
        return f"in the week of {spoken_date(start)}"
    if unit == "day":
        return f"on {spoken_date(start)}"
    return f"from {spoken_date(start)} to {spoken_date(end)}"


def plural(noun: str, count: Decimal | int | None) -> str:
    """The noun of an event type, with an s unless there is one of it."""
    words = noun.replace("_", " ")
    return words if count == 1 or words.endswith("s") else f"{words}s"


class Sentences:
    """The sentences of the findings of one rule: `Grade 3 at Lincoln: 1 of 3 meetings recorded in the week of 3 Nov. One more ...`

    What they say of a cell is worded once for all cells with the same numbers: of many findings few are different.
    """

    def __init__(self, rule: Rule, noun: str) -> None:
        self._rule, self._noun = rule, noun
        form = _FORMS.get(rule.measure.kind, _other)
        self._says = lru_cache(maxsize=10_000)(lambda cell: form(rule, noun, _row(cell)))

    def __call__(self, cell: Cell, subject: str, school: str | None, since: date, windows_missed: int, near: str = "") -> str:
        """What did not happen in a cell, the last missed one, and what nearly did."""
        if self._rule.emit.message:
            return self._rule.emit.message.format_map(self._words(cell, subject, school, since, windows_missed))
        again = f" Missed {windows_missed} times in a row since {spoken_date(since)}." if windows_missed > 1 else ""
        return f"{subject}: {self._says(cell)}.{near and ' '}{near}{again}"

    def _words(self, cell: Cell, subject: str, school: str | None, since: date, windows_missed: int) -> dict[str, str]:
        row = _row(cell)
        return {
            "subject": subject, "value": number(row["value"]), "required": row["required"] or "", "noun": self._noun,
            "window": window_phrase(row, self._rule.expect.each.unit), "windows_missed": str(windows_missed),
            "since": spoken_date(since), "title": self._rule.title, "school": school or "",
        }


def _row(cell: Cell) -> Row:
    """The cell with its numbers as numbers."""
    row: dict[str, Any] = dict(zip(CELL, cell, strict=True))
    return row | {column: None if row[column] is None else Decimal(row[column]) for column in NUMBERS}


def _range(row: Row, write: Callable[[Decimal | None], str]) -> str:
    return between(row["low"], row["high"], write)


def _recorded(rule: Rule, row: Row, found: str, wanted: str) -> str:
    """How much was recorded, against what was agreed; `found`, `wanted`: the word for it beside each of the two."""
    when = window_phrase(row, rule.expect.each.unit)
    if rule.judge.direction == "at_least":
        return f"{_range(row, number)} of {row['required']} {wanted} recorded {when}"
    agreed = (row["required"] or "").replace("..", " to ")
    return f"{_range(row, number)} {found} recorded {when}, where {'at most ' if rule.judge.direction == 'at_most' else ''}{agreed} are agreed"


def _count(rule: Rule, noun: str, row: Row) -> str:
    return _recorded(rule, row, plural(noun, row["low"]), plural(noun, _int(row["required"])))


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _total(rule: Rule, noun: str, row: Row) -> str:
    unit = getattr(rule.measure.parameters, "field", "").replace("_", " ")
    return _recorded(rule, row, unit, unit)


_TARGET = {"at_least": "at least {} expected", "at_most": "at most {} agreed", "between": "{} agreed", "reference": "{}"}


def _target(rule: Rule, required: str | None, write: Callable[[Decimal | None], str]) -> str:
    texts = [write(Decimal(part)) for part in (required or "0").split("..")]
    return _TARGET[rule.judge.direction].format(" to ".join(texts))


def _share(rule: Rule, noun: str, row: Row) -> str:
    counts = ""
    if row["numerator"] is not None and row["low"] == row["high"]:
        counts = f" ({number(row['numerator'])} of {number(row['denominator'])})"
    what = _share_words(rule, noun)
    when = window_phrase(row, rule.expect.each.unit)
    return f"{_range(row, percent)} {what}{counts} {when}, {_target(rule, row['required'], percent)}"


def _share_words(rule: Rule, noun: str) -> str:
    """What a share is of."""
    if rule.measure.kind == "rollup":
        return f"of its {noun} met it" if rule.measure.parameters.share_of == "subjects" else f"of what its {noun} owe was met"
    return {"participation": "took part", "response": "answered in time"}.get(rule.measure.kind, "of " + plural(noun, 2))


def _distance(rule: Rule, noun: str, row: Row) -> str:
    days = "school days" if rule.measure.parameters.unit == "instructional_days" else "days"
    what = "since the last" if rule.measure.kind == "recency" else "without a"
    return f"{_range(row, number)} {days} {what} {noun.replace('_', ' ')}, {_target(rule, row['required'], number)}"


def _mean(rule: Rule, noun: str, row: Row) -> str:
    field = rule.measure.parameters.field.replace("_", " ")
    return f"mean {field} {number(row['value'])} {window_phrase(row, rule.expect.each.unit)}, {_target(rule, row['required'], number)}"


def _signal(rule: Rule, noun: str, row: Row) -> str:
    p = rule.measure.parameters
    return f"{p.rule} shifts for the worse by the test {p.test} {window_phrase(row, rule.expect.each.unit)}: {row['reason']}"


def _ladder(rule: Rule, noun: str, row: Row) -> str:
    levels = {position: level for level, position in rule.measure.parameters.levels.items()}
    reached, wanted = (levels.get(Decimal(end or 0)) for end in (row["value"], row["required"]))
    return f"on the rung {reached or 'below the first'} {window_phrase(row, rule.expect.each.unit)}, {wanted or row['required']} expected"


def _agreement(rule: Rule, noun: str, row: Row) -> str:
    what = "of the ratings are the same" if rule.measure.parameters.statistic == "exact" else "is the raters' kappa"
    write = percent if rule.measure.parameters.statistic == "exact" else number
    return f"{_range(row, write)} {what} {window_phrase(row, rule.expect.each.unit)}, {_target(rule, row['required'], write)}"


def _score(rule: Rule, noun: str, row: Row) -> str:
    what = "in each subscale" if rule.measure.parameters.score == "min" else "of the points"
    return f"{_range(row, percent)} {what} {window_phrase(row, rule.expect.each.unit)}, {_target(rule, row['required'], percent)}"


def _other(rule: Rule, noun: str, row: Row) -> str:
    return f"{_range(row, number)} {window_phrase(row, rule.expect.each.unit)}, {_target(rule, row['required'], number)}"


_FORMS: dict[str, Callable[[Rule, str, Row], str]] = {
    "count": _count, "total": _total, "share": _share, "participation": _share, "response": _share, "rollup": _share,
    "recency": _distance, "gap": _distance, "mean": _mean, "signal": _signal, "ladder": _ladder, "score": _score, "agreement": _agreement,
}
