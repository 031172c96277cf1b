"""The rule book as plain values: what each rule says in one sentence, where its number comes from, what follows."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fidelity_engine.model.rule import Coverage, Rule, RuleSet
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.plugin.words import Words, counted, filtered, listed, plural, spoken

OTHERS = "Other rules"
_MODES = {"trial": "On trial: it is shown, and opens no finding.", "off": "Switched off."}
_COVERED = "every day counts as known"


@dataclass(frozen=True)
class Entry:
    """One rule: its sentence, its basis, and what else one should know before signing it."""

    id: str
    title: str
    sentence: str
    basis: str
    why: str
    details: Sequence[str]
    mode: str = "active"


@dataclass(frozen=True)
class Chapter:
    """The rules of one practice."""

    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Book:
    """The whole rule book. `definitions`: what counts as what; `sources`: where evidence comes from."""

    title: str
    year: str
    period: str
    chapters: Sequence[Chapter]
    definitions: Sequence[tuple[str, str]]
    sources: Sequence[tuple[str, str]]
    text_hash: str

    @property
    def edition(self) -> str:
        """What tells one wording of the rules from another."""
        return self.text_hash[:12]


def book_of(ruleset: RuleSet, kinds: Mapping[str, MeasureKind], only: Sequence[str] = ()) -> Book:
    """The rule book of a rule file; `only`: these rules."""
    chapters: dict[str, list[Entry]] = {}
    for rule in ruleset.rules:
        if not only or rule.id in only:
            chapters.setdefault(_heading(rule.practice), []).append(entry_of(ruleset, rule, kinds))
    return Book(
        ruleset.name or "Rules", ruleset.year, f"{spoken(ruleset.period.start)} to {spoken(ruleset.period.end)}",
        [Chapter(title, entries) for title, entries in chapters.items()],
        [] if only else [(name.replace("_", " "), _definition(ruleset, name)) for name in ruleset.events],
        [] if only else [(name, _source(name, ruleset)) for name in ruleset.evidence], ruleset.text_hash,
    )  # fmt: skip


def _heading(practice: str | None) -> str:
    return practice.replace("-", " ").replace("_", " ").capitalize() if practice else OTHERS


def entry_of(ruleset: RuleSet, rule: Rule, kinds: Mapping[str, MeasureKind]) -> Entry:
    """One rule of the book."""
    said = rule.basis.model_dump(exclude_none=True) if rule.basis else {}
    basis = "; ".join(str(value) for value in said.values())
    details = list(_details(rule, _words(ruleset, rule, kinds)))
    return Entry(rule.id, rule.title, sentence_of(ruleset, rule, kinds), basis, rule.why or "", details, rule.mode)


def sentence_of(ruleset: RuleSet, rule: Rule, kinds: Mapping[str, MeasureKind]) -> str:
    """The rule as one sentence, by its kind; of a kind that has none, by its documentation."""
    kind, words = kinds.get(rule.measure.kind), _words(ruleset, rule, kinds)
    said = kind.sentence(words) if kind and kind.sentence else _plain(words, kind)
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."


def _words(ruleset: RuleSet, rule: Rule, kinds: Mapping[str, MeasureKind]) -> Words:
    kind = kinds.get(rule.measure.kind)
    return Words(rule, ruleset.events, {one.id: one.title for one in ruleset.rules}, kind.unit if kind else "")


def _plain(words: Words, kind: MeasureKind | None) -> str:
    """The sentence of a plugin's kind that renders none itself."""
    first = inspect.cleandoc(kind.doc).partition("\n")[0].rstrip(".") if kind else ""
    told = f" ({first[:1].lower()}{first[1:]})" if first else ""
    return f"{words.when}, the {words.rule.measure.kind.replace('-', ' ')}{told} of {words.subject} is {words.target()}"


# --- what else one should know ------------------------------------------------------------------------------------------


def _details(rule: Rule, words: Words) -> Iterator[str]:
    yield from _exceptions(rule)
    judge, emit = rule.judge, rule.emit
    if judge.levels:
        order = "up to" if judge.direction == "at_most" else "from"
        levels = [f"{name.replace('_', ' ')} {order} {words.written(value)}" for name, value in judge.levels.items()]
        yield f"Levels: {', '.join(levels)}."
    if judge.direction != "reference":
        grace = f"{counted(judge.grace, 'school day')} after the last school day of the window" if judge.grace else "when the window is over"
        yield f"Judged {grace}; where nobody could know, nothing is said."
        yield from _finding(rule) if rule.mode == "active" else ()
    if rule.mode in _MODES:
        yield _MODES[rule.mode]
    if rule.puts_at_risk:
        yield f"At risk where it does not happen: {listed(one.replace('-', ' ') for one in rule.puts_at_risk)}."
    for step in rule.adjust:
        when = f", after {counted(step.when.windows, 'missed window')}" if step.when and step.when.windows else ""
        yield f"What could be tried{when}: {step.propose.rstrip('.')}."
    if emit.message:
        yield f"Message: {emit.message}"


def _exceptions(rule: Rule) -> Iterator[str]:
    expect = rule.expect
    if expect.starts_after:
        yield f"The first {counted(expect.starts_after, 'school day')} of a {expect.of} in the period do not count."
    if expect.start and expect.end:
        yield f"Only windows that begin from {spoken(expect.start)} to {spoken(expect.end)}."
    elif expect.start or expect.end:
        yield f"Only windows that begin {'from' if expect.start else 'up to'} {spoken(expect.start or expect.end)}{' on' if expect.start else ''}."  # type: ignore[arg-type]
    if not expect.prorate:
        yield "Short weeks owe as much as whole ones."
    if expect.skip_below > 1:
        yield f"Windows of fewer than {expect.skip_below} school days are left out."
    if rule.judge.if_none == "missed":
        yield "Where there is nothing to measure, it counts as missed."
    if rule.judge.if_unknown == "missed":
        yield "Where fields that nobody filled in decide, it counts as missed."


def _finding(rule: Rule) -> Iterator[str]:
    emit = rule.emit
    after = "the first missed window" if emit.fires_after == 1 else f"{emit.fires_after} missed windows in a row"
    steps = "".join(f", {step.to} after {counted(step.after, 'window')}" for step in emit.escalate)
    days = f", to be acted on within {counted(emit.act_within, 'school day')}" if emit.act_within else ""
    yield f"After {after} the {emit.owner.replace('-', ' ')} is told (severity {emit.severity}{steps}){days}."


# --- definitions and sources --------------------------------------------------------------------------------------------


def _definition(ruleset: RuleSet, name: str) -> str:
    selection = ruleset.events[name]
    details = f" with {filtered(selection.where)}" if selection.where is not None else ""
    return f"{plural(selection.type)}{details}"


def _source(name: str, ruleset: RuleSet) -> str:
    spec = ruleset.evidence[name]
    return f"{listed(plural(kind) for kind in spec.delivers)}; {_coverage(spec.coverage)}"


def _coverage(coverage: Coverage) -> str:
    if coverage.silent_after:
        where = "of a school" if coverage.per == "school" else "at all"
        return f"silent after {counted(coverage.silent_after.instructional_days, 'school day')} without a record {where}"
    if coverage.with_:
        return f"alive when {coverage.with_} is"
    if coverage.through is not None:
        last = "its last record" if coverage.through == "last_record" else spoken(coverage.through)  # type: ignore[arg-type]
        return f"complete up to {last}"
    return _COVERED


__all__ = ["Book", "Chapter", "Entry", "book_of", "entry_of", "sentence_of"]
