"""An evaluation that tells nobody: rules on trial count as active ones, and no plugin hears of it."""

from __future__ import annotations

from typing import Any

from fidelity_engine.course import Course, Progress
from fidelity_engine.evaluate import evaluate
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.result import Result
from fidelity_engine.stages.load import Clock
from fidelity_engine.underway import Rehearsal


def rehearse(engine: Any, as_of: Any = None, progress: Progress | None = None) -> Result | None:
    """What a run of this engine would say as of a day; None where it would do nothing."""
    if nothing_to_do(engine, as_of):
        return None
    return evaluate(
        engine.document, _all_active(engine.ruleset), engine.host, engine.settings, as_of, (), (), None, {}, Course(progress), Rehearsal())


def nothing_to_do(engine: Any, as_of: Any = None) -> str | None:
    """Why a run would do nothing as of a day."""
    return Clock.read(engine.ruleset, as_of).nothing_to_do


def _all_active(ruleset: RuleSet) -> RuleSet:
    rules = tuple(rule.model_copy(update={"mode": "active"}) if rule.mode == "trial" else rule for rule in ruleset.rules)
    return ruleset.model_copy(update={"rules": rules})
