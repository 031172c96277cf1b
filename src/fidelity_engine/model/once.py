"""Equal values that are kept once: hundreds of thousands of findings share their names and dates."""

from __future__ import annotations

from typing import Any


class Once(dict[Any, Any]):
    """Gives of equal values always the same one."""

    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value
