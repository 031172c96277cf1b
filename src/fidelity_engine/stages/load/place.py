"""Where a row of a file stands."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.errors import Place


class RowPlace(Place):
    """A data row of a file: `teams.csv:row 12`."""

    def __str__(self) -> str:
        return f"{self.path}:row {self.line}"


MOST, LONGEST = 20, 40


def columns_told(columns: Sequence[str]) -> str:
    """The columns of a file in a sentence, which stays short whatever stands where the header should be."""
    named = [f"`{column if len(column) <= LONGEST else column[:LONGEST] + '...'}`" for column in columns[:MOST]]
    return ", ".join(named) + (f" and {len(columns) - MOST} more" if len(columns) > MOST else "")
