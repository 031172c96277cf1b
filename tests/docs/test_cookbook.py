"""docs/cookbook.md: the ten rules that it shows are those that are tested, and say whose number they have."""

from __future__ import annotations

import textwrap

import pytest
from ruamel.yaml import YAML

from fidelity_engine.testing import run_tests

from .pages import ROOT, Example, examples

FOLDER = ROOT / "docs" / "cookbook"
TEXT = (FOLDER / "rules.yaml").read_text("utf-8")
RULES = YAML(typ="safe").load(TEXT)["rules"]
SHOWN = [one for one in examples("yaml") if one.page.name == "cookbook.md"]
TEN = 10


def test_each_rule_is_met_missed_and_cannot_be_told() -> None:
    """The tests of the cookbook pass, and leave no verdict of any rule untested."""
    run = run_tests([FOLDER])
    assert run.passed, [outcome.differences for outcome in run.outcomes if not outcome.passed]
    assert not run.gaps and len(RULES) == TEN


@pytest.mark.parametrize("example", SHOWN, ids=[one.name for one in SHOWN])
def test_what_the_page_shows_is_what_is_tested(example: Example) -> None:
    """A rule on the page stands in the file word for word."""
    assert textwrap.indent(example.text, "  ") in TEXT


def test_the_page_shows_every_rule() -> None:
    """In the order of the file, none left out."""
    assert [YAML(typ="safe").load(one.text)[0]["id"] for one in SHOWN] == [rule["id"] for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_a_rule_says_why_and_whose_number_it_is(rule: dict) -> None:
    """Nobody has to ask where a threshold comes from."""
    assert rule["why"] and set(rule["basis"]) == {"claim", "citation"}
