"""Where a row of a file stands."""

from __future__ import annotations

from dataclasses import dataclass

from fidelity_engine.errors import Place


@dataclass(frozen=True, order=True)
class RowPlace(Place):
    """A data row of a file: `teams.csv:row 12`."""

    def __str__(self) -> str:
        return f"{self.path}:row {self.line}"
