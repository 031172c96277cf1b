"""Ids of findings that were reported before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fidelity_engine.model.finding import Finding, HandedOut
from fidelity_engine.stages.emit.identity import kept_ids


def finding(id: str, since: date | None, until: date | None, state: Any = "open", subject: str = "g3") -> Finding:
    """An episode of one rule."""
    return Finding(
        id, "practice", "a.rule", "A routine", None, None, "team", subject, subject, "lincoln", None, since, until, 1, until, state,
        None, "3", "events", None, "high", None, None, "Not yet.",
    )  # fmt: skip


def handed(id: str, since: date | None, until: date | None, state: Any = "open") -> HandedOut:
    """The same as it was reported."""
    return HandedOut(id, "a.rule", "team", "g3", since, until, "lincoln", state)


OCT, NOV, DEC = date(2025, 10, 6), date(2025, 11, 3), date(2025, 12, 1)


def ids(findings: list[Finding], *before: HandedOut) -> list[str]:
    """What the episodes are called in the end."""
    return [one.finding_id for one in kept_ids(findings, before)]


def test_a_late_record_keeps_the_id() -> None:
    """The first window turned out met: the rest of the episode is still the same finding."""
    assert ids([finding("new", NOV, DEC)], handed("old", OCT, NOV)) == ["old"]


@pytest.mark.parametrize("before", [handed("old", OCT, OCT), HandedOut("old", "b.rule", "team", "g3", OCT, DEC)])
def test_what_does_not_overlap_is_another_finding(before: HandedOut) -> None:
    """Other windows, or another rule: a new id."""
    assert ids([finding("new", NOV, DEC)], before) == ["new"]


def test_an_episode_that_split_gives_its_id_once() -> None:
    """The part that has the id by itself keeps it; else the part that is not over."""
    parts = [finding("a", OCT, OCT, "resolved"), finding("b", DEC, DEC)]
    assert ids(parts, handed("a", OCT, DEC)) == ["a", "b"]
    assert ids(parts, handed("old", OCT, DEC)) == ["a", "old"]


def test_two_that_grew_together_are_the_older_one() -> None:
    """One episode has one id: of two living ones the first reported window wins, a living one before a resolved."""
    assert ids([finding("x", OCT, DEC)], handed("late", DEC, DEC), handed("early", OCT, OCT)) == ["early"]
    assert ids([finding("x", OCT, DEC)], handed("early", OCT, OCT, "resolved"), handed("late", DEC, DEC)) == ["late"]


def test_no_id_stands_twice() -> None:
    """An episode whose own id lives on in another takes a new one, the same each night."""
    found = [finding("x", OCT, OCT, "resolved"), finding("y", DEC, DEC)]
    first, second = ids(found, handed("x", NOV, DEC)), ids(found, handed("x", NOV, DEC))
    assert first[1] == "x" and first[0] not in ("x", "y") and first == second


def test_a_source_that_is_still_silent_keeps_its_id() -> None:
    """A finding without a rule is known by its source and school; without dates it always overlaps."""
    silent = Finding(
        "new", "source", None, "Evidence", None, None, "source", "log", "log", "lincoln", None, NOV, None, None, None, "open",
        None, None, None, None, "high", None, None, "No record.",
    )  # fmt: skip
    assert ids([silent], HandedOut("old", None, "source", "log", OCT, None, "lincoln", about="source")) == ["old"]
    assert ids([silent], HandedOut("old", None, "source", "log", OCT, None, "birch", about="source")) == ["new"]
