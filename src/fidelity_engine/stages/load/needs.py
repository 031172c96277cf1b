"""What the rules want to know of events: which types, which fields, and whether it matters who took part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.where import Node, fields, leaves

PEOPLE = frozenset({"participants", "roles"})
GRADES = frozenset({"grades", "grade_count"})


class Use(NamedTuple):
    """A filter, or a field by its name, that a rule (or a selection) puts on events of a type."""

    type: str
    rule: str
    node: Node | None = None
    field: str | None = None
    path: tuple[str | int, ...] = ()
    numeric: bool = False


@dataclass(eq=False, repr=False)
class Needs:
    """`uses` in the order of the file; `fields` and `people` by event type; `types` are those that a rule wants."""

    uses: list[Use] = field(default_factory=list)
    types: dict[str, None] = field(default_factory=dict)
    fields: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    people: set[str] = field(default_factory=set)

    def add(self, use: Use) -> None:
        """One more use."""
        self.uses.append(use)
        self.types.setdefault(use.type)
        self.fields[use.type] |= (fields(use.node) if use.node is not None else set()) | ({use.field} if use.field else set())

    @property
    def wants_grades(self) -> bool:
        """Whether it matters for any type which grades events are of."""
        return any(self.fields[kind] & GRADES for kind in self.types)

    def wants_people(self, kind: str) -> bool:
        """Whether the participants of these events must be found on the roster."""
        return kind in self.people or bool(self.fields[kind] & (PEOPLE | GRADES))

    def roles_asked(self, kinds: Collection[str]) -> frozenset[str] | None:
        """The roles that filters on events of these types name; None where the roles are asked for in another way too."""
        uses = [use for use in self.uses if use.type in kinds]
        if any(use.field == "roles" for use in uses):
            return None
        asked = [leaf for use in uses if use.node is not None for leaf in leaves(use.node) if leaf.field == "roles" and leaf.op != "present"]
        return frozenset(str(role) for leaf in asked for role in (leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)))

    def wants_roles_only(self, kind: str) -> bool:
        """Whether it matters which roles took part, and not who."""
        return kind not in self.people and self.fields[kind] & (PEOPLE | GRADES) == {"roles"}


def needs_of(ruleset: RuleSet, rules: Iterable[Rule], kinds: Mapping[str, MeasureKind] | None = None) -> Needs:
    """What these rules need, their selections and adjustments included."""
    found = Needs()
    for rule in rules:
        for use in _uses(ruleset, rule):
            found.add(use)
        for kind in measured_types(ruleset, rule):
            for name in _declared(rule, kinds or {}):
                found.add(Use(kind, rule.id, field=name, path=(*rule.place, "measure", "kind")))
            if _wants_people(rule):
                found.people.add(kind)
            if rule.expect.of == "grade":
                found.fields[kind].add("grades")
    return found


def choices(rule: Rule) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    """The parts of a rule that choose events, with their key paths: the measure, its trigger and answer, `done_when`."""
    p = rule.measure.parameters
    here = (*rule.place, "measure")
    parts = [(p, here), *((getattr(p, role, None), (*here, role)) for role in ("after", "answer"))]
    parts += [(step.done_when, (*rule.place, "adjust", index, "done_when")) for index, step in enumerate(rule.adjust)]
    yield from ((part, path) for part, path in parts if isinstance(getattr(part, "event", None), str))


def type_of(ruleset: RuleSet, event: str) -> str:
    """The event type that a selection, or a bare type, means."""
    return ruleset.events[event].type if event in ruleset.events else event


def _uses(ruleset: RuleSet, rule: Rule) -> Iterator[Use]:
    for part, path in choices(rule):
        kind = type_of(ruleset, part.event)
        yield Use(kind, rule.id, path=(*path, "event"))
        if part.event in ruleset.events and ruleset.events[part.event].where is not None:
            yield Use(kind, "", ruleset.events[part.event].where)
        for name in ("where", "having"):
            if isinstance(getattr(part, name, None), Node):
                yield Use(kind, rule.id, getattr(part, name))
        for name in ("distinct", "field", "link", "match", *getattr(part, "NAMES_FIELDS", ())):
            for word, where in _words(part, name, path):
                yield Use(kind, rule.id, field=word, path=where, numeric=name in ("field", "items"))
    yield from _matched(ruleset, rule)


def _matched(ruleset: RuleSet, rule: Rule) -> Iterator[Use]:
    """`match` of a response: fields of both the trigger and the answer."""
    p = rule.measure.parameters
    for role in ("after", "answer") if getattr(p, "match", None) else ():
        kind = type_of(ruleset, getattr(p, role).event)
        yield from (Use(kind, rule.id, field=word, path=path) for word, path in _words(p, "match", (*rule.place, "measure")))


def _words(part: Any, name: str, path: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    said = getattr(part, name, None)
    if isinstance(said, str):
        yield said, (*path, name)
    elif isinstance(said, tuple):
        yield from ((word, (*path, name, index)) for index, word in enumerate(said) if isinstance(word, str))


def measured_types(ruleset: RuleSet, rule: Rule) -> list[str]:
    """The event types that a rule's measure looks at; none where it reads other rules."""
    return list(dict.fromkeys(type_of(ruleset, part.event) for part, path in choices(rule) if "adjust" not in path))


def _declared(rule: Rule, kinds: Mapping[str, MeasureKind]) -> tuple[str, ...]:
    return tuple(kinds[rule.measure.kind].fields) if rule.measure.kind in kinds else ()


def _wants_people(rule: Rule) -> bool:
    link = getattr(rule.measure.parameters, "link", None)
    by_participants = getattr(link, "by", "subject") == "participants"
    return by_participants or rule.expect.of == "staff" or getattr(rule.measure.parameters, "per", None) in ("person", "event")
