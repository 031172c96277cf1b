"""The rule file as frozen values: what chapter 2 of the specification allows, and nothing else.

Mappings that a plugin defines (the parameters of a measure) arrive as that plugin's own model.
"""

from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from fidelity_engine.model.blocks import Each, EachSaid, Frozen, Link, Over, SubjectKind
from fidelity_engine.model.calendar import FileCalendar, ShortCalendar
from fidelity_engine.model.shapes import MOST, counted, counted_schema, days_or_number, one_or_several, shape
from fidelity_engine.model.source import ColumnSpec, Coverage, ReadSpec, RosterFiles, SilentAfter, SourceSpec
from fidelity_engine.model.values import TEXT, Count, Day, Flag, Number, Positive, Text, Texts, text, wrong

Severity = Literal["low", "medium", "high", "critical"]
Dimension = Literal["adherence", "dosage", "quality", "responsiveness", "differentiation", "reach"]
Direction = Literal["at_least", "at_most", "between", "reference"]

DaysSaid = Annotated[int, *shape(counted("instructional_days", 0), counted_schema("instructional_days", 0))]
WindowsSaid = Annotated[int, *shape(counted("windows", 1), counted_schema("windows", 1))]
WarnSaid = Annotated[
    int,
    *shape(days_or_number, {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST}, counted_schema("instructional_days", 0)]}),
]


class Period(Frozen):
    """The dates that are judged, both included."""

    start: Day = Field(alias="from", description="The first date that is judged.")
    end: Day = Field(alias="until", description="The last date that is judged.")


class Privacy(Frozen):
    """What may be said about people."""

    person_level: Flag = Field(False, description="Allow rules of staff, whose output names people.")
    min_n: Positive = Field(10, description="Means of fewer values are suppressed.")


class Selection(Frozen):
    """A named kind of event: what counts as collaboration."""

    type: Text = Field(description="The event type that it selects from.")
    where: Any = Field(None, description="Which of them.")                  # where.Node after reading


class Outcome(Frozen):
    """What depends on practices, and what in turn depends on it."""

    leads_to: Texts = Field((), description="Outcomes that depend on this one.")
    title: Text | None = Field(None, description="How a report calls it.")


# --- the blocks of a rule -------------------------------------------------------------------------------------------


class Expect(Frozen):
    """Of whom something is expected, and in which windows."""

    of: SubjectKind = Field(description="What is judged.")
    where: Any = Field(None, description="Which of them.")                  # where.Node after reading
    each: EachSaid = Field(description="The windows: day, week, {weeks: N}, month, term or school_year.")
    start: Day | None = Field(None, alias="from", description="Only windows that begin on this date or later.")
    end: Day | None = Field(None, alias="until", description="Only windows that begin on this date or earlier.")
    starts_after: DaysSaid = Field(0, description="The first active days of a subject that are not counted.")
    prorate: Flag = Field(True, description="Scale the target in short weeks.")
    skip_below: DaysSaid = Field(1, description="Fewer counted days: not applicable. Default by window.")


class Measure(Frozen):
    """A measure's kind with its parameters, already validated by the kind's own model."""

    kind: str
    parameters: Any              # an instance of the kind's parameter model; a dict where the kind is missing


class DatedValue(Frozen):
    """A target value, and the first date it holds on (None: from the beginning). `between` has two."""

    since: date | None = Field(None, alias="from")
    value: Decimal | tuple[Decimal, Decimal]


class Reference(Frozen):
    """A value shown beside the measured one, never judged."""

    value: Number = Field(description="The number that is shown.")
    basis: Text | None = Field(None, description="Where it comes from.")


class Judge(Frozen):
    """The target, and when a cell counts as over."""

    direction: Direction
    targets: tuple[DatedValue, ...] = ()      # in order of date
    reference: Reference | None = None
    levels: dict[str, Decimal] = Field(default_factory=dict)
    all_but: int = 0
    grace: int = 0               # instructional days
    warn: int | None = None      # instructional days; None: a quarter of the cell's days
    if_none: Literal["not_applicable", "missed"] = "not_applicable"
    if_unknown: Literal["no_data", "missed"] = "no_data"


class Escalation(Frozen):
    """A severity that a finding reaches after so many missed windows."""

    after: WindowsSaid = Field(description="So many missed windows.")
    to: Severity = Field(description="The severity from then on.")


Steps = Annotated[
    tuple[Escalation, ...], BeforeValidator(one_or_several, json_schema_input_type=Escalation | list[Escalation])
]


MESSAGE = ("subject", "school", "title", "noun", "value", "required", "window", "windows_missed", "since")
"""What a message may name in braces."""


def _message(raw: Any) -> str:
    """A template; braces hold one of the words of MESSAGE and nothing else."""
    written, mend = text(raw), f"In braces stand {', '.join(MESSAGE)}; a brace itself is written twice."
    try:
        named = [part[1:] for part in Formatter().parse(written) if part[1] is not None]
    except ValueError:
        raise wrong("a brace of this message is not closed, or not opened", mend) from None
    for name, form, conversion in named:
        if name not in MESSAGE:
            raise wrong(f"a message knows no `{{{name}}}`", mend, word=name, words=MESSAGE)
        if form or conversion:
            raise wrong(f"`{name}` stands with more in its braces", f"Write {{{name}}}.")
    return written


Message = Annotated[str, BeforeValidator(_message), WithJsonSchema({**TEXT, "pattern": "^([^{}]|\\{\\{|\\}\\}|\\{(" + "|".join(MESSAGE) + ")\\})*$"})]


class Emit(Frozen):
    """When cells become a finding, and whose it is."""

    owner: Text = Field("improvement-lead", description="A role, resolved per school by the owners file.")
    severity: Severity = Field("medium", description="How much it matters.")
    escalate: Steps = Field((), description="Steps to a higher severity.")
    fires_after: WindowsSaid = Field(1, description="So many missed windows in a row open a finding.")
    clears_after: WindowsSaid = Field(1, description="So many met windows in a row resolve it.")
    act_within: DaysSaid = Field(10, description="The finding's due date.")
    message: Message | None = Field(None, description="A template in place of the kind's own sentence, such as: {subject} met {value} times.")

    def severity_after(self, windows_missed: int) -> Severity:
        """The severity, raised by each step of `escalate` that is reached."""
        found = self.severity
        for step in self.escalate:
            if windows_missed >= step.after:
                found = step.to
        return found


class Basis(Frozen):
    """Where a threshold comes from; other keys are kept as text."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    claim: Text | None = Field(None, description="What is claimed.")
    citation: Text | None = Field(None, description="Where it stands.")


class When(Frozen):
    """What a finding must be for a proposal to be made."""

    severity: Severity | None = Field(None, description="At least this severe.")
    level: Text | None = Field(None, description="On this rung of the ladder.")
    windows: Positive | None = Field(None, description="After so many missed windows.")


class DoneWhen(Frozen):
    """The event that would show that an adjustment was carried out."""

    event: Text = Field(description="A selection of `events:`, or an event type.")
    where: Any = Field(None, description="Which of them.")                  # where.Node after reading


class ExpectEffect(Frozen):
    """What an adjustment should bring about."""

    rule: Text | None = Field(None, description="The rule whose cells show it; without it this one.")
    verdict: Literal["met"] | None = Field(None, description="The verdict that is expected.")
    level: Text | None = Field(None, description="The level that is expected.")
    within: WindowsSaid = Field(1, description="Within so many closed windows.")


class Proposal(Frozen):
    """One entry of `adjust:`: what could be tried."""

    propose: Text = Field(description="What could be tried, as a sentence.")
    when: When | None = Field(None, description="What a finding must be for this to be proposed.")
    due: DaysSaid | None = Field(None, description="By when it should be carried out.")
    done_when: DoneWhen | None = Field(None, description="The event that would show that it was carried out.")
    expect_effect: ExpectEffect | None = Field(None, description="What it should bring about.")


class Rule(Frozen):
    """One expectation."""

    id: str
    title: str
    why: str | None = None
    basis: Basis | None = None
    practice: str | None = None
    dimension: Dimension | None = None
    puts_at_risk: tuple[str, ...] = ()
    expect: Expect
    measure: Measure
    judge: Judge
    emit: Emit = Emit()
    adjust: tuple[Proposal, ...] = ()
    mode: Literal["active", "trial", "off"] = "active"
    tags: tuple[str, ...] = ()
    line: int | None = None
    place: tuple[str | int, ...] = ()          # key path in the rule file


class Notice(Frozen):
    """One way to tell people or programs what changed; `parameters`: the model of its kind, None where nobody knows the kind."""

    kind: Text = Field(description="email, webhook, apprise, or a plugin's.")
    parameters: Any = None


class RuleSet(Frozen):
    """One rule file, checked. Paths inside stay as written; `root` is the folder they are relative to."""

    path: str = ""
    root: str = "."              # the rule file's folder, absolute
    roots: tuple[str, ...]       # absolute folders that files may lie under (default: parent of root, and root)
    fidelity: int = 1
    name: str = ""
    timezone: str
    year: str
    period: Period
    as_of: str | None = None     # as written: a date or a timestamp
    roster: RosterFiles | None = None          # None only where rows are given in its place
    calendar: FileCalendar | ShortCalendar | None = None
    owners: ReadSpec | None = None
    complete: ReadSpec | None = None
    waivers: ReadSpec | None = None
    decisions: str | None = None
    plugins: tuple[str, ...] = ()
    privacy: Privacy = Privacy()
    evidence: dict[str, SourceSpec]
    events: dict[str, Selection] = Field(default_factory=dict)
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    rules: tuple[Rule, ...]
    notify: dict[str, Notice] = Field(default_factory=dict)
    text_hash: str = ""          # SHA-256 of the file's text: the rule-set hash
    document: Any = Field(None, repr=False, exclude=True)
    """The text with its places: `document.mistake(path, message, mend, rule)` for what shows only later."""


__all__ = [
    "Basis", "ColumnSpec", "Count", "Coverage", "DatedValue", "Dimension", "Direction", "DoneWhen", "Each", "Emit",
    "Escalation", "Expect", "ExpectEffect", "FileCalendar", "Frozen", "Judge", "Link", "Measure", "Outcome", "Over",
    "Period", "Privacy", "Proposal", "ReadSpec", "Reference", "RosterFiles", "Rule", "RuleSet", "Selection", "Severity",
    "ShortCalendar", "SilentAfter", "SourceSpec", "SubjectKind", "When",
]
