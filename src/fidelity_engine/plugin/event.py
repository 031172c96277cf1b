"""What a plain-function measure is given: one cell, and its matching events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, NoReturn


class Unknown(Exception):
    """A field of an event is missing, and the measure has not said what that means: the cell is `no_data`."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"`{field}` is missing; use event.get({field!r}) where that may be")


class Cell(NamedTuple):
    """One rule, subject and window. `closes_on`: its last instructional day; `due`: the day it is judged on."""

    rule: str
    subject_kind: str
    subject: str
    school: str | None
    window_start: date
    window_end: date
    days: int
    closes_on: date
    due: date
    closed: bool
    as_of: date


class Event(dict[str, Any]):
    """The declared fields of one event, read-only. Only known values are in it.

    `event["x"]` of a missing value raises Unknown; `event.get("x")` gives None and says that the author has thought of
    it. Numbers are floats, lists are tuples. A field that was not declared is a KeyError.
    """

    __slots__ = ()
    fields: frozenset[str] | None = None

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **more: Any) -> None:
        given = dict(values, **more)
        super().__init__({name: value for name, value in given.items() if value is not None})

    # A dict asks this only where a key is absent, so that a known value costs no call of ours.
    def __missing__(self, field: str) -> NoReturn:
        if self.fields is not None and field not in self.fields:
            raise KeyError(f"{field!r} is not among the fields that the measure declares")
        raise Unknown(field)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("an event is read-only")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]


def event_class(fields: Iterable[str]) -> type[Event]:
    """Events with these fields, made straight from pairs of known values: the fast way for the engine."""
    return type("Event", (Event,), {"fields": frozenset(fields), "__init__": dict.__init__, "__slots__": ()})
