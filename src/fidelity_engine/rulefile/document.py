"""A rule file as read: plain data with the place of every key and value, before anybody asks what it means."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.rulefile.compose import compose
from fidelity_engine.rulefile.nodes import Node
from fidelity_engine.rulefile.syntax import place_of

MAX_BYTES = 2_000_000
KeyPath = Sequence[str | int]


class Document:
    """The text of one rule file. `data`: maps, lists, texts; `errors`: what is wrong whatever it means."""

    def __init__(self, text: str, label: str, root: Path) -> None:
        self.text, self.label, self.folder = text, label, root
        if len(text) > MAX_BYTES:
            raise too_large(label)
        self.node, self.errors = compose(text, label)
        self.data: Any = self.node.data
        if not isinstance(self.data, dict):
            lost = self.mistake((), "a rule file is a map of keys", "Begin with `fidelity: 1`.")
            raise Mistakes([*self.errors, lost])

    @property
    def text_hash(self) -> str:
        """SHA-256 of the text: the rule-set hash."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def plugins(self) -> tuple[str, ...]:
        """The plugins that the file names, before it is checked: what is no text is left out here and told later."""
        return self._texts("plugins")

    @property
    def roots(self) -> tuple[str, ...]:
        """Absolute folders that files may lie under: the rule file's, and those named or its parent."""
        folder = self.folder.resolve()
        named = [str((folder / name).resolve()) for name in self._texts("roots")]
        return (str(folder), *(named or [str(folder.parent)]))

    def _texts(self, key: str) -> tuple[str, ...]:
        found = self.data.get(key)
        return tuple(str(name) for name in (found if isinstance(found, list) else [found]) if isinstance(name, str))

    def has(self, path: KeyPath) -> bool:
        """Whether something stands at a key path."""
        return self._walk(path)[1] == len(path)

    def origin(self, path: KeyPath) -> KeyPath:
        """Where a value really stands: what a rule's block does not say comes from `defaults`."""
        if len(path) < 4 or path[0] != "rules" or self.has(path[:4]):
            return path
        default = ("defaults", *path[2:])
        return default if self.has(default[:3]) else path

    def place(self, path: KeyPath, key: bool = False) -> Place:
        """Where the value (or the key) at a key path stands; what is missing stands at its parent."""
        path = self.origin(path)
        node, depth, name = self._walk(path)
        empty = node.data is None and node.start.index == node.end.index
        missing = empty or (depth < len(path) and node.parts is not None)
        return (name if name and (key or missing) else node).place(self.label)

    def mistake(
        self, path: KeyPath, message: str, mend: str = "", subject: str = "", key: bool = False
    ) -> FidelityError:
        """An error at a key path, for what shows only after the file was read."""
        return FidelityError(message, self.place(path, key), mend, subject)

    def _walk(self, path: KeyPath) -> tuple[Node, int, Node | None]:
        """As far as the path leads: the last node, how many steps that took, and the last key."""
        node, name = self.node, None
        for depth, step in enumerate(path):
            child = node.child(step)
            if child is None and step == 0:
                continue  # one entry, written without its list
            if child is None:
                return node, depth, name
            node, name = child, node.key(step)
        return node, len(path), name


def too_large(label: str) -> FidelityError:
    """The error of a file beyond the bound."""
    return FidelityError("the rule file is larger than 2 MB", Place(label, 1, 1), "Split it into several files.")


def read_document(path: Path) -> Document:
    """The document of a file. Raises where it cannot be opened or read at all."""
    label = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)          # a device has no end
    except OSError as error:
        lost = isinstance(error, FileNotFoundError)
        reason = "does not exist" if lost else f"cannot be opened ({type(error).__name__})"
        raise FidelityError(f"the rule file {reason}", Place(label), "Check the path.") from None
    if len(raw) > MAX_BYTES:
        raise too_large(label)
    return Document(_decoded(raw, label), label, path.parent)


def document_of(text: str, label: str, root: Path) -> Document:
    """The document of a text; `root` is the folder that its paths are relative to."""
    return Document(text.removeprefix("\ufeff"), label, root)


def _decoded(raw: bytes, label: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        place = place_of(before, len(before), label)
        raise FidelityError("the rule file is not UTF-8", place, "Save it with the encoding UTF-8.") from None
