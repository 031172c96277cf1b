"""What a text of the file is as a value of a field's type."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from fidelity_engine.where.tree import FieldType

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?")
_LIMIT = Decimal(10) ** 12


def convert(field: str, text: str, kind: FieldType) -> Any:
    """The value that is bound; ValueError where the text is none of that type."""
    if kind in ("text", "list"):
        return grade(text) if field == "grades" else str(text)
    return {"boolean": _boolean, "date": _date, "timestamp": _timestamp}.get(kind, _number)(text)


def grade(text: str) -> str:
    """A grade as OneRoster writes it: `3` is `03`, `K` is `KG`."""
    if text == "K":
        return "KG"
    return f"0{text}" if len(text) == 1 and text.isdecimal() and text.isascii() else str(text)


def _number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    number = Decimal(text)
    if abs(number) >= _LIMIT:
        raise ValueError(text)
    return number.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _date(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _timestamp(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)
