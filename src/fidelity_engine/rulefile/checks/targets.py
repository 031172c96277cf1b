"""Targets that make no sense: levels out of order, allowances where nothing is counted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fidelity_engine.model.rule import Judge
from fidelity_engine.rulefile.draft import Draft, Drafts

_ALLOWED = ("share", "participation", "response")


def check_targets(drafts: Drafts) -> None:
    """The order of levels, and `all_but` where it can be counted."""
    for rule in drafts.rules:
        if rule.judge is not None:
            _levels(rule.judge, rule, drafts)
            if rule.judge.all_but:
                _all_but(rule.judge, rule, drafts)


def _levels(judge: Judge, rule: Draft, drafts: Drafts) -> None:
    path = (*rule.path, "judge", "levels")
    rungs = list(judge.levels.items())
    falls = judge.direction == "at_most"
    for (better, first), (worse, second) in pairwise(rungs):
        if first == second or (first > second) == falls:
            order = "higher" if falls else "lower"
            told = f"levels stand best first: `{worse}` should be {order} than `{better}`"
            drafts.problems.add((*path, worse), told, "Put them in order.")


def _all_but(judge: Judge, rule: Draft, drafts: Drafts) -> None:
    path = (*rule.path, "judge", "all_but")
    if rule.measure is None:
        return
    parameters: Any = rule.measure.parameters
    if rule.measure.kind not in _ALLOWED:
        if rule.measure.kind in drafts.kinds:
            told = f"`all_but` does not go with `{rule.measure.kind}`"
            drafts.problems.add(path, told, "It goes with share, participation and response.", True)
    elif getattr(parameters, "field", None) is not None:
        drafts.problems.add(path, "`all_but` counts events, and `field` weighs them", "Remove one of them.", True)
    elif judge.direction not in ("at_least", "at_most"):
        told = f"`all_but` does not go with `{judge.direction}`"
        drafts.problems.add(path, told, "It goes with at_least and at_most.", True)
