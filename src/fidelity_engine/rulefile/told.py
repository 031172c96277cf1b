"""From a model's refusal to our sentence: where it is, what is wrong, what would mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from fidelity_engine.model.values import shown
from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.problems import Problems, did_you_mean, either

Model = TypeVar("Model", bound=BaseModel)
Details = dict[str, Any]

MISSING = {
    "coverage": "Say how one knows that it is complete: coverage: {silent_after: {instructional_days: 5}}.",
    "delivers": "Say which event types it delivers: delivers: meeting.",
    "each": "Say how often: each: week.",
    "of": "Say who is judged: of: team.",
    "kind": "Say what is observed: kind: count.",
    "event": "Name a selection of `events:` or an event type.",
    "per": "Write per: person, per: event or per: answer.",
    "read": "Name the file: read: PATH.",
}


class Told(NamedTuple):
    """One mistake in our words."""

    path: KeyPath
    message: str
    mend: str
    key: bool = False


def read(model: type[Model], raw: Any, path: KeyPath, problems: Problems, whole: bool = True) -> Model | None:
    """The model of a block, without the keys that have mistakes; None where it cannot do without them.

    `whole`: keys that are missing are mistakes too.
    """
    if not isinstance(raw, dict):
        problems.add(path, f"a map of keys was expected here, not {shown(raw)}", f"Keys are {', '.join(keys(model))}.")
        return None
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for details in found:
        if whole or details["type"] != "missing":
            for one in told(details, path, model):
                problems.add(*one)
    return _rest(model, raw, {details["loc"][:1] for details in found})


def _rest(model: type[Model], raw: dict[str, Any], bad: set[tuple[Any, ...]]) -> Model | None:
    """The block without the keys that have mistakes, so that what depends on the others is checked too."""
    try:
        kept = {key: value for key, value in raw.items() if (key,) not in bad}
        return model.model_validate(kept, by_alias=True, by_name=False)
    except ValidationError:
        return None


def keys(model: type[BaseModel]) -> list[str]:
    """The keys that a block may have."""
    return [field.alias or name for name, field in model.model_fields.items()]


def told(details: Any, path: KeyPath, model: type[BaseModel]) -> list[Told]:
    """What one refusal of a model means to the author of the file; one in our own words may hold several mistakes."""
    here = (*path, *details["loc"])
    if details["type"] != "fidelity":
        return [_told(details, here, model)]
    said = (details["ctx"], *details["ctx"]["others"])
    return [Told((*here, *one["at"]), one["message"], did_you_mean(one["word"], one["words"], one["mend"]), one["key"]) for one in said]


def _told(details: Any, here: KeyPath, model: type[BaseModel]) -> Told:
    given, kind = details.get("ctx") or {}, details["type"]
    if kind == "missing":
        name = str(here[-1])
        return Told(here[:-1], f"`{name}` is missing", MISSING.get(name, f"Add `{name}:`."), True)
    if kind == "extra_forbidden":
        known = _known(model, details["loc"][:-1])
        if here[-1] == "<<":
            return Told(here, "keys are not merged", "Write them out, or put them under `defaults:`.", True)
        return Told(here, f"there is no key `{here[-1]}` here", did_you_mean(here[-1], known, _all(known)), True)
    if kind in ("model_type", "model_attributes_type"):
        known = _known(model, details["loc"])
        return Told(here, f"a map of keys was expected here, not {shown(details['input'])}", _all(known))
    say = _SAYINGS.get(kind)
    if say is not None:
        return Told(here, *say(details["input"], given))
    return Told(here, f"{shown(details['input'])} does not fit: {kind.replace('_', ' ')}", "See `fidelity kinds`.")


def _all(known: list[str]) -> str:
    return f"Keys are {', '.join(known)}." if known else "Remove it."


def _known(model: type[BaseModel], steps: tuple[Any, ...]) -> list[str]:
    """The keys of the model that a location leads to."""
    current: type[BaseModel] | None = model
    for step in steps:
        if isinstance(step, int) or current is None:
            continue
        found = next((f for name, f in current.model_fields.items() if step in (name, f.alias)), None)
        current = _model_in(found.annotation) if found else current
    return keys(current) if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _literal(value: Any, given: Details) -> tuple[str, str]:
    words = re.findall(r"'([^']*)'", given["expected"])
    return f"{shown(value)} is not known here", did_you_mean(value, words, f"Write {either(words)}.")


def _wanted(wanted: str, mend: str) -> Callable[[Any, Details], tuple[str, str]]:
    return lambda value, given: (f"{wanted} was expected here, not {shown(value)}", mend)


def _bound(relation: str, word: str) -> Callable[[Any, Details], tuple[str, str]]:
    def say(value: Any, given: Details) -> tuple[str, str]:
        limit = f"{relation} {given[word]}"
        return f"{shown(value)} is not {limit}", f"Write a number that is {limit}."

    return say


_NUMBER = _wanted("a number", "Write a number such as 3 or 0.8.")
_WHOLE = _wanted("a whole number", "Write a whole number such as 2.")
_FLAG = _wanted("`true` or `false`", "Write true or false.")
_TEXT = _wanted("text", "Write a word.")
_LIST = _wanted("a list", "Write [a, b].")
_MAP = _wanted("a map of keys", "Write {key: value}.")
_DATE = _wanted("a date", "Write it as 2026-01-30.")
_SAYINGS: dict[str, Callable[[Any, Details], tuple[str, str]]] = {
    "literal_error": _literal,
    "enum": _literal,
    "value_error": lambda value, given: (str(given.get("error")), "See `fidelity kinds`."),
    "assertion_error": lambda value, given: (str(given.get("error")), "See `fidelity kinds`."),
    "greater_than": _bound("greater than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "too_short": lambda value, given: ("the list is too short", f"It wants at least {given['min_length']}."),
    "too_long": lambda value, given: ("the list is too long", f"It holds at most {given['max_length']}."),
    "string_too_short": _TEXT,
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "dict_type": _MAP,
}
