"""The decorator: a plain function's keyword parameters become the keys of the rule file."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin import Cell, Event, EventParameters, Unknown, measure
from fidelity_engine.plugin.function import declared


class Word(str):
    """A plain word, as the rule file's reader hands it over."""


@measure("sample", unit="events", fields=["minutes"], grows="raises", scales="whole")
def sample(
    events: list[Event],
    cell: Cell,
    *,
    minimum: int = 3,
    share: float,
    by: Literal["a", "b"] = "a",
    since: date | None = None,
) -> float | None:
    """A sample."""
    return minimum * share


def parameters(**given: Any) -> Any:
    """The parameters as the rule file's reader makes them."""
    return declared(sample).parameters.model_validate({"event": "meeting", **given})


def test_it_stays_a_function() -> None:
    """Its author can call it in a test of their own."""
    assert sample([], None, minimum=2, share=0.5) == 1.0  # type: ignore[arg-type]


def test_declaration() -> None:
    """All that the decorator was told stands in the declaration."""
    kind = declared(sample)
    assert (kind.name, kind.unit, kind.grows, kind.scales, kind.fields) == (
        "sample",
        "events",
        "raises",
        "whole",
        ("minutes",),
    )
    assert issubclass(kind.parameters, EventParameters)


def test_parameters_are_typed() -> None:
    """Words of the rule file become numbers, dates and choices; defaults hold."""
    found = parameters(share=Word("0.5"), since=Word("2026-01-30"), by=Word("b"))
    assert (found.minimum, found.share, found.since, found.by) == (3, 0.5, date(2026, 1, 30), "b")
    assert parameters(share=Word("1"), minimum=Word("7")).minimum == 7


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "share"),
        ({"share": Word("much")}, "a number was expected here, not `much`"),
        ({"share": Word("1"), "minimum": Word("2.5")}, "a whole number was expected here"),
        ({"share": Word("1"), "since": Word("soon")}, "a date was expected here"),
        ({"share": Word("1"), "by": Word("c")}, "by"),
        ({"share": Word("1"), "minimal": Word("2")}, "minimal"),
    ],
)
def test_wrong_parameters_are_refused(given: dict[str, Any], wrong: str) -> None:
    """A missing, mistyped or unknown key is a mistake of the rule file."""
    with pytest.raises(ValidationError, match=wrong):
        parameters(**given)


@pytest.mark.parametrize(
    "function",
    [
        lambda events: 1,
        lambda events, cell, *more: 1,
        lambda events, cell, third: 1,
        lambda events, cell, *, status=1: 1,
        lambda events, cell, *, _x=1: 1,
    ],
)
def test_functions_that_do_not_fit(function: Any) -> None:
    """A function that the engine could not call, or whose parameter means something else, is refused at once."""
    with pytest.raises(FidelityError) as caught:
        measure("bad", unit="x")(function)
    assert caught.value.mend


def test_event_is_read_only_and_says_what_is_missing() -> None:
    """A missing value raises Unknown unless the author asked with `get`; nothing can be changed."""
    event = Event(minutes=30.0, place=None)
    assert (event["minutes"], event.get("place"), "place" in event) == (30.0, None, False)
    with pytest.raises(Unknown, match="`place` is missing"):
        event["place"]
    for change in (lambda: event.update(x=1), lambda: event.pop("minutes"), lambda: event.__setitem__("x", 1)):
        with pytest.raises(TypeError, match="read-only"):
            change()
