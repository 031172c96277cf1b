"""What the tests of a rule file cover: which verdicts of which rules are never expected by any test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.testing.suite import Suite

USUAL = ("met", "missed", "no_data")
OTHERWISE = {"signal": ("met", "missed", "not_applicable")}
"""Kinds that say `not_applicable` where they cannot tell: their children carry the doubt."""


@dataclass(frozen=True)
class Coverage:
    """`tested`: rule → verdicts that a test expects of it; `wanted`: those that some test should expect."""

    rules: str
    tested: Mapping[str, tuple[str, ...]]
    wanted: Mapping[str, tuple[str, ...]]

    @property
    def gaps(self) -> list[str]:
        """One line per rule and verdict that no test expects."""
        return [
            f"{rule}: never tested for {verdict}" for rule, wanted in self.wanted.items() for verdict in wanted
            if verdict not in self.tested.get(rule, ())
        ]


def wanted_of(rule: Rule) -> tuple[str, ...]:
    """The verdicts that tests of a rule should show: met, missed, and that it cannot be told."""
    if rule.judge.direction == "reference":
        return ("not_applicable",)
    return OTHERWISE.get(rule.measure.kind, USUAL)


def coverage_of(ruleset: RuleSet, suites: Iterable[Suite]) -> Coverage:
    """The coverage of a rule file by its tests; rules that are off are left out."""
    tested: dict[str, set[str]] = {}
    for suite in suites:
        for case in suite.cases:
            for one in case.expect:
                tested.setdefault(one.rule, set()).add(one.verdict)
    wanted = {rule.id: wanted_of(rule) for rule in ruleset.rules if rule.mode != "off"}
    return Coverage(ruleset.path, {rule: tuple(sorted(found)) for rule, found in tested.items()}, wanted)
