"""Ids that stand more than once are found, however many rows there are."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity_engine.db import Database
from fidelity_engine.stages.load import versions
from fidelity_engine.stages.load.versions import Ids, find_again


@given(ids=st.lists(st.integers(-30, 30) | st.integers(10**9, 10**9 + 5), min_size=1, max_size=60), span=st.sampled_from([1, 2, 7, 1024]))
def test_spans(ids: list[int], span: int) -> None:
    """Looked for in spans of numbers, those are found that groups find: of close ids and of scattered ones, of negative and of large ones."""
    db = Database(threads=1)
    try:
        db.run("create table good as select unnest($ids::bigint[]) as id", {"ids": ids})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(versions, "MANY", 0)
            patch.setattr(versions, "SPAN", span)
            staged = cast("Any", SimpleNamespace(number=1, numbers_as_ids=True))
            find_again(db, staged, "good", Ids(low=min(ids), high=max(ids), rows=len(ids)))
        assert {id for (id,) in db.rows("from again_1")} == {id for id, times in Counter(ids).items() if times > 1}
    finally:
        db.close()
