"""Chapter 8, YAML: what a hostile rule file tries, and what is said instead."""

from __future__ import annotations

import time

import pytest

from fidelity_engine import Engine
from fidelity_engine.errors import FidelityError, Mistakes

from .conftest import RULES, District

DEEP = "x: " + "[" * 100_000 + "]" * 100_000
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8))


@pytest.mark.parametrize(("text", "told"), [
    (RULES + "x: !!python/object/apply:os.system [true]\n", "tags such as `!!python/object/apply:os.system` are refused"),
    (RULES.replace("year: 2025-26", "year: !!str 2025-26"), "tags such as `!!str` are refused"),
    (RULES + DEEP, "more than 40 deep"), (RULES + LAUGHS, "more than 50,000 values"), (RULES + "x: &x [*x]\n", "inside its own anchor"),
    (RULES + "# " + "x" * 2_000_000, "2 MB|larger than|too large|more than"), (RULES + "x: [" + "1, " * 60_000 + "1]\n", "more than 50,000 values"),
    (RULES + "--- \nfidelity: 1\n", "second document"), (RULES + "x: \x00\n", "rules.yaml"), (RULES + "{" * 5_000, "deep|rules.yaml"),
])  # fmt: skip
def test_hostile_files_are_refused(text: str, told: str, district: District) -> None:
    """Tags, depth, size, aliases and second documents end with a sentence, and soon."""
    began = time.perf_counter()
    with pytest.raises(FidelityError, match=told):
        Engine.from_file(district(text))
    assert time.perf_counter() - began < 10


def test_every_duplicate_is_told_with_both_places(district: District) -> None:
    """Two duplicates in one file are two mistakes, each with the place of its first."""
    text = RULES.replace("timezone: UTC\n", "timezone: UTC\ntimezone: UTC\n").replace("judge: {at_least: 1}", "judge: {at_least: 1, at_least: 2}")
    with pytest.raises(Mistakes) as error:
        Engine.from_file(district(text))
    twice = [str(one) for one in error.value.errors if "stands twice" in str(one)]
    assert len(twice) == 2
    assert "rules.yaml:3:1: " in twice[0] and "first at line 2, column 1" in twice[0]
    assert "first at line 12, column" in twice[1]


def test_ids_stay_text(district: District) -> None:
    """`[01, 08]` are two texts with their zeros: no number, octal or other."""
    text = RULES.replace("delivers: meeting", "delivers: [01, 08, no, meeting]")
    assert Engine.from_file(district(text)).ruleset.evidence["log"].delivers == ("01", "08", "no", "meeting")


def test_patterns_cannot_run_away(district: District) -> None:
    """A pattern that keeps other engines busy for years is matched at once."""
    text = RULES.replace("event: meeting}", "event: meeting, where: {note: {matches: '(a+)+$'}}}")
    path = district(text, log__csv="id,team,start,note\n1,g2,2025-09-02," + "a" * 5_000 + "b\n")
    began = time.perf_counter()
    with Engine.from_file(path).evaluate():
        assert time.perf_counter() - began < 10
