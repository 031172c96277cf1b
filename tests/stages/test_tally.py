"""Rules that count alike are counted in one statement."""

from __future__ import annotations

import pytest

from fidelity_engine.db import Database
from fidelity_engine.relations import Tally
from fidelity_engine.stages.measure import Tallies

HITS = "select subject_no, window_no, true as p from hit where minutes >= ${}"
SUMS = "count(*) filter (p) as t"
SAID = {"events": "coalesce(h.t, 0)"}


@pytest.fixture
def db():
    """Two grids of two cells, and three hits of 10, 20 and 30 minutes in the first of them."""
    db = Database()
    db.run("create table grid_of_all as select g.range as grid_no, s.range + 1 as subject_no, 0 as window_no from range(2) g, range(2) s")
    db.run("create table hit as select 1 as subject_no, 0 as window_no, unnest([10, 20, 30]) as minutes")
    yield db
    db.close()


def test_alike(db):
    """Each of the rules has its own cells, hits and values; cells without hits stay."""
    tallies = Tallies()
    tallies.add(Tally(HITS.format("r4_b0"), "p", SUMS), SAID, 4, 0, {"r4_b0": 20})
    tallies.add(Tally(HITS.format("r7_b0"), "p", SUMS), SAID, 7, 1, {"r7_b0": 30})
    ((first, (cells, values)),) = tallies.selects().items()
    assert first == 4
    assert sorted(db.rows(f"select rule_no, subject_no, window_no, events from ({cells})", values)) == [
        (4, 1, 0, 2), (4, 2, 0, 0), (7, 1, 0, 1), (7, 2, 0, 0)]


def test_apart():
    """Rules that make other sums, or say something else of them, are counted by themselves."""
    tallies = Tallies()
    tallies.add(Tally("from hit", "p", SUMS), SAID, 1, 0, {})
    tallies.add(Tally("from hit", "p", "count(*) as t"), SAID, 2, 0, {})
    tallies.add(Tally("from hit", "p", SUMS), {"events": "h.t"}, 3, 0, {})
    assert list(tallies.selects()) == [1, 2, 3]
