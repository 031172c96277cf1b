"""The scalars of a rule file: text as written, numbers, days; each says in one sentence what it wanted."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

Scalar = str | int | float | Decimal | bool | date
"""What an unquoted or quoted word of the file can be by the time a model sees it."""

PLACES = Decimal("0.000001")
YEARS = range(1900, 2201)
"""Dates of a rule file lie here: far from the ends of time, where adding days fails."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_DIGITS = 9
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def wrong(
    message: str,
    mend: str = "",
    at: tuple[str | int, ...] = (),
    key: bool = False,
    word: object = None,
    words: tuple[str, ...] = (),
    others: tuple[dict[str, Any], ...] = (),
) -> PydanticCustomError:
    """A mistake in our own words; `at` leads from the value to the part of it that is meant (or to its key).

    `words`: those that are known here; one that is near `word` is offered in place of the mend. `others`: further
    mistakes of the same value, since a model hears of one only.
    """
    context = {"message": message, "mend": mend, "at": at, "key": key, "word": word, "words": words, "others": others}
    return PydanticCustomError("fidelity", "{message}", context)


def shown(value: Any) -> str:
    """A value as a message quotes it: short, and never a whole block."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    word = str(value)
    if "://" in word:
        return "a URL"  # it may hold a password
    return f"`{word[:57]}...`" if len(word) > 60 else f"`{word}`"


def _bare(value: Any, wanted: str, mend: str) -> str:
    """The word of a scalar that is neither text in quotes (a plain one is a subclass of `str`) nor a boolean."""
    if type(value) is str:
        raise wrong(f"{wanted} was expected here, and \"{value[:60]}\" in quotes is text", mend)
    return str(value) if isinstance(value, Scalar) and not isinstance(value, bool) else ""


def text(value: Any) -> str:
    """A word as written."""
    if isinstance(value, bool) or not isinstance(value, Scalar) or value == "":
        raise wrong(f"text was expected here, not {shown(value) if value != '' else 'an empty text'}", "Write a word.")
    return str(value)


def number(value: Any) -> Decimal:
    """A decimal number, read half-even to six places."""
    mend = "Write a number such as 3 or 0.8."
    word = _bare(value, "a number", mend)
    if not _NUMBER.fullmatch(word):
        raise wrong(f"a number was expected here, not {shown(value)}", mend)
    found = Decimal(word)
    if abs(found) >= 10**12:
        raise wrong(f"{shown(value)} is too large a number", "Numbers stay below 1e12.")
    exponent = found.as_tuple().exponent
    return found.quantize(PLACES, ROUND_HALF_EVEN) if isinstance(exponent, int) and exponent < -6 else found


def whole(value: Any) -> int:
    """A whole number."""
    mend = "Write a whole number such as 2."
    word = _bare(value, "a whole number", mend)
    if not _WHOLE.fullmatch(word):
        raise wrong(f"a whole number was expected here, not {shown(value)}", mend)
    if len(word.lstrip("+-0")) > _DIGITS:
        raise wrong(f"{shown(value)} is too large a number", "Whole numbers stay below 1e9.")
    return int(word)


def flag(value: Any) -> bool:
    """true or false, in any case."""
    if isinstance(value, bool):
        return value
    mend = "Write true or false."
    found = {"true": True, "false": False}.get(_bare(value, "`true` or `false`", mend).lower())
    if found is None:
        raise wrong(f"`true` or `false` was expected here, not {shown(value)}", mend)
    return found


def day(value: Any) -> date:
    """A date."""
    if type(value) is date:
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise wrong(f"a date was expected here, not {shown(value)}", "Write it as 2026-01-30.")
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise wrong(f"`{value}` is no day of the calendar", "Write a day that exists, as 2026-01-30.") from None
    if found.year not in YEARS:
        raise wrong(f"the year of `{value}` is out of reach", f"Write a year from {YEARS[0]} to {YEARS[-1]}.")
    return found


def listed(value: Any) -> Any:
    """A list; one word is a list of one."""
    if isinstance(value, list | tuple):
        return value
    if value is None or isinstance(value, dict):
        raise wrong(f"a word or a list of words was expected here, not {shown(value)}", "Write [a, b].")
    return [value]


def schema(**words: Any) -> WithJsonSchema:
    """What an editor is told of a value."""
    return WithJsonSchema(words)


# a parser of YAML 1.1 hands over dates and numbers where the file means text: what is refused is what is no scalar
TEXT = {"not": {"type": ["array", "object", "null"]}}
DAY = {"pattern": r"^\d{4}-\d{2}-\d{2}$", "not": {"type": ["array", "object", "null", "number", "boolean"]}}

Text = Annotated[str, BeforeValidator(text), schema(**TEXT)]
Number = Annotated[Decimal, BeforeValidator(number), schema(type="number")]
Rate = Annotated[Decimal, Field(ge=0, le=1), BeforeValidator(number), schema(type="number", minimum=0, maximum=1)]
Count = Annotated[int, Field(ge=0), BeforeValidator(whole), schema(type="integer", minimum=0)]
Positive = Annotated[int, Field(ge=1), BeforeValidator(whole), schema(type="integer", minimum=1)]
Flag = Annotated[bool, BeforeValidator(flag), schema(type="boolean")]
Day = Annotated[date, BeforeValidator(day), schema(**DAY)]
Texts = Annotated[
    tuple[Text, ...],
    Field(min_length=1),
    BeforeValidator(listed),
    schema(anyOf=[{"type": "array", "items": TEXT, "minItems": 1}, TEXT]),
]
"""One word, or a list of words."""
