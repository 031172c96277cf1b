"""Values that measures and rules share: windows, stretches, links, and how the rule file writes them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict

from fidelity_engine.model.shapes import MOST, Schema, at_least, inside, one_key, shape
from fidelity_engine.model.values import DAY, day, number, shown, wrong

SubjectKind = Literal["team", "grade", "school", "staff", "district"]
EACH = ("day", "week", "month", "term", "school_year")


class Frozen(BaseModel):
    """Base of every value of the rule file: unknown keys refused, no change after reading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True, defer_build=True
    )


class Each(Frozen):
    """The windows of a rule; `weeks` is N for {weeks: N} (and 1 for week)."""

    unit: Literal["day", "week", "weeks", "month", "term", "school_year"]
    weeks: int = 1


class Over(Frozen):
    """The stretch of dates that a cell looks at."""

    kind: Literal["window", "period", "from", "weeks"] = "window"
    start: date | None = None
    weeks: int | None = None


class Link(Frozen):
    """How an event reaches a subject: by the field of its kind, or by participants (share: at least that share)."""

    by: Literal["subject", "participants"] = "subject"
    share: Decimal | None = None


def _each(raw: Any) -> Each:
    mend = f"Write one of {', '.join(EACH)}, or {{weeks: 2}}."
    if isinstance(raw, dict):
        _, value = one_key(raw, ("weeks",), mend, "{weeks: N}")
        return Each(unit="weeks", weeks=inside("weeks", at_least(1), value))
    return Each(unit=_word(raw, EACH, mend))


def _over(raw: Any) -> Over:
    mend = "Write window, period, {from: 2025-07-01} or {weeks: 4}."
    if not isinstance(raw, dict):
        return Over(kind=_word(raw, ("window", "period"), mend))
    key, value = one_key(raw, ("from", "weeks"), mend, "a stretch")
    if key == "from":
        return Over(kind="from", start=inside(key, day, value))
    return Over(kind="weeks", weeks=inside(key, at_least(1), value))


def _link(raw: Any) -> Link:
    mend = "Write participants or {participants: 0.5}, or leave `link` out."
    if not isinstance(raw, dict):
        return Link(by=_word(raw, ("participants",), mend))
    _, value = one_key(raw, ("participants",), mend, "a link")
    return Link(by="participants", share=inside("participants", _part, value))


def _part(raw: Any) -> Decimal:
    found = number(raw)
    if not 0 < found <= 1:
        raise wrong(f"{found} is no share of the members", "Write a number above 0, up to 1.")
    return found


def _word(raw: Any, words: tuple[str, ...], mend: str) -> str:
    if raw in words:
        return str(raw)
    raise wrong(f"{shown(raw)} is not known here", mend, word=raw, words=words)


def _weeks() -> Schema:
    weeks = {"weeks": {"type": "integer", "minimum": 1, "maximum": MOST}}
    return {"type": "object", "properties": weeks, "required": ["weeks"], "additionalProperties": False}


_SINCE = {"type": "object", "properties": {"from": DAY}, "required": ["from"], "additionalProperties": False}
_SHARE = {"participants": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}
_LINKED = {"type": "object", "properties": _SHARE, "required": ["participants"], "additionalProperties": False}

EachSaid = Annotated[Each, *shape(_each, {"anyOf": [{"enum": list(EACH)}, _weeks()]})]
OverSaid = Annotated[Over, *shape(_over, {"anyOf": [{"enum": ["window", "period"]}, _SINCE, _weeks()]})]
LinkSaid = Annotated[Link, *shape(_link, {"anyOf": [{"enum": ["participants"]}, _LINKED]})]
