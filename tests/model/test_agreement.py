"""Percent exact and Cohen's kappa, against another implementation's numbers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from sklearn.metrics import cohen_kappa_score

from fidelity_engine.model.agreement import kappa, percent_exact

CASES = YAML(typ="safe").load((Path(__file__).parent / "agreement.yaml").read_text())


def near(found: Any, wanted: float | None) -> bool:
    """Equal to the places given; undefined only where undefined is wanted."""
    return found is None if wanted is None else found is not None and abs(float(found) - wanted) < 1e-6


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['first'][:12]}-{case['second'][:12]}")
def test_two_raters(case: dict[str, Any]) -> None:
    """Both statistics of each vector; the order of the raters does not matter."""
    ratings = Counter(zip(case["first"], case["second"], strict=True))
    assert near(percent_exact(ratings), case["exact"])
    assert near(kappa(ratings), case["kappa"])
    assert kappa(Counter(zip(case["second"], case["first"], strict=True))) == kappa(ratings)


@pytest.mark.filterwarnings("ignore:.*label in common")
@pytest.mark.filterwarnings("ignore:A single label was found")
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_as_scikit_learn_has_it(pairs: list[tuple[int, int]]) -> None:
    """The same kappa for any ratings, and not a number where ours is undefined."""
    first, second = (list(one) for one in zip(*pairs, strict=True))
    found, theirs = kappa(Counter(pairs)), float(cohen_kappa_score(first, second))
    assert (found is None) == (theirs != theirs)
    assert found is None or abs(float(found) - theirs) < 1e-9
