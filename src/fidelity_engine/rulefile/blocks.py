"""The blocks of a rule: defaults filled in, filters parsed, each read by its own model."""

from __future__ import annotations

import re
from typing import Any

from fidelity_engine.model.rule import Emit, Expect, Judge, Measure, Proposal
from fidelity_engine.model.values import shown
from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.draft import Draft, Drafts, Path
from fidelity_engine.rulefile.filters import with_filters
from fidelity_engine.rulefile.problems import Problems, did_you_mean, either
from fidelity_engine.rulefile.said import DefaultsSaid, JudgeSaid, RuleSaid
from fidelity_engine.rulefile.told import MISSING, read

TARGETS = ("at_least", "at_most", "between", "reference")
RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*")
_SKIP_BELOW = {"month": 5, "term": 10, "school_year": 10}
_MODELS: dict[str, Any] = {"expect": Expect, "judge": JudgeSaid, "emit": Emit}


def defaults(drafts: Drafts) -> dict[str, dict[str, Any]]:
    """The defaults by block; their own mistakes are told once, here."""
    raw = drafts.document.data.get("defaults", {})
    if read(DefaultsSaid, raw, ("defaults",), drafts.problems) is None and not isinstance(raw, dict):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for block, model in _MODELS.items():
        if block in raw:
            path = ("defaults", block)
            read(model, with_filters(raw[block], path, drafts.problems), path, drafts.problems, whole=False)
            found[block] = raw[block] if isinstance(raw[block], dict) else {}
    return found


def draft(raw: Any, index: int, filled: dict[str, dict[str, Any]], drafts: Drafts) -> Draft | None:
    """One rule, as far as it can be read."""
    path: Path = ("rules", index)
    problems = drafts.problems
    said = read(RuleSaid, raw, path, problems)
    if not isinstance(raw, dict):
        return None
    blocks = {block: _filled(block, raw.get(block), filled.get(block, {})) for block in _MODELS}
    blocks["measure"] = raw.get("measure")
    name, mode = raw.get("id"), raw.get("mode")
    name = name if isinstance(name, str) else ""
    found = Draft(path, name, mode if isinstance(mode, str) else "active", said, blocks)
    if found.id and not RULE_ID.fullmatch(found.id):
        mend = "Write lower-case words joined by hyphens, segments joined by dots: tcr.collaboration-time."
        problems.add((*path, "id"), f"`{found.id[:60]}` is no rule id", mend)
    if "expect" in raw or "expect" in filled:
        found.expect = _expect(blocks["expect"], path, problems)
    if "judge" in raw or "judge" in filled:
        found.judge = _judge(blocks["judge"], (*path, "judge"), problems)
    if "measure" in raw:
        found.measure = _measure(raw["measure"], (*path, "measure"), drafts)
    found.emit = _emit(blocks["emit"], (*path, "emit"), problems)
    found.adjust = _adjust(raw.get("adjust", []), (*path, "adjust"), problems)
    return found


def _filled(block: str, own: Any, default: dict[str, Any]) -> Any:
    if own is not None and not isinstance(own, dict):
        return own
    own = own or {}
    if block == "judge" and any(target in own for target in TARGETS):
        default = {key: value for key, value in default.items() if key not in TARGETS}
    return {**default, **own}


def _expect(raw: Any, rule: Path, problems: Problems) -> Expect | None:
    path = (*rule, "expect")
    expect = read(Expect, with_filters(raw, path, problems, deep=0), path, problems)
    if expect is None or "skip_below" in expect.model_fields_set:
        return expect
    return expect.model_copy(update={"skip_below": _SKIP_BELOW.get(expect.each.unit, 1)})


def _measure(raw: Any, path: KeyPath, drafts: Drafts) -> Measure | None:
    problems = drafts.problems
    if not isinstance(raw, dict):
        mend = "Write {kind: count, event: meeting}."
        problems.add(path, f"a map of keys was expected here, not {shown(raw)}", mend)
        return None
    kind, parameters = raw.get("kind"), {key: value for key, value in raw.items() if key != "kind"}
    if not isinstance(kind, str):
        told = f"`kind` is one word, not {shown(kind)}" if "kind" in raw else "`kind` is missing"
        problems.add((*path, "kind"), told, MISSING["kind"])
        return None
    parameters = with_filters(parameters, path, problems)
    if kind not in drafts.kinds:
        if not drafts.unsure:
            mend = did_you_mean(kind, drafts.kinds, f"Kinds are {', '.join(sorted(drafts.kinds))}.")
            problems.add((*path, "kind"), f"there is no measure kind `{kind[:60]}`", mend)
        return Measure(kind=kind, parameters=parameters) if drafts.unsure else None
    found = read(drafts.kinds[kind].parameters, parameters, path, problems)
    return Measure(kind=kind, parameters=found) if found is not None else None


_EXAMPLE = {"at_least": "at_least: 3", "at_most": "at_most: 0.2", "between": "between: [2, 4]", "reference": "reference: {value: 0.3, basis: a survey}"}


def _judge(raw: Any, path: KeyPath, problems: Problems) -> Judge | None:
    said = read(JudgeSaid, raw, path, problems)
    named = [target for target in TARGETS if isinstance(raw, dict) and target in raw]
    if isinstance(raw, dict) and len(named) != 1:
        told = f"`judge` has more than one target: {', '.join(named)}" if named else "`judge` has no target"
        problems.add((*path, named[1]) if named else path, told, f"Write exactly one of {either(TARGETS)}.", True)
        return None
    if said is None:
        return None
    direction: Any = named[0]
    if raw[direction] is None:
        problems.add((*path, direction), f"`{direction}` says nothing", f"Write it with a value, as in {_EXAMPLE[direction]}.")
        return None
    return Judge.model_construct(
        direction=direction, targets=() if direction == "reference" else getattr(said, direction) or (),
        reference=said.reference, levels=said.levels, all_but=said.all_but, grace=said.grace, warn=said.warn,
        if_none=said.if_none, if_unknown=said.if_unknown,
    )  # fmt: skip


def _emit(raw: Any, path: KeyPath, problems: Problems) -> Emit | None:
    return Emit() if raw is None or raw == {} else read(Emit, raw, path, problems)


def _adjust(raw: Any, path: KeyPath, problems: Problems) -> tuple[Proposal, ...]:
    if not isinstance(raw, list):
        problems.add(path, "`adjust` is a list of proposals", "Begin each with `- propose:`.")
        return ()
    found = [read(Proposal, with_filters(entry, (*path, index), problems), (*path, index), problems)
             for index, entry in enumerate(raw)]
    return tuple(proposal for proposal in found if proposal is not None)
