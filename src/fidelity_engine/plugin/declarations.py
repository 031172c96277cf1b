"""What the hooks returned, checked: every declaration is whole, and no two plugins claim one name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    """A hook returned something else than it may; the text says what, `mend` what it is to return."""

    def __init__(self, message: str, mend: str) -> None:
        self.mend = mend
        super().__init__(message)


def checked(hook: str, answer: Any) -> list[Any]:
    """The declarations in a hook's answer."""
    word, wanted = ADDING[hook]
    mend = f"Return a list, as in: return [my_{word}]."
    if answer is None:
        raise NotDeclarations(f"returned nothing, where a list of {word}s was expected", mend)
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise NotDeclarations(f"returned {kind_of(answer)}, where a list of {word}s was expected", mend)
    found = [declared(item) for item in answer]
    for item in found:
        if not isinstance(item, wanted):
            raise NotDeclarations(f"returned a list with {kind_of(item)} in it, where {word}s were expected", mend)
        _whole(word, item)
    names = [item.name for item in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NotDeclarations(f"returned {word} {', '.join(twice)} twice", "Give each a name of its own.")
    return found


def _whole(word: str, item: Any) -> None:
    if not isinstance(item.name, str) or not _NAME.fullmatch(item.name):
        raise NotDeclarations(f"returned a {word} whose name is not in small letters and hyphens", f"Name it as in: my-{word}.")
    for holds, wrong, mend in (*_WANTED[type(item)](item), (isinstance(item.doc, str), "whose `doc` is no text", "Write a sentence, or leave it out.")):
        if not holds:
            raise NotDeclarations(f"returned {word} {item.name}, {wrong}", mend)


Checks = Iterator[tuple[bool, str, str]]
"""Whether something holds of a declaration, what is wrong where it does not, and the mend."""


def _of_measure(item: MeasureKind) -> Checks:
    yield (item.table is None) != (item.function is None), "which needs either `table` or `function`", "Give one of them."
    yield callable(item.table or item.function), "whose `table` or `function` cannot be called", "Give the function itself."
    yield _is_model(item.parameters), "whose `parameters` are no model of Parameters", "Write them as: class MyParameters(EventParameters)."
    yield isinstance(item.unit, str), "whose `unit` is no text", 'Write it as in: unit="share".'
    yield are_texts(item.fields), "whose `fields` are no list of names", 'Write them as in: fields=["topic"].'
    yield callable(item.reads_rules), "whose `reads_rules` cannot be called", "Give the function itself."
    yield item.sentence is None or callable(item.sentence), "whose `sentence` cannot be called", "Give the function itself."
    yield item.grows in (None, "raises", "lowers"), "whose `grows` is none of raises, lowers", "Write one of them, or leave it out."
    yield item.scales in (None, "whole", "exact"), "whose `scales` is none of whole, exact", "Write one of them, or leave it out."


def _of_reader(item: Reader) -> Checks:
    yield callable(item.read), "whose `read` cannot be called", "Give the function itself."
    endings = are_texts(item.extensions) and all(one.startswith(".") for one in item.extensions)
    yield endings, "whose `extensions` are no list of endings with a dot", 'Write them as in: (".badge",).'
    yield are_texts(item.schemes), "whose `schemes` are no list of names", 'Write them as in: ("badge",).'
    yield item.options is None or _is_model(item.options), "whose `options` are no model of Parameters", "Write them as: class MyOptions(Parameters)."


def _of_report(item: Report) -> Checks:
    yield callable(item.render), "whose `render` cannot be called", "Give the function itself."


def _of_notifier(item: Notifier) -> Checks:
    yield callable(item.deliver), "whose `deliver` cannot be called", "Give the function itself."
    yield _is_model(item.parameters), "whose `parameters` are no model of Parameters", "Write them as: class MyParameters(Parameters)."


_WANTED: dict[type, Callable[[Any], Checks]] = {
    MeasureKind: _of_measure, Reader: _of_reader, Report: _of_report, Notifier: _of_notifier,
}


def are_texts(items: Any) -> bool:
    """Whether it is a list of texts."""
    return isinstance(items, tuple | list) and all(isinstance(one, str) for one in items)


def _is_model(model: Any) -> bool:
    return inspect.isclass(model) and issubclass(model, Parameters)


def kind_of(value: Any) -> str:
    """What a value is, in words; never what is in it."""
    if inspect.isfunction(value):
        return "a function without @measure"
    words: dict[Any, str] = {str: "a text", bytes: "bytes", dict: "a map", type(None): "nothing", int: "a number", float: "a number", list: "a list"}
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


def read_twice(given: Iterable[tuple[LoadedPlugin, Reader]]) -> list[FidelityError]:
    """A mistake for each ending of a file, or kind of address, that two readers claim: which of them reads it must not hang on their order."""
    taken: dict[str, tuple[LoadedPlugin, Reader]] = {}
    mistakes = []
    for plugin, reader in given:
        for ending in dict.fromkeys([*map(str.lower, reader.extensions), *(f"{scheme}://" for scheme in reader.schemes)]):
            other, first = taken.setdefault(ending, (plugin, reader))
            if first is not reader:
                whose = [f"`{one.name}` of {its.title} ({its.where})" for its, one in ((other, first), (plugin, reader))]
                message = f"two readers claim `{ending}`: {' and '.join(whose)}"
                mend = f"Declare it in one of them; a rule file can also name a reader, as in `reader: {reader.name}`."
                mistakes.append(FidelityError(message, mend=mend, subject="plugins"))
    return mistakes


def _claimed_twice(word: str, name: str, first: LoadedPlugin, second: LoadedPlugin) -> FidelityError:
    message = f"two plugins have a {word} `{name}`: {first.title} ({first.where}) and {second.title} ({second.where})"
    return FidelityError(message, mend="Rename one of them, or name only one of the plugins.", subject="plugins")
