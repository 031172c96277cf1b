"""An invented inventory of six items with 0 to 2 points, filled in three times a year by several raters per school."""

from __future__ import annotations

from collections.abc import Iterator

from maker.days import rng
from maker.people import SCHOOLS

ROUNDS = {"fall": "2025-10-08", "winter": "2026-01-14", "spring": "2026-05-06"}
ITEMS = ("i1", "i2", "i3", "i4", "i5", "i6")  # i1 and i2: structures; the others: routines
INVENTORY_COLUMNS = ["form", "kind", "building", "filled_on", "round", "rater", "meeting", *ITEMS]
MEETINGS_SEEN = 4  # twice-observed team meetings per school and round
USUAL = (2, 2, 2, 1, 2, 1)
POINTS = {  # what the raters of a school and round say, on the whole
    ("cedar", "fall"): (1, 1, 1, 1, 1, 1),
    ("cedar", "winter"): (2, 2, 1, 2, 1, 1),
    ("north", "fall"): (2, 2, 1, 1, 1, 1),
    ("north", "winter"): (2, 2, 1, 1, 1, 1),
    ("north", "spring"): (2, 2, 1, 1, 1, 2),
}


def inventory_rows() -> list[dict[str, object]]:
    """Forms of all schools, and beside them what two observers said of the same meetings."""
    rows = [row for when in ROUNDS for school in SCHOOLS for row in _round(str(school["school"]), when)]
    return [{"form": f"i-{number:03}", **row} for number, row in enumerate(rows, 1)]


def _round(school: str, when: str) -> Iterator[dict[str, object]]:
    form = {"building": school, "filled_on": ROUNDS[when], "round": f"{school}-{when}"}
    raters = "AB" if (school, when) == ("marsh", "winter") else "ABC"  # at Marsh Lake one form is not handed in
    for rater in raters:
        points = [*POINTS.get((school, when), USUAL)]
        place = rng("inventory", school, when, rater).randrange(len(points))
        points[place] = max(0, points[place] - 1) if rater == "B" else min(2, points[place] + 1)
        if (school, when) == ("birch", "winter") and rater != "A":
            points[3:] = ["", "", ""]  # the second page came back empty
        yield {**form, "kind": "inventory_form", "rater": rater, **dict(zip(ITEMS, points, strict=True))}
    for number in range(1, MEETINGS_SEEN + 1):
        yield from _observed(form, f"{school}-{when}-{number}", 0.6 if school == "rivers" else 0.94)


def _observed(form: dict[str, object], meeting: str, same: float) -> Iterator[dict[str, object]]:
    """One meeting as two observers saw it."""
    chance = rng("observed", meeting)
    first = [chance.choice((0, 1, 2, 2)) for _ in ITEMS]
    second = [points if chance.random() < same else (points + 1) % 3 for points in first]
    for rater, points in (("P", first), ("Q", second)):
        yield {**form, "kind": "observation", "rater": rater, "meeting": meeting, **dict(zip(ITEMS, points, strict=True))}
