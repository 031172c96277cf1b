"""What a listing becomes: rows, and entities that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fidelity_engine.plugin.spec import Rejected


@dataclass
class Found:
    """`wanted`: which entities make the rows, for a sentence."""

    wanted: str
    columns: list[str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
