"""What earlier runs left behind that an evaluation must know: ids handed out, and how much there was to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fidelity_engine.model.finding import HandedOut


class Former(NamedTuple):
    """`rows`: listing or source → accepted rows when it was last read whole; `let_shrink`: names that may hold less now."""

    handed_out: Sequence[HandedOut] = ()
    rows: Mapping[str, int] = {}
    let_shrink: frozenset[str] = frozenset()
