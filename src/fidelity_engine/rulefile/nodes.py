"""The nodes of a rule file: plain data, and beside it where everything stands."""

from __future__ import annotations

from typing import Any

from fidelity_engine.errors import Place
from fidelity_engine.where import Plain

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Node:
    """One value of the file. `keys`: marks of the keys of a map; `parts`: its values, or the items of a list."""

    __slots__ = ("data", "depth", "end", "keys", "parts", "size", "start")

    def __init__(self, data: Any, start: Any, end: Any) -> None:
        self.data, self.start, self.end = data, start, end
        self.keys: dict[str, Node] | None = None
        self.parts: dict[str, Node] | list[Node] | None = None
        self.size = 1
        self.depth = 0

    def place(self, label: str) -> Place:
        """Where it begins and ends, counted from 1."""
        start, end = self.start, self.end
        return Place(label, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def child(self, step: str | int) -> Node | None:
        """The value under a key or at an index."""
        if isinstance(self.parts, dict):
            return self.parts.get(str(step))
        if isinstance(self.parts, list) and isinstance(step, int) and step < len(self.parts):
            return self.parts[step]
        return None

    def key(self, step: str | int) -> Node | None:
        """The key itself."""
        return self.keys.get(str(step)) if self.keys else None


def scalar(event: Any) -> Node:
    """A text in quotes is text; a plain one may yet be a number; an empty one is nothing."""
    value: Any = event.value
    if not event.style:
        value = None if value in NULLS else Plain(value)
    return Node(value, event.start_mark, event.end_mark)
