"""Pack 1 says for each rule why, whose number it is and what is at risk; the catalogue and the owners agree with it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
FILE = YAML(typ="safe").load(ROOT / "rules" / "district.yaml")
RULES = {rule["id"]: rule for rule in FILE["rules"]}
CATALOGUE = (ROOT / "rules" / "README.md").read_text()


def owners() -> set[str]:
    """The roles that somebody holds."""
    with (ROOT / "evidence" / "owners.csv").open(newline="") as file:
        return {row["role"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_says_why_and_whose_number_it_is(rule: dict) -> None:
    """Nobody has to ask where a threshold comes from."""
    assert {"why", "practice", "dimension", "puts_at_risk"} <= set(rule)
    assert set(rule["basis"]) == {"claim", "citation"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_is_in_the_catalogue(rule: dict) -> None:
    """The catalogue has its id and its sentence."""
    assert f"| {rule['id']} | {rule['title']} |" in CATALOGUE


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_outcome_and_owner_exists(rule: dict) -> None:
    """What is at risk is in the graph, and somebody holds the owner's role."""
    assert set(rule["puts_at_risk"]) <= set(FILE["outcomes"])
    assert rule.get("emit", {}).get("owner", FILE["defaults"]["emit"]["owner"]) in owners()


def test_a_district_can_start_from_the_adjustments() -> None:
    """Several rules propose what could be tried, each with a time and an effect to look for."""
    proposals = [entry for rule in RULES.values() for entry in rule.get("adjust", [])]
    assert len(proposals) >= 10
    assert all({"propose", "due", "expect_effect"} <= set(entry) for entry in proposals)
