"""Findings and summary as plain records: the fixed names and order of the output columns."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Any

from fidelity_engine.model.finding import Finding, Summary, tally

SET_APART = ("waived", "disputed")
COLUMNS = tuple(field.name for field in fields(Finding))
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def finding_record(finding: Finding) -> dict[str, Any]:
    """One finding, column by column."""
    return {name: getattr(finding, name) for name in COLUMNS}


def summary_record(result: Any) -> dict[str, Any]:
    """The run in numbers: `kind` is "summary"; rates are in no record, because they are met / (met + missed)."""
    summary: Summary = result.summary
    record = {"kind": "summary", **asdict(summary)}
    record["verdicts"], record["dispositions"] = _apart(summary.verdicts, record.pop("apart"))
    states: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    for (_, state, severity), number in tally(result.findings).items():
        states[state] += number
        severities[severity] += number if state == "open" else 0
    record["findings"] = {"states": dict(sorted(states.items())), "open": dict(sorted((+severities).items()))}
    record["exit_code"] = int(result.exit_code)
    return record


def _apart(counts: Mapping[str, Mapping[str, int]], apart: Mapping[str, Mapping[str, int]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """rule → verdict → cells, whatever their disposition; and rule → disposition → cells that are not active."""
    verdicts: dict[str, Any] = {}
    dispositions: dict[str, Any] = {}
    for rule, said in counts.items():
        alone = {word: cells for word, cells in said.items() if word not in SET_APART}
        theirs = apart.get(rule, {})
        verdicts[rule] = {verdict: alone.get(verdict, 0) + theirs.get(verdict, 0) for verdict in dict.fromkeys([*alone, *theirs])}
        if others := {word: cells for word, cells in said.items() if word in SET_APART}:
            dispositions[rule] = others
    return verdicts, dispositions


class Written:
    """The columns of findings as texts. Of many findings few values are different: equal ones are written once.

    `write`: a value as text; `own`: column → what writes it in place of that.
    """

    def __init__(self, write: Callable[[Any], str], **own: Callable[[Any], str]) -> None:
        writers = {name: own.get(name, write) for name in COLUMNS}
        self._texts: list[Any] = [_Each(writers[name]) if name in _DIFFERENT else _Once(writers[name]) for name in COLUMNS]

    def __call__(self, finding: Finding) -> list[str]:
        return [texts[value] for texts, value in zip(self._texts, _VALUES(finding), strict=True)]


_VALUES = attrgetter(*COLUMNS)
_DIFFERENT = ("finding_id", "message", "proposed_adjustment", "evidence_ids")
"""Columns whose values hardly repeat, or are no keys."""


class _Once(dict[Any, str]):
    """Value → text, written when it is first asked for."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> str:
        self[value] = text = self._write(value)
        return text


class _Each:
    """The same without keeping any."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        self._write = write

    def __getitem__(self, value: Any) -> str:
        return self._write(value)


def in_pieces(lines: Iterable[str], size: int = 500) -> Iterator[str]:
    """The same text in fewer pieces: each takes a call of its own to be written."""
    rest = iter(lines)
    while piece := "".join(islice(rest, size)):
        yield piece


def as_json(record: Any, ascii_only: bool = False, indent: int | None = None) -> str:
    """JSON without loss: dates as ISO, decimals as numbers; signs that a terminal would obey are escaped."""
    if record is None:
        return "null"
    text = _encoder(ascii_only, indent).encode(record)
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


@cache
def _encoder(ascii_only: bool, indent: int | None) -> json.JSONEncoder:
    return json.JSONEncoder(default=_exact, ensure_ascii=ascii_only, indent=indent, allow_nan=False)


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def _number(value: Decimal) -> Any:
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    # Six places and twelve digits are more than a double holds: what would not come back the same stays text.
    return near if Decimal(repr(near)) == value else str(value)


def plain(value: Any) -> str:
    """A value as a cell of a table shows it: dates ISO, lists joined with `;`, nothing for a missing one."""
    if value is None:
        return ""
    shown: dict[type, Callable[[Any], str]] = {
        bool: lambda value: "true" if value else "false",
        Decimal: decimal,
        tuple: lambda value: ";".join(map(plain, value)),
        list: lambda value: ";".join(map(plain, value)),
        dict: as_json,
    }
    return shown.get(type(value), _text)(value)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def decimal(value: Decimal) -> str:
    """A number with at most six places and no zeros at its end."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
