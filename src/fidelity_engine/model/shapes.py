"""The short ways in which a rule file writes a value, and the value that each of them means.

`shape(read, schema)` is an annotation: `read` turns what the file says into the value, `schema` tells an editor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from fidelity_engine.model.values import day, shown, whole, wrong

Schema = dict[str, Any]


def shape(read: Callable[[Any], Any], schema: Schema) -> tuple[BeforeValidator, WithJsonSchema]:
    """What `Annotated[Type, *shape(...)]` needs: finished values pass, all else is read."""
    return BeforeValidator(lambda raw: raw if isinstance(raw, BaseModel) else read(raw)), WithJsonSchema(schema)


def one_key(raw: Any, keys: tuple[str, ...], mend: str, wanted: str) -> tuple[str, Any]:
    """The key and value of a map with exactly one of the keys."""
    if not isinstance(raw, dict):
        raise wrong(f"{wanted} was expected here, not {shown(raw)}", mend)
    for key in raw:
        if key not in keys:
            raise wrong(f"there is no key `{key}` here", mend, (key,), key=True, word=key, words=keys)
    if len(raw) != 1:
        raise wrong(f"{wanted} was expected here: one key of {', '.join(keys)}", mend)
    ((key, value),) = raw.items()
    return key, value


def inside(key: str | int, read: Callable[[Any], Any], value: Any) -> Any:
    """Read a part of a shape; a mistake points at that part."""
    return every([(key, read, value)])[0]


def every(parts: Iterable[tuple[str | int, Callable[[Any], Any], Any]], mistakes: Sequence[PydanticCustomError] = ()) -> list[Any]:
    """Read all parts of a shape: key, how to read it, what the file says. Their mistakes, and those found before, are told together."""
    found: list[Any] = []
    said = [one for mistake in mistakes for one in _said(mistake)]
    for key, read, value in parts:
        try:
            found.append(read(value))
        except PydanticCustomError as error:
            said += _said(error, key)
    if said:
        raise wrong(**said[0], others=tuple(said[1:]))
    return found


def _said(error: PydanticCustomError, *key: str | int) -> list[dict[str, Any]]:
    """What a mistake says, and the others that came with it, one step further out."""
    first = dict(error.context or {})
    return [{**one, "at": (*key, *one["at"])} for one in (first, *first.pop("others"))]


MOST = 9_999
"""So many days, weeks or windows a rule may speak of: further from the period than this dates come to an end."""


def at_least(least: int) -> Callable[[Any], int]:
    """A whole number of days, weeks or windows that is not below `least`."""

    def read(value: Any) -> int:
        found = whole(value)
        if found < least:
            raise wrong(f"{found} is too small", f"Write {least} or more.")
        if found > MOST:
            raise wrong(f"{found} is too large", f"Write {MOST} or less.")
        return found

    return read


def counted(unit: str, least: int) -> Callable[[Any], int]:
    """The number of `{unit: N}`."""

    def read(raw: Any) -> int:
        if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        key, value = one_key(raw, (unit,), f"Write {{{unit}: {max(least, 2)}}}.", f"{{{unit}: N}}")
        return int(inside(key, at_least(least), value))

    return read


def counted_schema(unit: str, least: int) -> Schema:
    """`{unit: N}` for an editor."""
    number = {"type": "integer", "minimum": least, "maximum": MOST}
    return {"type": "object", "properties": {unit: number}, "required": [unit], "additionalProperties": False}


def days_or_number(raw: Any) -> int:
    """`{instructional_days: N}`, or N alone."""
    return counted("instructional_days", 0)(raw) if isinstance(raw, dict) else at_least(0)(raw)


def date_range(raw: Any) -> tuple[date, date]:
    """`a..b`, or one date."""
    if isinstance(raw, tuple):
        return raw
    first, dots, last = ("" if raw is None or isinstance(raw, dict | list) else str(raw)).partition("..")
    if not first or (dots and not last):
        raise wrong(f"a date or a range of dates was expected here, not {shown(raw)}", "Write 2025-11-27..2025-11-28.")
    found = day(first.strip()), day((last or first).strip())
    if found[0] > found[1]:
        raise wrong(f"the range ends before it begins: {shown(raw)}", "Write the earlier date first.")
    return found


def date_ranges(raw: Any) -> tuple[tuple[date, date], ...]:
    """One range, or a list of them."""
    if isinstance(raw, tuple):
        return raw
    return tuple(every((index, date_range, item) for index, item in enumerate(raw))) if isinstance(raw, list) else (date_range(raw),)


def one_or_several(raw: Any) -> Any:
    """One map may stand without its list."""
    return [raw] if isinstance(raw, dict) else raw


def short(key: str) -> Callable[[Any], Any]:
    """A word alone stands for `{key: word}`."""

    def read(raw: Any) -> Any:
        if isinstance(raw, Mapping | BaseModel):
            return raw
        if raw is None or isinstance(raw, list):
            raise wrong(f"`{key}` or a map was expected here, not {shown(raw)}", f"Write {{{key}: ...}}.")
        return {key: raw}

    return read
