"""Rules that read the verdicts of other rules: they exist, lie below, and form no circle."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fidelity_engine.rulefile.checks.circles import circles, walked
from fidelity_engine.rulefile.draft import Draft, Drafts, Path
from fidelity_engine.rulefile.problems import did_you_mean

BELOW: dict[str, frozenset[str]] = {
    "district": frozenset({"school", "grade", "team", "staff"}),
    "school": frozenset({"grade", "team", "staff"}),
    "grade": frozenset({"team"}),
}
"""Kind of subject: the kinds that lie below it."""


def check_reads(drafts: Drafts) -> None:
    """Every rule that a measure names."""
    by_id = {rule.id: rule for rule in drafts.rules if rule.id}
    reads = {rule.id: read for rule in by_id.values() if (read := _read_by(rule, drafts))}
    found = circles({name: reads.get(name, ()) for name in by_id})
    walks = {step for circle in found for step in pairwise(circle)}
    for name, others in reads.items():
        for other in others:
            if (name, other) not in walks:
                _named(by_id[name], other, by_id, drafts)
    for rule in by_id.values():
        _effects(rule, by_id, drafts)
    for circle in found:
        told = f"rules read one another in a circle: {walked(circle)}"
        drafts.problems.add(_place(by_id[circle[0]], circle[1]), told, "Let one of them measure events.")


def _read_by(rule: Draft, drafts: Drafts) -> tuple[str, ...]:
    if rule.measure is None or rule.measure.kind not in drafts.kinds:
        return ()
    return drafts.kinds[rule.measure.kind].reads_rules(rule.measure.parameters)


def _place(rule: Draft, name: str) -> Path:
    """Where a rule's measure names another: under `rule`, or on a rung of a ladder."""
    here = (*rule.path, "measure")
    rungs: Any = getattr(rule.measure.parameters, "rungs", ()) if rule.measure is not None else ()
    at = next(((i, rung.rules.index(name)) for i, rung in enumerate(rungs) if name in rung.rules), None)
    if at is None:
        return (*here, "rule")
    listed = isinstance(rule.blocks["measure"]["rungs"][at[0]]["rules"], list)
    return (*here, "rungs", at[0], "rules", at[1]) if listed else (*here, "rungs", at[0], "rules")


def _named(rule: Draft, name: str, by_id: dict[str, Draft], drafts: Drafts) -> None:
    other, path = by_id.get(name), _place(rule, name)
    if other is None:
        mend = did_you_mean(name, set(by_id) - {rule.id}, "Name a rule of this file.")
        drafts.problems.add(path, f"there is no rule `{name}`", mend)
        return
    if other.mode == "off" and rule.mode != "off":
        mend = "Set its `mode` to trial or active, or read another rule."
        drafts.problems.add(path, f"the rule `{name}` is off and has no verdicts", mend)
    if rule.expect is None or other.expect is None:
        return
    above, below = rule.expect.of, other.expect.of
    kind = rule.measure.kind if rule.measure is not None else ""
    if kind == "ladder" and above != below:
        told = f"`{name}` judges each {below}, and the ladder each {above}"
        drafts.problems.add(path, told, f"Name a rule with `of: {above}`.")
    elif below not in BELOW.get(above, frozenset()) and (kind == "rollup" or above != below):
        told = f"`{name}` judges each {below}, which does not lie below a {above}"
        drafts.problems.add(path, told, "Read a rule of subjects below this one.")


def _effects(rule: Draft, by_id: dict[str, Draft], drafts: Drafts) -> None:
    """The rules in which adjustments expect to see their effect, and the levels that they speak of."""
    for index, proposal in enumerate(rule.adjust):
        here, effect = (*rule.path, "adjust", index), proposal.expect_effect
        if proposal.when:
            _level(proposal.when.level, rule, (*here, "when", "level"), drafts)
        if effect and effect.rule and effect.rule not in by_id:
            mend = did_you_mean(effect.rule, by_id, "Name a rule of this file.")
            drafts.problems.add((*here, "expect_effect", "rule"), f"there is no rule `{effect.rule}`", mend)
        elif effect:
            _level(effect.level, by_id[effect.rule] if effect.rule else rule, (*here, "expect_effect", "level"), drafts)


def _level(level: str | None, rule: Draft, path: Path, drafts: Drafts) -> None:
    """A level that no cell of the rule can be on; not told where the rule's own could not be read."""
    if level is None or rule.judge is None or rule.measure is None:
        return
    known = {*rule.judge.levels, *(rung.level for rung in getattr(rule.measure.parameters, "rungs", ()))}
    if level not in known:
        otherwise = f"Its levels are {', '.join(sorted(known))}." if known else "Give its `judge` the `levels:` that are meant."
        drafts.problems.add(path, f"the rule `{rule.id}` has no level `{level}`", did_you_mean(level, known, otherwise))
