"""The tree that a filter becomes: leaves that compare one field, and blocks that join nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Path = tuple[str | int, ...]
FieldType = Literal["text", "number", "integer", "boolean", "date", "timestamp", "list"]

LISTED = frozenset({"in", "not_in", "any_of", "all_of", "none_of", "between"})
"""Operators whose value is a list."""
OPERATORS = (
    "eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "contains", "any_of", "all_of", "none_of",
    "matches", "present",
)


class Plain(str):
    """A scalar of the rule file written without quotes: `30` may be a number, `01` may be an id."""

    __slots__ = ()


@dataclass(frozen=True)
class Leaf:
    """One comparison. `path` is the key path of its value in the rule file, so that late mistakes find their place."""

    field: str
    op: str
    value: Any              # text as written, or a tuple of texts; bool for `present`
    path: Path = ()

    @property
    def field_path(self) -> Path:
        """The key path of the field itself: of `minutes` in `minutes: {gte: 30}`."""
        return self.path[:-1] if self.path[-2:] == (self.field, self.op) else self.path


@dataclass(frozen=True)
class All:
    """Every node holds; without nodes: true."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Any_:
    """At least one node holds."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class None_:
    """Not any of the nodes holds; unknown stays unknown."""

    nodes: tuple[Node, ...]


Node = Leaf | All | Any_ | None_


class Problem(NamedTuple):
    """A mistake in a filter: where (at the key, or at its value), what, and what would mend it."""

    path: Path
    message: str
    mend: str = ""
    key: bool = False


def leaves(node: Node) -> Iterator[Leaf]:
    """All comparisons of a tree, in the order written."""
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.nodes:
            yield from leaves(part)


def fields(node: Node) -> set[str]:
    """The names of the fields that a filter looks at."""
    return {leaf.field for leaf in leaves(node)}
