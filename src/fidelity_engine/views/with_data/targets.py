"""Targets that no window can reach, and rules that can say nothing but `no_data`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.views.with_data.doubt import judged_rules, of_rule
from fidelity_engine.where import All, Leaf, Node

WEEKDAYS = 5


def out_of_reach(scope: Scope) -> Iterator[FidelityError]:
    """Targets above what the days of a window allow, or above what a share can be."""
    for rule in judged_rules(scope):
        for number, target in enumerate(rule.judge.targets):
            least = _least(rule, target.value)
            most = _most(scope, rule) if least is not None else None
            if least is not None and most is not None and least > most[0]:
                steps = ("judge", rule.judge.direction, *((number,) if len(rule.judge.targets) > 1 else ()))
                told = f"no window can reach {_plain(least)}: {most[1]}"
                yield of_rule(scope, rule, steps, told, f"Write {_plain(most[0])} or less.")


def _least(rule: Rule, value: Any) -> Decimal | None:
    """What a window must reach at least to satisfy the target."""
    if rule.judge.direction not in ("at_least", "between"):
        return None
    return value[0] if isinstance(value, tuple) else value


def _most(scope: Scope, rule: Rule) -> tuple[Decimal, str] | None:
    """What a window can reach at most, and why; None where nothing bounds it."""
    kind = scope.kinds.get(rule.measure.kind)
    if kind is None:
        return None
    if kind.unit == "share":
        return Decimal(1), "a share is 1 at most"
    days = _days(scope, rule)
    p = rule.measure.parameters
    over = getattr(p, "over", None)
    if days is None or (over is not None and over.kind != "window"):
        return None
    if kind.name == "gap" and p.unit == "instructional_days":
        return Decimal(days), f"its windows have {days} school days at most"
    if kind.name == "count":
        return _most_values(p, days) if p.distinct else _most_events(scope, p, days)
    return _most_minutes(scope, p, days) if kind.name == "total" else None


def _days(scope: Scope, rule: Rule) -> int | None:
    found: int | None = scope.db.one("select max(days) from verdict where rule_no = $no", {"no": scope.rule_no(rule)})
    return found


def _most_values(p: Any, days: int) -> tuple[Decimal, str] | None:
    """Different dates, weekdays or weeks of a window."""
    if p.distinct == ("date",):
        return Decimal(days), f"its windows have {days} school days at most"
    if p.distinct == ("weekday",):
        most = min(days, WEEKDAYS)
        return Decimal(most), f"there are {most} different weekdays on which there is school"
    return None


def _most_events(scope: Scope, p: Any, days: int) -> tuple[Decimal, str] | None:
    """As many meetings of a least length as fit into the school days of a window, one after the other."""
    nodes = _nodes(scope, p)
    length = max((Decimal(leaf.value) for leaf in nodes if leaf.field == "minutes" and leaf.op in ("gt", "gte")), default=Decimal(0))
    if length <= 0 or not _inside(nodes):
        return None
    minutes = _bells(scope) * days
    most = Decimal(minutes // length)
    return most, f"{days} school days have {minutes} minutes, room for {_plain(most)} of {_plain(length)} minutes one after the other"


def _most_minutes(scope: Scope, p: Any, days: int) -> tuple[Decimal, str] | None:
    if p.field != "minutes" or not _inside(_nodes(scope, p)):
        return None
    minutes = _bells(scope) * days
    return Decimal(minutes), f"{days} school days have {minutes} minutes"


def _nodes(scope: Scope, p: Any) -> list[Leaf]:
    """The comparisons that must all hold of an event."""
    selection = scope.ruleset.events.get(p.event)
    found: list[Leaf] = []
    for node in (selection.where if selection else None, p.where):
        found += _required(node) if node is not None else []
    return found


def _required(node: Node) -> list[Leaf]:
    if isinstance(node, Leaf):
        return [node]
    return [leaf for part in node.nodes for leaf in _required(part)] if isinstance(node, All) else []


def _inside(nodes: list[Leaf]) -> bool:
    return any(leaf.field == "in_school_day" and leaf.op == "eq" and str(leaf.value).lower() == "true" for leaf in nodes)


def _bells(scope: Scope) -> int:
    """The minutes of the longest school day."""
    rows = scope.db.rows("""select max(coalesce(d.bell_end, s.day_end) - coalesce(d.bell_start, s.day_start))
        from day d join school s using (class_no) where d.instructional""")
    return int(rows[0][0] or 24 * 60)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


# --- rules that say nothing -------------------------------------------------------------------------------------------------


def never_known(scope: Scope) -> Iterator[FidelityError]:
    """Rules all of whose closed cells are `no_data`."""
    rows = scope.db.rows("""select rule_no, count(*), count(*) filter (verdict = 'no_data'), mode(code) filter (verdict = 'no_data')
        from verdict where closed and verdict <> 'not_applicable' group by all having count(*) = count(*) filter (verdict = 'no_data')""")
    found = {no: (cells, code) for no, cells, _, code in rows}
    for rule in judged_rules(scope):
        if scope.rule_no(rule) in found:
            cells, code = found[scope.rule_no(rule)]
            mend = "`fidelity explain` tells of each why; without other evidence this rule can say nothing."
            yield of_rule(scope, rule, ("id",), f"it can only be `no_data` so far: all of its {cells:,} closed cells are ({code})", mend)
