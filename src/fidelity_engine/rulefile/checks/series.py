"""Series and ladders: a test that fits what it reads, rungs that differ."""

from __future__ import annotations

from typing import Any

from fidelity_engine.rulefile.draft import Draft, Drafts

_SHARES = ("share", "participation", "response", "rollup")


def check_series(drafts: Drafts) -> None:
    """The parameters of `signal` against the rule that it reads, and the names of rungs."""
    by_id = {rule.id: rule for rule in drafts.rules if rule.id}
    for rule in drafts.rules:
        if rule.measure is None or isinstance(rule.measure.parameters, dict):
            continue
        parameters: Any = rule.measure.parameters
        if rule.measure.kind == "signal":
            _test(parameters, rule, by_id.get(parameters.rule), drafts)
        elif rule.measure.kind == "ladder":
            _rungs(parameters, rule, drafts)


def _test(p: Any, rule: Draft, other: Draft | None, drafts: Drafts) -> None:
    path = (*rule.path, "measure")
    if p.screening and p.test != "xmr":
        told = f"`screening` does not go with `{p.test}`"
        drafts.problems.add((*path, "screening"), told, "It goes with `test: xmr`.", True)
    if other is None or other.expect is None or other.measure is None or rule.expect is None:
        return
    own = rule.expect.of == other.expect.of
    if p.of == "value" and not own:
        told = f"`{p.rule}` judges each {other.expect.of}: a {rule.expect.of} has a rate of their cells, no values of its own"
        drafts.problems.add((*path, "of"), told, f"Write `of: rate`, or judge each {other.expect.of}.")
    if p.test == "p" and own and p.of != "rate" and other.measure.kind not in _SHARES and other.measure.kind in drafts.kinds:
        told = f"`p` wants shares with their denominators, and `{p.rule}` measures `{other.measure.kind}`"
        drafts.problems.add((*path, "test"), told, "Write `test: xmr`, or leave `test` out.")


def _rungs(p: Any, rule: Draft, drafts: Drafts) -> None:
    path, seen = (*rule.path, "measure", "rungs"), set()
    for index, rung in enumerate(p.rungs):
        if rung.level in seen:
            drafts.problems.add((*path, index, "level"), f"the rung `{rung.level}` stands twice", "Give it another name.")
        seen.add(rung.level)
    if not p.rules:
        drafts.problems.add(path, "no rung names a rule", "Name the rules that must be met to stand on it.")
