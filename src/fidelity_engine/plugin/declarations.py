"""What the hooks returned, checked: every declaration is whole, and no two plugins claim one name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.function import declared
from fidelity_engine.plugin.loaded import LoadedPlugin
from fidelity_engine.plugin.spec import MeasureKind, Notifier, Parameters, Reader, Report

ADDING: dict[str, tuple[str, type]] = {
    "fidelity_measures": ("measure", MeasureKind),
    "fidelity_readers": ("reader", Reader),
    "fidelity_reports": ("report", Report),
    "fidelity_notifiers": ("notifier", Notifier),
}
"""Hook → the word for what it adds, and the type of it."""

_NAME = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")


class NotDeclarations(Exception):
    """A hook returned something else than it may; the text says what."""


def checked(hook: str, answer: Any) -> list[Any]:
    """The declarations in a hook's answer."""
    word, wanted = ADDING[hook]
    if answer is None:
        raise NotDeclarations(f"returned nothing, where a list of {word}s was expected")
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise NotDeclarations(f"returned {_kind_of(answer)}, where a list of {word}s was expected")
    found = [declared(item) for item in answer]
    for item in found:
        if not isinstance(item, wanted):
            raise NotDeclarations(f"returned a list with {_kind_of(item)} in it, where {word}s were expected")
        _whole(word, item)
    names = [item.name for item in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NotDeclarations(f"returned {word} {', '.join(twice)} twice")
    return found


def _whole(word: str, item: Any) -> None:
    if not isinstance(item.name, str) or not _NAME.fullmatch(item.name):
        raise NotDeclarations(f"returned a {word} whose name is not in small letters and hyphens")
    if not isinstance(item, MeasureKind):
        return
    if (item.table is None) == (item.function is None):
        raise NotDeclarations(f"returned measure {item.name}, which needs either `table` or `function`")
    if not (inspect.isclass(item.parameters) and issubclass(item.parameters, Parameters)):
        raise NotDeclarations(f"returned measure {item.name}, whose `parameters` are no model of Parameters")


def _kind_of(value: Any) -> str:
    if inspect.isfunction(value):
        return "a function without @measure"
    words: dict[Any, str] = {str: "a text", bytes: "bytes", dict: "a map"}
    return words.get(type(value), f"a {type(value).__name__}")


Claims = tuple[dict[str, Any], dict[str, LoadedPlugin], list[FidelityError]]
"""Name → declaration, name → plugin, and a mistake for each name that two plugins claim."""


def claims(word: str, given: Iterable[tuple[LoadedPlugin, Any]]) -> Claims:
    """Whose each name is."""
    found: dict[str, Any] = {}
    owners: dict[str, LoadedPlugin] = {}
    mistakes = []
    for plugin, item in given:
        if item.name in owners:
            mistakes.append(_claimed_twice(word, item.name, owners[item.name], plugin))
        else:
            found[item.name], owners[item.name] = item, plugin
    return found, owners, mistakes


def _claimed_twice(word: str, name: str, first: LoadedPlugin, second: LoadedPlugin) -> FidelityError:
    message = f"two plugins have a {word} `{name}`: {first.title} ({first.where}) and {second.title} ({second.where})"
    return FidelityError(message, mend="Rename one of them, or name only one of the plugins.", subject="plugins")
