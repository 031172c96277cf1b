"""The parser of YAML text: libyaml where its wheel is installed, else ruamel's own; and why a text is no YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml.docinfo import DocInfo
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scanner import Scanner

from fidelity_engine.errors import FidelityError, Place

try:
    from _ruamel_yaml import CParser  # type: ignore[import-not-found]
except ImportError:
    CParser = None

# what YAML does not print, one by one: all but what it does takes ten times as long to compile
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = str.maketrans("\x85\u2028\u2029", "   ")
_MENDS = (
    ("could not find expected ':'", "Write `key: value`, with a space after the colon."),
    ("mapping values are not allowed", "Put the text in quotes when it holds a colon, or mend the indentation."),
    ("end of stream", "Close the quotation mark or bracket."),
    ("expected ',' or", "Close the bracket, or put a comma between the entries."),
    ("cannot start any token", "Put the text in quotes."),
    ("block end", "Mend the indentation: entries of one block begin in one column."),
    ("sequence entries are not allowed", "Begin the list on a line of its own."),
)


class _Pure(Reader, Scanner, Parser, VersionedResolver):
    """ruamel's parser of pure Python: slower, and it reads `[10:00]`, which libyaml refuses."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)
        VersionedResolver.__init__(self, loader=self)
        self.doc_infos = [DocInfo()]                # where its scanner notes a `%YAML` line

    @property
    def comment_handling(self) -> None:
        return None


def clean(text: str, label: str) -> str:
    """The text as the parsers may see it; characters that YAML does not allow are told with their place."""
    text = text.translate(_BREAKS)
    found = _REFUSED.search(text)
    if found is None:
        return text
    place = place_of(text, found.start(), label)
    message = f"the character U+{ord(found.group()):04X} is not allowed in a rule file"
    raise FidelityError(message, place, "Remove it.")


def place_of(text: str, offset: int, label: str) -> Place:
    """Line and column of an offset."""
    before = text[:offset]
    return Place(label, before.count("\n") + 1, offset - before.rfind("\n"))


def fast(text: str) -> Iterator[Any]:
    """The parser's events, from libyaml."""
    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        yield event


def pure(text: str) -> Iterator[Any]:
    """The parser's events, from ruamel's parser of pure Python."""
    parser = _Pure(text)
    while parser.check_event():
        yield parser.get_event()


def explained(error: YAMLError, text: str, label: str) -> FidelityError:
    """What is wrong with a text that is no YAML, in one line."""
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    problem = str(getattr(error, "problem", None) or "it is no YAML").split("\n", maxsplit=1)[0]
    if mark is None:
        return FidelityError(f"the file cannot be read: {problem}", Place(label, 1, 1), "Write YAML.")
    place = Place(label, mark.line + 1, mark.column + 1)
    lines = text.splitlines()
    if mark.line < len(lines) and "\t" in re.match(r"\s*", lines[mark.line]).group():  # type: ignore[union-attr]
        return FidelityError("a tab stands where spaces are wanted", place, "Indent with spaces.")
    mend = next((mend for part, mend in _MENDS if part in problem), "Look at this line and the one above it.")
    opened, inside = getattr(error, "context_mark", None), str(getattr(error, "context", None))
    if opened is not None and ("flow" in inside or "quoted" in inside):
        mend = f"What opens at line {opened.line + 1}, column {opened.column + 1} is not closed, or a comma is missing."
    return FidelityError(f"this is no YAML: {problem}", place, mend)
