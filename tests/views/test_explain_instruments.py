"""score and agreement in an account: the points and ratings stand there, so that one can add them up by hand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.page import Page
from fidelity_engine.views.explain import explain

RULES = Path(__file__).parents[2] / "rules" / "inventory.yaml"
SAID = {
    ("inv.score", "cedar", "2025-12-03"): [
        "cedar-fall, Wed 8 Oct: 3 forms", "points: 7 + 5 + 7 = 19 of 3 x 6 x 2: 19 / 36 = 0.527778", "i1 1, i2 1, i3 2, i4 1, i5 1, i6 1",
    ],
    ("inv.score", "birch", "2026-01-03"): ["points: 11 + 6 + 6 = 23", "6 items without points, each 0 to 2: at most 35 / 36 = 0.972222", "Older: birch-fall"],
    ("inv.score", "marsh", "2026-01-03"): ["marsh-winter: 2 forms, 3 are asked, so it does not count"],
    ("inv.sustained", "cedar", "2026-01-20"): [
        "structures: 2 + 2 + 3 = 7 of 3 x 2 x 2",
        "routines: 5 + 3 + 4 = 12 of 3 x 4 x 2: 12 / 24 = 0.5", "The score is the weakest of these.", "low: 12 / 24 = 0.5",
    ],
    ("inv.agreement", "rivers", "2025-10-03"): ["Pairs of ratings: 24.", "1 and 1: 5, the same", "2 and 0: 5 ", "low: 12 / 24 = 0.5"],
    ("inv.kappa", "rivers", "2025-10-03"): [
        "observed: 12 / 24 = 0.5", "(5 x 7 + 9 x 8 + 10 x 9) / (24 x 24): 197 / 576 = 0.342014", "low: 91 / 379 = 0.240106",
    ],
    ("inv.kappa", "rivers", "2025-11-03"): ["Pairs of ratings: 0. low, high, value: none"],
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The pack around the invented inventory."""
    return Engine.from_file(RULES)


@pytest.mark.parametrize(("asked", "says"), SAID.items(), ids=[" ".join(asked) for asked in SAID])
def test_the_numbers_stand_there(asked: tuple[str, str, str], says: list[str], engine: Engine) -> None:
    """What is added up is on the page, and nobody's name."""
    rule, subject, day = asked
    text = re.sub(r"\s+", " ", "".join(explain(engine, Page(160), rule=rule, subject=subject, day=date.fromisoformat(day))))
    assert [one for one in says if one not in text] == [], text
    assert ", rater " not in text
