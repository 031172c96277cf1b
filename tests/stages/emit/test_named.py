"""Verdict rows that are joined in their order: only where the joins keep it."""

from __future__ import annotations

import pytest

from fidelity_engine.db import Database
from fidelity_engine.stages.emit.named import _keeps_order


@pytest.mark.parametrize(("key", "kept"), [("number", True), ("number * 1000003", False)])
def test_a_join_that_loses_the_order_is_noticed(key: str, kept: bool) -> None:
    """Numbers in a row are joined by their place; of a million that lie far apart some are found late."""
    db = Database(threads=2)
    try:
        db.run(f"create table joined as select {key} as key, 'x' || number as shown from range(1000000) t(number)")
        assert _keeps_order(db, "joined", "key") is kept
        assert db.one("select current_setting('threads')") == 2
    finally:
        db.close()
