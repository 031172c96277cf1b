"""The parameters of the shipped measures: the keys of `measure:` besides `kind`, and what measures share."""

from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from fidelity_engine.model.blocks import Frozen, LinkSaid, Over, OverSaid
from fidelity_engine.model.shapes import at_least, counted_schema, inside, one_key, shape
from fidelity_engine.model.values import TEXT, Flag, Positive, Rate, Text, Texts, listed, schema, wrong

DayUnit = Literal["instructional_days", "days"]
UNITS = ("instructional_days", "days")
Status = Literal["held", "planned", "cancelled"]
_STATUS = {"enum": list(get_args(Status))}


def _statuses(raw: Any) -> Any:
    if raw == [] or raw == ():
        raise wrong("the list is empty", f"Write {', '.join(get_args(Status))}, or leave `status` out.")
    return listed(raw)


Statuses = Annotated[
    tuple[Status, ...],
    BeforeValidator(_statuses),
    schema(anyOf=[{"type": "array", "items": _STATUS, "minItems": 1}, _STATUS]),
]


def _no_over(raw: Any) -> Over:
    raise wrong("recency has a stretch of its own, back to the period's first day", "Remove `over`.", key=True)


NoOver = Annotated[Over, *shape(_no_over, {"not": {}})]


class Parameters(Frozen):
    """Base of every measure's parameters (the keys of `measure:` besides `kind`)."""


class EventParameters(Parameters):
    """What every measure over events understands. `event`: a selection of `events:` or an event type."""

    event: Text = Field(description="A selection of `events:`, or an event type.")
    where: Any = Field(None, description="Which of the events match.")                      # where.Node after reading
    status: Statuses = Field(("held",), description="Statuses that count: held, planned, cancelled.")
    link: LinkSaid | None = Field(None, description="How an event reaches a subject; without it the field of its kind.")
    over: OverSaid = Field(Over(), description="The stretch of dates that a cell looks at.")


class CountParameters(EventParameters):
    """`count`: matching events, or different values of `distinct`."""

    distinct: Texts = Field((), description="Count different values (combinations) of these fields.")


class TotalParameters(EventParameters):
    """`total`: the sum of a numeric field."""

    field: Text = Field(description="The numeric field that is summed.")


class ShareParameters(EventParameters):
    """`share`: the share of matching events, or of their weight, for which `having` holds."""

    having: Any = Field(description="What must hold of an event.")  # where.Node after reading
    field: Text | None = Field(None, description="Weigh events by this numeric field.")
    min_events: Positive | None = Field(None, description="Fewer matching events: not applicable, too few.")


class ParticipationParameters(EventParameters):
    """`participation`: who of those expected took part, per person, per event or per answer."""

    per: Literal["person", "event", "answer"] = Field(description="What is counted: people, places at events, answers.")
    at_least_events: Positive = Field(1, description="In so many events a person must have taken part.")
    roles: Texts = Field((), description="Only people who hold one of these roles.")
    min_events: Positive | None = Field(None, description="Fewer matching events: not applicable, too few.")


class RecencyParameters(EventParameters):
    """`recency`: days since the last matching event, up to the window's close."""

    unit: DayUnit = Field("instructional_days", description="Which days are counted.")

    over: NoOver = Field(Over(), description="Recency looks back to the period's first day.")


class GapParameters(EventParameters):
    """`gap`: the longest stretch of days without a matching event, edges included."""

    unit: DayUnit = Field("instructional_days", description="Which days are counted.")


class MeanParameters(EventParameters):
    """`mean`: the mean of a numeric field, suppressed below `min_n` values."""

    field: Text = Field(description="The numeric field whose mean it is.")
    min_n: Positive | None = Field(None, description="Fewer values: suppressed. Without it `privacy.min_n`.")


class EventChoice(Frozen):
    """Which events: a selection or type, and a filter."""

    event: Text = Field(description="A selection of `events:`, or an event type.")
    where: Any = Field(None, description="Which of them.")          # where.Node after reading


class Answer(EventChoice):
    """The events that answer; `link`: the answer's field that holds the id of its trigger."""

    link: Text | None = Field(None, description="The answer's field that holds the trigger's id.")


class Within(Frozen):
    """The time allowed for an answer."""

    number: int
    unit: DayUnit


def _within(raw: Any) -> Within:
    unit, value = one_key(raw, UNITS, "Write {instructional_days: 5} or {days: 7}.", "a number of days")
    return Within(number=inside(unit, at_least(0), value), unit=unit)


WithinSaid = Annotated[Within, *shape(_within, {"anyOf": [counted_schema(unit, 0) for unit in UNITS]})]


class ResponseParameters(Parameters):
    """`response`: the share of triggers that were answered in time."""

    after: EventChoice = Field(description="The events that ask for an answer.")
    answer: Answer = Field(description="The events that answer.")
    match: Texts = Field((), description="Fields in which trigger and answer agree.")
    within: WithinSaid = Field(description="On the same date or within so many days.")
    status: Statuses = Field(("held",), description="Statuses that count: held, planned, cancelled.")
    link: LinkSaid | None = Field(None, description="How an event reaches a subject; without it the field of its kind.")

    @property
    def within_days(self) -> int:
        """How many days an answer may take."""
        return self.within.number

    @property
    def within_unit(self) -> DayUnit:
        """Which days those are."""
        return self.within.unit


class RollupParameters(Parameters):
    """`rollup`: how the cells of another rule below this subject went."""

    rule: Text = Field(description="The id of the rule whose cells are read.")
    share_of: Literal["cells", "subjects"] = Field("cells", description="Share of met cells, or of subjects.")
    each_at_least: Rate = Field(Decimal(1), description="The rate a subject must reach to count.")


class SignalParameters(Parameters):
    """`signal`: whether a test says that the series of another rule shifted for the worse."""

    rule: Text = Field(description="The id of the rule whose closed cells are the series.")
    test: Literal["anhoej", "xmr", "p"] = Field("anhoej", description="Run chart, individuals chart, or chart of shares.")
    of: Literal["value", "rate"] | None = Field(
        None, description="The values of the subject's own cells, or the rate of met cells; by default `rate` for the cells below a subject."
    )
    screening: Flag = Field(False, description="xmr: leave out moving ranges beyond their own limit, once.")


RulesSaid = Annotated[tuple[Text, ...], BeforeValidator(listed), schema(anyOf=[{"type": "array", "items": TEXT}, TEXT])]


class Rung(Frozen):
    """One rung of a ladder: its name, and the rules that must be met to stand on it."""

    level: Text = Field(description="The name of the rung.")
    rules: RulesSaid = Field((), description="Ids of the rules that must be met; none: whoever is judged at all.")


class LadderParameters(Parameters):
    """`ladder`: the best rung all of whose rules are met."""

    rungs: tuple[Rung, ...] = Field(
        description="The rungs, best first, each with its level and its rules.", json_schema_extra={"contains": {"required": ["rules"]}}
    )

    @property
    def levels(self) -> dict[str, Decimal]:
        """The level of each position, best first; the lowest rung is 1."""
        return {rung.level: Decimal(len(self.rungs) - index) for index, rung in enumerate(self.rungs)}

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules that a rung names, once each."""
        return tuple(dict.fromkeys(rule for rung in self.rungs for rule in rung.rules))


__all__ = [
    "Answer", "CountParameters", "DayUnit", "EventChoice", "EventParameters", "GapParameters", "LadderParameters",
    "MeanParameters", "Parameters", "ParticipationParameters", "RecencyParameters", "ResponseParameters", "RollupParameters",
    "Rung", "ShareParameters", "SignalParameters", "TotalParameters", "Within",
]
