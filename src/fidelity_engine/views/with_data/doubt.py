"""A doubt: something that is allowed, and hardly meant."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope

KeyPath = Sequence[str | int]


def doubt(scope: Scope, path: KeyPath, message: str, mend: str = "", rule: str = "", key: bool = False) -> FidelityError:
    """A doubt at a key path of the rule file (`key`: at the key itself)."""
    found: FidelityError = scope.ruleset.document.mistake(path, message, mend, rule, key)
    return found


def of_rule(scope: Scope, rule: Rule, steps: KeyPath, message: str, mend: str = "") -> FidelityError:
    """A doubt at a place in a rule."""
    return doubt(scope, (*rule.place, *steps), message, mend, rule.id)


def judged_rules(scope: Scope) -> list[Rule]:
    """The rules that are not off."""
    return [rule for rule in scope.ruleset.rules if rule.mode != "off"]
