"""The shapes of the answers, for the OpenAPI description; they follow the output columns of chapter 7."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from fidelity_engine.model.finding import Finding
from fidelity_engine.stages.emit.rows import PUBLIC

_DATES = ("window_start", "window_end", "closes_on", "due")
_NUMBERS = ("low", "high", "value", "numerator", "denominator")
_WHOLE = ("days", "events")
Number = int | float | str | None
"""A number of more digits than a double holds is text."""


def _verdict_type(column: str) -> Any:
    if column in _DATES:
        return date | None
    if column in _NUMBERS:
        return Number
    return int | None if column in _WHOLE else str | None


def _finding_type(hint: Any) -> Any:
    return Number if hint == Decimal | None else hint


_HINTS = get_type_hints(Finding)
_OF_FINDING: dict[str, Any] = {one.name: (_finding_type(_HINTS[one.name]), ...) for one in fields(Finding)}
_OF_VERDICT: dict[str, Any] = {column: (_verdict_type(column), ...) for column in PUBLIC}
OneFinding: Any = create_model("Finding", **_OF_FINDING)
OneVerdict: Any = create_model("Verdict", **_OF_VERDICT)


class Findings(BaseModel):
    """A page of findings; `count`: how many there are in all."""

    as_of: datetime
    run_id: str
    count: int
    findings: list[OneFinding]


class Verdicts(BaseModel):
    """A page of cells, ordered by rule, subject kind, subject and window; `count`: how many there are in all."""

    as_of: datetime
    run_id: str
    count: int
    verdicts: list[OneVerdict]


class Explanation(BaseModel):
    """Why a finding or a cell is what it is, in lines of text."""

    text: str


class OneRule(BaseModel):
    """A rule, in short."""

    id: str
    title: str
    why: str | None
    practice: str | None
    dimension: str | None
    mode: str


class Health(BaseModel):
    """`ok` is false where the newest evaluation could not be made or is incomplete; `causes` says why."""

    ok: bool
    as_of: datetime
    run_id: str
    causes: list[str]


class Mistake(BaseModel):
    """What is wrong, and what would mend it."""

    detail: str


class Said(BaseModel):
    """A decision of a person's, as a line of the decisions file."""

    about: str = Field(min_length=1, max_length=200, description="A finding's or an adjustment's id.")
    action: str = Field(description="accept, decline, done, note, dispute, attest or release.")
    who: str = Field(min_length=1, max_length=200, description="Who decided.")
    value: str = Field("", max_length=200, description="What the action needs, such as a date.")
    note: str = Field("", max_length=2000, description="A sentence for others.")
