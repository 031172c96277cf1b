"""Collecting mistakes: each gets its place and the rule that it is about, and none is told twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from fidelity_engine.errors import FidelityError, Place
from fidelity_engine.rulefile.document import Document, KeyPath

_URL = re.compile(r"://[^\s`]*@")


class Problems:
    """The mistakes of one document so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.errors: list[FidelityError] = [self._owned(error) for error in document.errors]
        self._told: set[str] = set()

    def add(self, path: KeyPath, message: str, mend: str = "", key: bool = False) -> None:
        """A mistake at the value (or the key) of a key path."""
        path = self.document.origin(path)
        message, mend = _URL.sub("://...@", message), _URL.sub("://...@", mend)
        error = self.document.mistake(path, message, mend, self.subject(path), key)
        if str(error) not in self._told:
            self._told.add(str(error))
            self.errors.append(error)

    def _owned(self, error: FidelityError) -> FidelityError:
        """A mistake of the text, with the rule that it stands in."""
        rules = self.document.node.child("rules")
        for index, node in enumerate(rules.parts if rules is not None and isinstance(rules.parts, list) else ()):
            start, end, where = node.start, node.end, error.where
            at = (where.line, where.column) if isinstance(where, Place) else (0, 0)
            if (start.line + 1, start.column + 1) <= at < (end.line + 1, end.column + 1):
                return FidelityError(error.message, error.where, error.mend, self.subject(("rules", index)))
        return error

    def subject(self, path: KeyPath) -> str:
        """The id of the rule that a key path lies in."""
        if len(path) < 2 or path[0] != "rules":
            return ""
        rules: Any = self.document.data.get("rules")
        rule = rules[path[1]] if isinstance(rules, list) and isinstance(path[1], int) else None
        found = rule.get("id") if isinstance(rule, dict) else None
        return str(found) if isinstance(found, str) else ""


def did_you_mean(word: object, known: Iterable[str], otherwise: str = "") -> str:
    """A known word that is near, as a question; else the other mend."""
    near = get_close_matches(str(word), sorted(known), 1)
    return f"Did you mean `{near[0]}`?" if near else otherwise


def either(words: Iterable[str]) -> str:
    """Words in a row: a, b or c."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
