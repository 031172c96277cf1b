"""The plain-function measure: a decorated function becomes a measure kind, its keyword parameters the YAML keys."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, create_model

from fidelity_engine.errors import FidelityError
from fidelity_engine.model import values
from fidelity_engine.model.measure import EventParameters
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.plugin.words import Words

Function = TypeVar("Function", bound=Callable[..., Any])

ATTRIBUTE = "fidelity_measure_kind"
_TWO = 2

# The plain types of Python, read as the rest of the rule file is, with its messages.
_HOUSE_TYPES: dict[Any, Any] = {
    int: Annotated[int, BeforeValidator(values.whole), values.schema(type="integer")],
    float: Annotated[float, BeforeValidator(lambda value: float(values.number(value))), values.schema(type="number")],
    Decimal: values.Number,
    str: values.Text,
    bool: values.Flag,
    date: values.Day,
    list[str]: values.Texts,
    tuple[str, ...]: values.Texts,
}


def measure(
    name: str,
    *,
    unit: str,
    fields: Sequence[str] = (),
    grows: Literal["raises", "lowers"] | None = None,
    scales: Literal["whole", "exact"] | None = None,
    sentence: Callable[[Words], str] | None = None,
) -> Callable[[Function], Function]:
    """Make `function(events, cell, *, parameters...)` a measure kind that `fidelity_measures` may return.

    `unit` is shown beside values; `fields` are all that its events hold; `grows`: more evidence can only raise
    (lower) the value; `scales`: how the target shrinks in short weeks; `sentence`: a rule of this kind in one sentence, for
    the rule book. The function stays an ordinary function.
    """

    def declare(function: Function) -> Function:
        kind = MeasureKind(
            name=name,
            parameters=_parameters(name, function),
            unit=unit,
            doc=inspect.getdoc(function) or "",
            function=function,
            fields=tuple(dict.fromkeys([fields] if isinstance(fields, str) else fields)),
            scales=scales,
            grows=grows,
            sentence=sentence,
        )
        setattr(function, ATTRIBUTE, kind)
        return function

    return declare


def declared(item: Any) -> Any:
    """The measure kind of a decorated function; anything else as it is."""
    return getattr(item, ATTRIBUTE, item)


def _parameters(kind: str, function: Callable[..., Any]) -> type[EventParameters]:
    """A model of the keyword-only parameters, beside `event, where, status, link, over`."""
    given = inspect.signature(function).parameters.values()
    _positional(kind, given)
    keywords = [one for one in given if one.kind is one.KEYWORD_ONLY]
    types = _types(function, keywords)
    fields: dict[str, Any] = {one.name: _field(kind, one, types.get(one.name, Any)) for one in keywords}
    title = "".join(part.capitalize() for part in kind.split("-"))
    doc = inspect.getdoc(function) or f"The parameters of `{kind}`."
    return create_model(f"{title}Parameters", __base__=EventParameters, __doc__=doc, **fields)


def _positional(kind: str, given: typing.Iterable[inspect.Parameter]) -> None:
    plain = [one for one in given if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    loose = [one for one in given if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    if len(plain) != _TWO or loose:
        mend = "Write def name(events, cell, *, parameter: int = 3): parameters of the rule file stand after the star."
        raise FidelityError(f"the function of `{kind}` must take events and cell", mend=mend, subject=kind)


def _types(function: Callable[..., Any], keywords: Sequence[inspect.Parameter]) -> dict[str, Any]:
    # Only the parameters' own annotations are evaluated: those of events and cell may stand under TYPE_CHECKING.
    written = {one.name: one.annotation for one in keywords if one.annotation is not one.empty}
    holder = SimpleNamespace(__annotations__=written)
    return typing.get_type_hints(holder, globalns=getattr(function, "__globals__", {}), include_extras=True)


def _field(kind: str, given: inspect.Parameter, annotation: Any) -> tuple[Any, Any]:
    taken = {"kind", *EventParameters.model_fields}
    if given.name in taken or given.name.startswith("_") or hasattr(EventParameters, given.name):
        message = f"`{kind}` cannot have a parameter `{given.name}`"
        raise FidelityError(message, mend="Give it another name.", subject=kind)
    default = ... if given.default is given.empty else given.default
    return (_house_type(annotation), default)


def _house_type(annotation: Any) -> Any:
    """Also where None is allowed beside a plain type."""
    parts = typing.get_args(annotation)
    if type(None) in parts and len(parts) == _TWO:
        return _house_type(next(part for part in parts if part is not type(None))) | None
    return _HOUSE_TYPES.get(annotation, annotation)
