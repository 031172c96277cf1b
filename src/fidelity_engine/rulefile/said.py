"""What only the text of a rule file says so: its head, the scalars of a rule, and the words of `judge:`."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from fidelity_engine.model.blocks import Frozen
from fidelity_engine.model.rule import Basis, DatedValue, DaysSaid, Dimension, Period, Privacy, Reference, WarnSaid
from fidelity_engine.model.shapes import every
from fidelity_engine.model.source import ReadSaid, RosterFiles
from fidelity_engine.model.values import DAY, Count, Number, Text, Texts, day, listed, number, shown, wrong

Targets = tuple[DatedValue, ...]
NUMBER = {"type": "number"}
PAIR = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}


def _pair(raw: Any) -> tuple[Decimal, Decimal]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise wrong(f"two numbers were expected here, not {shown(raw)}", "Write [2, 4].")
    low, high = every((index, number, end) for index, end in enumerate(raw))
    if low > high:
        raise wrong(f"`between` runs from {low} down to {high}", "Write the smaller end first.")
    return low, high


def _number_targets(raw: Any) -> Targets:
    return _dated(raw, number) if isinstance(raw, list) else (DatedValue(value=number(raw)),)


def _pair_targets(raw: Any) -> Targets:
    several = isinstance(raw, list) and raw and all(isinstance(entry, dict) for entry in raw)
    return _dated(raw, _pair) if several else (DatedValue(value=_pair(raw)),)


def _dated(raw: list[Any], value: Any) -> Targets:
    if not raw:
        raise wrong("the list of targets is empty", "Write [{value: 2}, {from: 2026-01-20, value: 3}].")
    found = tuple(every((index, lambda entry: _entry(entry, value), entry) for index, entry in enumerate(raw)))
    every((), [mistake for index, (before, after) in enumerate(pairwise(found), start=1) if (mistake := _follows(before, after, index))])
    return found


def _follows(before: DatedValue, after: DatedValue, index: int) -> PydanticCustomError | None:
    if after.since is None:
        return wrong("only the first target may be without `from`", "Say from which date it holds.", (index,))
    if before.since is not None and after.since <= before.since:
        return wrong("dated targets stand in the order of their dates", "Put the earlier date first.", (index, "from"))
    return None


def _entry(raw: Any, value: Any) -> DatedValue:
    reads, mend = {"from": day, "value": value}, "Write {from: 2026-01-20, value: 3}."
    if not isinstance(raw, dict):
        raise wrong(f"a dated target was expected here, not {shown(raw)}", mend)
    unknown = [wrong(f"there is no key `{key}` here", mend, (key,), key=True, word=key, words=tuple(reads)) for key in raw if key not in reads]
    if "value" not in raw and not unknown:
        raise wrong("`value` is missing", mend)
    found = every([(key, reads[key], raw[key]) for key in reads if key in raw], unknown)
    return DatedValue(since=found[0] if "from" in raw else None, value=found[-1])


def _dated_schema(value: dict[str, Any]) -> dict[str, Any]:
    entry = {"type": "object", "properties": {"from": DAY, "value": value}, "required": ["value"]}
    return {"anyOf": [value, {"type": "array", "items": {**entry, "additionalProperties": False}, "minItems": 1}]}


NumberTargets = Annotated[Targets, BeforeValidator(_number_targets), WithJsonSchema(_dated_schema(NUMBER))]
PairTargets = Annotated[Targets, BeforeValidator(_pair_targets), WithJsonSchema(_dated_schema(PAIR))]


class JudgeSaid(Frozen):
    """The words of `judge:`: exactly one of the first four."""

    at_least: NumberTargets | None = Field(None, description="The target; a number, or dated entries.")
    at_most: NumberTargets | None = Field(None, description="The target; a number, or dated entries.")
    between: PairTargets | None = Field(None, description="The target: [low, high], both included.")
    reference: Reference | None = Field(None, description="Shown beside the value, never judged.")
    levels: dict[str, Number] = Field(default_factory=dict, description="Level: number, best first.")
    all_but: Count = Field(0, description="Also satisfied when at most so many stand against it.")
    grace: DaysSaid = Field(0, description="Days before a window that is over is judged.")
    warn: WarnSaid | None = Field(None, description="Days left at which at_risk begins.")
    if_none: Literal["not_applicable", "missed"] = Field("not_applicable", description="With nothing to measure.")
    if_unknown: Literal["no_data", "missed"] = Field("no_data", description="When unknown fields decide.")


class RuleSaid(Frozen):
    """The keys of a rule; its blocks are read one by one."""

    id: Text = Field(description="kebab-case segments joined by dots; for ever.")
    title: Text = Field(description="What is expected, as a sentence.")
    why: Text | None = Field(None, description="Why it matters.")
    basis: Basis | None = Field(None, description="Where the threshold comes from.")
    practice: Text | None = Field(None, description="The expected routine that the rule belongs to.")
    dimension: Dimension | None = Field(None, description="Which side of fidelity it looks at.")
    puts_at_risk: Texts = Field((), description="Outcomes that suffer when it does not happen.")
    expect: Any = Field(description="Of whom, and in which windows.")
    measure: Any = Field(description="What is observed.")
    judge: Any = Field(description="The target.")
    emit: Any = Field(None, description="When it becomes a finding, and whose.")
    adjust: Any = Field(None, description="What could be tried.")
    mode: Literal["active", "trial", "off"] = Field("active", description="trial: shown, but opens no finding.")
    tags: Texts = Field((), description="Words to select rules by.")


class DefaultsSaid(Frozen):
    """What the blocks of the rules do not say, key by key."""

    expect: Any = Field(None, description="Keys of `expect:`.")
    judge: Any = Field(None, description="Keys of `judge:`; a rule with a target of its own takes none from here.")
    emit: Any = Field(None, description="Keys of `emit:`.")


def _plugins(raw: Any) -> Any:
    return () if raw == [] else listed(raw)


Folders = Annotated[
    tuple[Text, ...],
    BeforeValidator(_plugins),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
]


def _version(raw: Any) -> int:
    if str(raw) != "1":
        raise wrong(f"the format version {shown(raw)} is not known", "Write fidelity: 1, or update the engine.")
    return 1


Version = Annotated[int, BeforeValidator(_version), WithJsonSchema({"const": 1})]


class Head(Frozen):
    """Everything of a rule file that has no names of its own."""

    fidelity: Version | None = Field(None, description="The version of the format: 1.")
    name: Text = Field("", description="The district.")
    timezone: Text | None = Field(None, description="Of timestamps that carry none: America/Detroit.")
    year: Text | None = Field(None, description="Part of each finding's identity: 2025-26.")
    period: Period | None = Field(None, description="The dates that are judged.")
    as_of: Text | None = Field(None, description="The clock of an example that stands still.")
    roster: RosterFiles | None = Field(None, description="Who is expected.")
    calendar: Any = Field(None, description="Which days count: files, or the short form.")
    owners: ReadSaid | None = Field(None, description="role, school, name, address")
    complete: ReadSaid | None = Field(None, description="source, school, through: nothing is missing up to this day.")
    waivers: ReadSaid | None = Field(None, description="What is excused.")
    decisions: Text | None = Field(None, description="What people said; the command line appends to it.")
    plugins: Folders = Field((), description="Folders or installed distributions that this file may load.")
    roots: Folders = Field((), description="Folders that files may lie under; without it the parent folder.")
    privacy: Privacy = Field(Privacy(), description="What may be said about people.")


REQUIRED = ("fidelity", "timezone", "period", "rules")
NAMED = ("evidence", "events", "outcomes", "defaults", "rules", "notify")
"""The sections beside the head."""
