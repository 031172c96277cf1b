"""From the parser's events to nodes: bounded, without recursion, every duplicate and tag told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from fidelity_engine.errors import FidelityError, Place
from fidelity_engine.rulefile import syntax
from fidelity_engine.rulefile.nodes import Node, scalar

MAX_DEPTH = 40
MAX_NODES = 50_000
UNUSABLE = re.compile("[\0\ud800-\udfff]")
"""What an escape such as `"\\0"` makes, and no path, no database and no encoding takes."""


def compose(text: str, label: str) -> tuple[Node, list[FidelityError]]:
    """The root node and the mistakes that do not hinder reading on. Raises where the text cannot be read."""
    text = syntax.clean(text, label)
    if syntax.CParser is not None:
        try:
            return _Composer(label).run(syntax.fast(text))
        except YAMLError:
            pass  # libyaml refuses some texts that are good YAML; the other parser has the last word
    try:
        return _Composer(label).run(syntax.pure(text))
    except YAMLError as error:
        raise syntax.explained(error, text, label) from None


class _Composer:
    """Builds the tree of one document; `stack` holds the collections that are not closed yet."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.errors: list[FidelityError] = []
        self.anchors: dict[str, Node | None] = {}
        self.stack: list[tuple[Node, str | None]] = []
        self.waiting: list[Node | None] = []        # per open map: the key that waits for its value
        self.root: Node | None = None
        self.count = 0

    def run(self, events: Iterator[Any]) -> tuple[Node, list[FidelityError]]:
        documents = 0
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                self.looked_at(event)
                if odd := UNUSABLE.search(event.value):
                    message = f"the character U+{ord(odd[0]):04X} is not allowed in a rule file"
                    self.errors.append(FidelityError(message, self.place(event), "Remove it."))
                    event.value = UNUSABLE.sub("\ufffd", event.value)
                node = scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = node
                self.add(node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.open(event, kind is MappingStartEvent)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.close(event)
            elif kind is AliasEvent:
                self.add(self.alias(event))
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    mend = "One file holds one rule set: remove what follows `---`."
                    self.errors.append(FidelityError("a second document begins here", self.place(event), mend))
                    break
        return self.finished()

    def finished(self) -> tuple[Node, list[FidelityError]]:
        """The whole tree; a file of comments has none."""
        if self.root is None or self.root.data is None:
            mend = "Begin with `fidelity: 1`; `fidelity init` writes a small example."
            raise FidelityError("the file is empty", Place(self.label, 1, 1), mend)
        return self.root, self.errors

    def place(self, event: Any) -> Place:
        return Node(None, event.start_mark, event.end_mark).place(self.label)

    def looked_at(self, event: Any) -> None:
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            mend = "Remove it: words are read as text, numbers as numbers."
            self.errors.append(FidelityError(f"tags such as `{tag}` are refused", self.place(event), mend))

    def open(self, event: Any, is_map: bool) -> None:
        self.looked_at(event)
        node = Node({} if is_map else [], event.start_mark, event.end_mark)
        node.parts = {} if is_map else []
        if is_map:
            node.keys = {}
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append((node, event.anchor))
        self.waiting.append(None)
        if len(self.stack) > MAX_DEPTH:
            raise FidelityError(f"blocks stand more than {MAX_DEPTH} deep", self.place(event), "Write it flatter.")

    def close(self, event: Any) -> None:
        node, anchor = self.stack.pop()
        self.waiting.pop()
        node.end = event.end_mark
        if anchor:
            self.anchors[anchor] = node
        self.add(node)

    def alias(self, event: Any) -> Node:
        """The anchored node; counted once more with all that it holds."""
        found = self.anchors.get(event.anchor)
        if found is None:
            name = event.anchor
            lost, inside = f"there is no anchor `&{name}`", f"`*{name}` stands inside its own anchor"
            raise FidelityError(inside if name in self.anchors else lost, self.place(event), "Write the text out.")
        if len(self.stack) + found.depth > MAX_DEPTH:
            raise FidelityError(f"blocks stand more than {MAX_DEPTH} deep", self.place(event), "Write it flatter.")
        self.bounded(found.size, self.place(event))
        return found

    def bounded(self, more: int, place: Place) -> None:
        self.count += more
        if self.count > MAX_NODES:
            raise FidelityError(f"the file holds more than {MAX_NODES:,} values", place, "Split it into several files.")

    def add(self, node: Node) -> None:
        """Hang a finished node where it belongs: the root, an item, a key, or the value of the key that waits."""
        if node.parts is None:
            self.count += 1
            if self.count > MAX_NODES:
                self.bounded(0, node.place(self.label))
        elif node.size == 1:
            self.bounded(1, node.place(self.label))
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1][0]
        if isinstance(parent.parts, list):
            parent.parts.append(node)
            parent.data.append(node.data)
        elif (key := self.waiting[-1]) is None:
            self.waiting[-1] = node
            return
        else:
            self.waiting[-1] = None
            self.entry(parent, key, node)
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)

    def entry(self, parent: Node, key: Node, value: Node) -> None:
        """One key of a map with its value; a key that stands there already is told, the first value stays."""
        if isinstance(key.data, dict | list) or key.data is None:
            self.errors.append(FidelityError("a key is one word", key.place(self.label), "Write `word: value`."))
            return
        name = str(key.data)
        assert parent.keys is not None and isinstance(parent.parts, dict)
        if name in parent.keys:
            first = parent.keys[name].place(self.label)
            message = f"`{name}` stands twice in one block, first at line {first.line}, column {first.column}"
            self.errors.append(FidelityError(message, key.place(self.label), "Keep one of them."))
            return
        parent.keys[name], parent.parts[name], parent.data[name] = key, value, value.data
