"""Pack 2 and the inventory, on the example district: what they say, why, and what one should see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fidelity_engine import Engine
from fidelity_engine.result import Result
from fidelity_engine.testing.coverage import coverage_of
from fidelity_engine.testing.suite import read_suite

ROOT = Path(__file__).parents[2]
CATALOGUE = (ROOT / "rules" / "README.md").read_text()
PACKS = {name: YAML(typ="safe").load(ROOT / "rules" / f"{name}.yaml") for name in ("collaborative-data-teams", "inventory")}
SPOKEN = [rule for pack in PACKS.values() for rule in pack["rules"] if rule.get("mode") != "trial"]
OPEN = {
    "collaborative-data-teams": {
        ("cdt.topics", "alder-g4"), ("cdt.topics", "north-soc"), ("cdt.schedule", "north-ela"), ("cdt.agenda", "north-soc"),
        ("cdt.norms-roles", "north-math"), ("cdt.norms-roles", "north-soc"), ("cdt.behaviour", "north-sci"), ("cdt.behaviour", "north-soc"),
    },
    "inventory": {("inv.score", "cedar"), ("inv.score", "north"), ("inv.agreement", "rivers")},
}


@pytest.fixture(scope="module", params=PACKS)
def evaluated(request: pytest.FixtureRequest) -> Iterator[tuple[str, Result]]:
    """Each pack as of the day on which its file stands still."""
    result = Engine.from_file(ROOT / "rules" / f"{request.param}.yaml").evaluate()
    yield request.param, result
    result.close()


def test_the_open_findings_are_those_that_the_catalogue_tells(evaluated: tuple[str, Result]) -> None:
    """No more, and no fewer."""
    name, result = evaluated
    assert {(f.rule, f.subject) for f in result.findings if f.about == "practice" and f.state == "open"} == OPEN[name]


def test_nothing_is_left_out(evaluated: tuple[str, Result]) -> None:
    """Every rule has cells, none of them an error, and the run is whole."""
    name, result = evaluated
    rows = list(result.verdicts.rows())
    assert {row["rule"] for row in rows} == {rule["id"] for rule in PACKS[name]["rules"]}
    assert not [row for row in rows if row["verdict"] == "error"]
    assert not result.summary.unfinished


@pytest.mark.parametrize("rule", SPOKEN, ids=lambda rule: rule["id"])
def test_each_rule_says_why_and_whose_number_it_is(rule: dict) -> None:
    """Nobody has to ask where a threshold comes from; and the catalogue has its sentence."""
    assert {"why", "practice", "dimension", "puts_at_risk"} <= set(rule)
    assert set(rule["basis"]) == {"claim", "citation"}
    assert f"| {rule['id']} | {rule['title']} |" in CATALOGUE


def test_rungs_name_only_rules_on_trial() -> None:
    """The ladder speaks for its rungs: nobody gets two findings for one thing."""
    pack = PACKS["collaborative-data-teams"]["rules"]
    trial = {rule["id"] for rule in pack if rule.get("mode") == "trial"}
    named = {name for rule in pack for rung in rule["measure"].get("rungs", ()) for name in rung.get("rules", ())}
    assert named == trial


@pytest.mark.parametrize("path", [path for path in sorted((ROOT / "rules").glob("*.yaml")) if not path.name.endswith(".test.yaml")], ids=lambda path: path.stem)
def test_each_pack_is_tested_for_each_verdict(path: Path) -> None:
    """Each rule of each pack has a case that is met, one that is missed, and one that cannot be told (pytest runs them)."""
    tests = path.with_name(f"{path.stem}.test.yaml")
    assert coverage_of(Engine.from_file(path).ruleset, [read_suite(tests)]).gaps == []
