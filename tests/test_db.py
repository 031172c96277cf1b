"""What the embedded engine is allowed to use."""

from __future__ import annotations

import pytest

from fidelity_engine.db import MEMORY_BYTES, Database


@pytest.mark.parametrize(("asked", "most"), [(None, MEMORY_BYTES), ("200MB", 200_000_000), ("3GB", 3_000_000_000)])
def test_memory_is_bounded_unless_somebody_asks_for_more(asked: str | None, most: int) -> None:
    """Without a limit of one's own at most MEMORY_BYTES are held (less on a small machine); a limit that is given holds."""
    db = Database(memory_limit=asked)
    try:
        assert db.memory_bytes <= most * 1.05
        assert asked is None or db.memory_bytes >= most * 0.95
    finally:
        db.close()
