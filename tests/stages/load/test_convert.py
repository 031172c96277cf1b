"""Cells and the values that they give, where there is a quick way and a careful one."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fidelity_engine.stages.load import convert
from fidelity_engine.stages.load.convert import Cell, as_list, as_timestamp, day_only, unguarded
from fidelity_engine.stages.load.zones import Zones

PARTS = st.text(alphabet="a0'(- ;,\t\u00a0\u3000é", max_size=4)
"""Letters, guards of spreadsheets, separators, and blanks of several kinds."""


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    """The engine alone."""
    return duckdb.connect()


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(PARTS | st.none(), max_size=5) | st.none())
def test_lists_that_are_soon_told_are_as_those_looked_at_part_by_part(db: duckdb.DuckDBPyConnection, parts: list[str | None] | None) -> None:
    """A list of texts is trimmed, and its guards and empty parts are dropped, whatever its parts look like."""
    careful = convert._tidied("x", unguarded)
    found = db.execute(f"select {as_list(Cell('x', 'VARCHAR[]'))}, {careful} from (select $parts::varchar[] as x)", {"parts": parts}).fetchone()
    assert found is not None and found[0] == found[1]


def test_whole_numbers_among_fractions_are_ids(db: duckdb.DuckDBPyConnection) -> None:
    """A list that a program wrote as floating point, for want of something better, holds the ids that were meant."""
    found = db.execute(f"select {as_list(Cell('x', 'DOUBLE[]'))} from (select [128.0, 1.5, null]::double[] as x)").fetchone()
    assert found == (["128", "1.5", None],)


@settings(max_examples=150, deadline=None)
@given(written=PARTS | st.text(alphabet="a0'; ,|é", max_size=12), split=st.sampled_from([";", ", ", "|", " "]))
def test_texts_that_are_soon_split_are_as_those_looked_at_part_by_part(db: duckdb.DuckDBPyConnection, written: str, split: str) -> None:
    """A text is split where it says, whatever stands between."""
    careful = convert._tidied("string_split(x, $split)", unguarded)
    sql = f"select {as_list(Cell('x', 'TEXT'), split)}, {careful} from (select nullif($written::varchar, '') as x)"
    found = db.execute(sql, {"written": written, "split": split}).fetchone()
    assert found is not None and found[0] == found[1]


WRITTEN = st.text(alphabet="0129-:T Z.+\u3000\t", min_size=17, max_size=20) | st.builds(
    lambda year, month, rest: f"{year}-{month}{rest}",
    st.sampled_from(["2025", "0025", " 025", "-025"]), st.sampled_from(["09", "9", "02"]),
    st.sampled_from(["-05T10:00:05", "-05 10:00:05", "-30T10:00:05", "-05T10:00:5 ", "-05T10:00:5Z", "-05", "-05         ", "-05T10:00:05Z", "-05T24:00:00"]),
)


@settings(max_examples=300, deadline=None)
@given(written=WRITTEN)
def test_timestamps_that_are_soon_told_are_as_those_looked_at_with_care(db: duckdb.DuckDBPyConnection, written: str) -> None:
    """A text gives the same moment, and the same answer to whether it is only a date, with the quick way and without it."""
    cell, zones = Cell("x", "TEXT"), Zones("America/Detroit", "America/Detroit")
    quick = f"select {as_timestamp(cell, zones)}, {day_only(cell)} from (select $x as x)"
    careful = quick.replace("length(x) = 19", "false")
    assert careful != quick
    assert db.execute(quick, {"x": written}).fetchone() == db.execute(careful, {"x": written}).fetchone()
