"""The words that a measure's sentence is made of: of whom, when, which events, and the target.

A kind's `sentence` is a function of Words; it gives one sentence without its full stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from fidelity_engine.model.rule import DatedValue, Rule, Selection
from fidelity_engine.where import All, Any_, Leaf, Node, None_

_SUBJECTS = {"team": "each team", "grade": "each grade", "school": "each school", "staff": "each member of staff", "district": "the district"}
_WHEN = {"day": "On each school day", "week": "In each week", "month": "In each month", "term": "In each term", "school_year": "In the school year"}
_BOUNDS = {"at_least": "at least", "at_most": "at most"}
_OPERATORS = {
    "eq": "{f} {v}", "ne": "{f} other than {v}", "gt": "{f} more than {v}", "gte": "{f} at least {v}", "lt": "{f} less than {v}",
    "lte": "{f} at most {v}", "in": "{f} {any}", "not_in": "{f} other than {any}", "contains": "{f} with {v}",
    "any_of": "{f} {any}", "all_of": "{f} both {all}", "none_of": "{f} without {any}", "matches": "{f} of the form {v}",
}  # fmt: skip
_DERIVED = {"in_school_day": "inside the school day"}
_NO_NOUN = re.compile(r"(\w{3}ed|used|ready|s)$")


class Words(NamedTuple):
    """The words of one rule. `titles`: rule id → title, for rules that read others."""

    rule: Rule
    selections: Mapping[str, Selection]
    titles: Mapping[str, str]
    unit: str

    @property
    def parameters(self) -> Any:
        """The measure's parameters."""
        return self.rule.measure.parameters

    @property
    def subject(self) -> str:
        """`each team with kind grade-level or department`."""
        where = self.rule.expect.where
        return _SUBJECTS[self.rule.expect.of] + (f" with {filtered(where)}" if where is not None else "")

    @property
    def when(self) -> str:
        """`In each week`, with how far back it looks where that is not the window."""
        each, over = self.rule.expect.each, getattr(self.parameters, "over", None)
        said = f"In every {each.weeks} weeks" if each.unit == "weeks" else _WHEN[each.unit]
        if over is None or over.kind == "window":
            return said
        back = {"period": "the first day of the period", "from": spoken(over.start) if over.start else "", "weeks": f"{over.weeks} weeks"}[over.kind]
        return f"{said}, looking back {'' if over.kind == 'weeks' else 'to '}{back}"

    def events(self, part: Any = None, count: Decimal | None = None) -> str:
        """`meetings (minutes at least 30)`: the matching events of the measure, or of a part such as `after`."""
        part = self.parameters if part is None else part
        noun = plural(part.event, count)
        status = getattr(part, "status", ("held",))
        if tuple(status) != ("held",):
            noun = f"{listed(status)} {noun}"
        details = [filtered(part.where)] if getattr(part, "where", None) is not None else []
        return f"{noun} ({'; '.join(details)})" if details else noun

    @property
    def linked(self) -> str:
        """` in which somebody of it took part`: how an event reaches the subject, where that is not by its own field."""
        link = getattr(self.parameters, "link", None)
        if link is None or link.by != "participants":
            return ""
        who = "somebody of it" if link.share is None else f"at least {percent(link.share)} of its members"
        return f" in which {who} took part"

    def target(self, write: Any = None) -> str:
        """`at least 3`; dated targets one after the other; `all_but` behind it."""
        judge, write = self.rule.judge, write or self.written
        if judge.direction == "reference":
            assert judge.reference is not None
            basis = f" ({judge.reference.basis})" if judge.reference.basis else ""
            return f"shown beside {write(judge.reference.value)}{basis}, and never judged"
        said = ", ".join(self._bound(one, write) for one in judge.targets)
        return f"{said} (or all but {judge.all_but})" if judge.all_but else said

    def _bound(self, one: DatedValue, write: Any) -> str:
        since = f"from {spoken(one.since)} " if one.since else ""
        if isinstance(one.value, tuple):
            return f"{since}between {write(one.value[0])} and {write(one.value[1])}"
        if self.unit == "share" and self.rule.judge.direction == "at_least" and one.value == 1:
            return f"{since}{write(one.value)}"
        return f"{since}{_BOUNDS[self.rule.judge.direction]} {write(one.value)}"

    def written(self, value: Decimal) -> str:
        """A value of this measure: a share as a percentage."""
        return percent(value) if self.unit == "share" else number(value)

    def title(self, rule: str) -> str:
        """Another rule as a sentence names it."""
        return f"“{self.titles.get(rule, rule)}” ({rule})"


# --- pieces -----------------------------------------------------------------------------------------------------------


def filtered(node: Node) -> str:
    """A filter in words: `minutes at least 30 and inside the school day`."""
    if isinstance(node, Leaf):
        return _leaf(node)
    parts = [f"({filtered(part)})" if isinstance(part, All | Any_) and len(part.nodes) > 1 else filtered(part) for part in node.nodes]
    if isinstance(node, None_):
        return f"not {' nor '.join(parts)}"
    return (" and " if isinstance(node, All) else " or ").join(parts) or "anything"


def _leaf(leaf: Leaf) -> str:
    field = leaf.field.replace("_", " ")
    if leaf.op == "present":
        return f"{field} known" if leaf.value else f"{field} unknown"
    truth = str(leaf.value).lower() if leaf.op == "eq" else ""
    if truth in ("true", "false"):
        said = _DERIVED.get(leaf.field, field)
        return said if truth == "true" else f"not {said}"
    if leaf.op == "between":
        return f"{field} between {leaf.value[0]} and {leaf.value[1]}"
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return _OPERATORS[leaf.op].format(f=field, v=values[0], any=either(values), all=listed(values))


def plural(event: str, count: Decimal | None = None) -> str:
    """Events of a type or selection: `norm reviews`; a type that is no noun is quoted. `count`: of so many."""
    words, s = re.sub(r"[_-]", " ", event), "" if count == 1 else "s"
    return f"record{s} of “{words}”" if _NO_NOUN.search(words) else f"{words}{s}"


def number(value: Decimal) -> str:
    """3, 2.5."""
    return f"{value.normalize():f}"


def percent(value: Decimal) -> str:
    """80 %."""
    return f"{number(value * 100)} %"


def spoken(day: date) -> str:
    """1 July 2025."""
    return f"{day.day} {day:%B %Y}"


def either(words: Iterable[str]) -> str:
    """a, b or c."""
    return _joined(list(words), "or")


def listed(words: Iterable[str]) -> str:
    """a, b and c."""
    return _joined(list(words), "and")


def _joined(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else str(words[0])


def counted(count: int, noun: str) -> str:
    """1 school day, 3 school days."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


__all__ = ["Words", "counted", "either", "filtered", "listed", "number", "percent", "plural", "spoken"]
