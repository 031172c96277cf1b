"""What reading a rule file needs to know of measures and readers; a plugin's declarations fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel


class NotifierKind(Protocol):
    """A kind of `notify:` with the model of its parameters."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> type[BaseModel]: ...
    @property
    def doc(self) -> str: ...


class Kind(NotifierKind, Protocol):
    """A kind of `measure:`, which may also read the verdicts of other rules."""

    @property
    def reads_rules(self) -> Callable[[Any], tuple[str, ...]]: ...


class ReaderKind(Protocol):
    """A reader with its file extensions and the model of its own options, if it has any."""

    @property
    def name(self) -> str: ...
    @property
    def extensions(self) -> tuple[str, ...]: ...
    @property
    def schemes(self) -> tuple[str, ...]: ...
    @property
    def options(self) -> type[BaseModel] | None: ...


Kinds = Mapping[str, Kind]
Readers = Mapping[str, ReaderKind]
Notifiers = Mapping[str, NotifierKind]
