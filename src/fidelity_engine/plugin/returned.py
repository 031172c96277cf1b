"""What a plain function may return, and the decimals that become of it."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from numbers import Real
from typing import Any

PLACES = Decimal("0.000001")
LIMIT = 10**12
MILLION = 10**6
ELSEWHERE = 2**62
"""More millionths than any number that may be returned has: stands where there is no one number."""


class Invalid(Exception):
    """It is neither a number nor an interval; the text says what it is, never its content."""


def ends(value: Any) -> tuple[Decimal, Decimal]:
    """The interval that a returned value is: a tuple of two numbers, or one number for both ends."""
    if type(value) is not tuple:
        found = _number(value)
        return found, found
    if len(value) != 2:
        raise Invalid(f"returned a tuple of {len(value)}")
    low, high = _number(value[0]), _number(value[1])
    if low > high:
        raise Invalid("returned an interval whose low end is above its high end")
    return low, high


def millionths(value: float) -> int | None:
    """A float or int as a whole number of millionths; None where `ends` refuses it."""
    try:
        return int(_number(value) * MILLION)
    except Invalid:
        return None


def _number(value: Any) -> Decimal:
    """A returned number with six places, as all evidence has."""
    found = _of_float(value) if type(value) is float else Decimal(value) if type(value) is int else _other(value)
    if not -LIMIT < found < LIMIT:
        raise Invalid("returned a number of more than twelve digits")
    return found


def _of_float(value: float) -> Decimal:
    if not math.isfinite(value):
        raise Invalid("returned no finite number")
    return Decimal(repr(value)).quantize(PLACES, ROUND_HALF_EVEN) if abs(value) < LIMIT else Decimal(value)


def _other(value: Any) -> Decimal:
    """Numbers that are neither int nor float themselves: Decimal, Fraction, subclasses."""
    if isinstance(value, bool) or not isinstance(value, Decimal | Real):
        raise Invalid(f"returned {_named(value)}")
    try:
        found = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
        if not found.is_finite():
            raise Invalid("returned no finite number")
        return found.quantize(PLACES, ROUND_HALF_EVEN) if abs(found) < LIMIT else found
    except (InvalidOperation, OverflowError):
        raise Invalid("returned no finite number") from None


def _named(value: Any) -> str:
    words = {bool: "true or false", str: "a text", list: "a list", dict: "a map", bytes: "bytes"}
    return words.get(type(value), f"a {type(value).__name__}")
