"""Near misses: records of the last missed window that one condition keeps from counting (chapter 7, Messages)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from fidelity_engine.links import Ask, Chosen
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.where import All, Any_, Bound, Column, Leaf, Node

KINDS = ("count", "total")
MOST = 2
UNITS = ("minutes", "hours", "days")
NEEDED = {
    "eq": "{}", "gte": "at least {}", "gt": "more than {}", "lte": "at most {}", "lt": "less than {}", "in": "one of {}",
    "between": "{0[0]} to {0[1]}", "ne": "anything but {}", "contains": "{}", "any_of": "one of {}", "all_of": "all of {}",
}
Found = tuple[int, int, int, Decimal | None, Decimal | None]


def near_misses(scope: Scope, rules: Sequence[Rule], episodes: str = "episode") -> dict[tuple[int, int], str]:
    """(rule_no, subject_no) → `One more record has 22 minutes; 30 are needed.`, for the open episodes of rules that count.

    `episodes`: the relation that holds them, beside `last_missed`. A record is near when it surely is the subject's, and exactly one leaf of
    the filter says no.
    """
    counting = [rule for rule in rules if _counts(rule)]
    spans = _cells(scope, episodes) if counting else {}
    return {
        (scope.rule_no(rule), subject): text
        for rule in counting if scope.rule_no(rule) in spans for subject, text in _of_rule(scope, rule, *spans[scope.rule_no(rule)]).items()
    }


def _counts(rule: Rule) -> bool:
    return rule.measure.kind in KINDS and rule.judge.direction == "at_least" and not getattr(rule.measure.parameters, "distinct", None)


def _of_rule(scope: Scope, rule: Rule, first: date, last: date) -> dict[int, str]:
    """subject_no → sentences. `first`, `last`: dates between which the last missed cells of its open episodes lie."""
    ask = Ask(scope, rule, f"(select * from near_cells where rule_no = {scope.rule_no(rule)})", Bound())
    choice = ask.choice()
    parts = list(_conditions(choice.where))
    leaves = [part for part in parts if isinstance(part, Leaf)]
    if not leaves:
        return {}
    if rule.measure.parameters.over.kind == "window" and "date" in scope.fields[choice.type]:
        parts.append(All((Leaf("date", "between", (first.isoformat(), last.isoformat())),)))     # few dates, so few events to look at
    found: dict[int, list[str]] = {}
    for subject, number, count, low, high in _near(ask, choice, parts, leaves):
        if len(found.setdefault(subject, [])) < MOST:
            found[subject].append(_told(leaves[number], count, low, high))
    return {subject: " ".join(texts) for subject, texts in found.items()}


def _conditions(node: Node | None) -> Iterator[Node]:
    """The conditions all of which must hold."""
    if isinstance(node, All):
        for part in node.nodes:
            yield from _conditions(part)
    elif node is not None:
        yield node


def _cells(scope: Scope, episodes: str) -> dict[int, tuple[date, date]]:
    """Create `near_cells`, the last missed cell of each open episode; gives per rule the first and last of their dates."""
    scope.db.run(f"""create or replace temp table near_cells as select v.rule_no, v.subject_no, v.window_no, v.window_start, v.window_end
        from last_missed v join {episodes} e on e.rule_no = v.rule_no and e.subject_no = v.subject_no and e.last_window = v.window_no
        where not e.resolved""")
    rows = scope.db.rows("select rule_no, min(window_start), max(window_end) from near_cells group by all")
    return {rule: (first, last) for rule, first, last in rows}


def _near(ask: Ask, choice: Chosen, parts: Sequence[Node], leaves: Sequence[Leaf]) -> list[Found]:
    """(subject_no, number of the leaf, records, smallest and greatest number of its field), most records first."""
    # all but one hold: of those records few are left
    choice.where = Any_(tuple(All(tuple(part for part in parts if part is not leaf)) for leaf in leaves))
    choice.named = {f"leaf_{i}": leaf for i, leaf in enumerate(leaves)}
    types = ask.scope.fields[choice.type]
    which = " ".join(f"when not leaf_{i} then {i}" for i in range(len(leaves)))
    value = " ".join(f"when not leaf_{i} then {_number(types[leaf.field], f'f_{i}')}" for i, leaf in enumerate(leaves))
    failing = " + ".join(f"coalesce(not leaf_{i}, false)::int" for i in range(len(leaves)))
    return ask.scope.db.rows(  # type: ignore[return-value]
        f"""select subject_no, leaf, count(*) as n, min(said), max(said) from (
          select h.subject_no, h.event_no, case {which} end as leaf, case {value} end as said
          from ({ask.hits(choice, [leaf.field for leaf in leaves])}) h
          join {ask.grid} c on c.subject_no = h.subject_no and c.window_no = h.window_no where h.p and {failing} = 1)
        group by subject_no, leaf order by subject_no, n desc, leaf""",
        ask.bound.values,
    )


def _number(column: Column, sql: str) -> str:
    return f"{sql}::decimal(18,6)" if column.type in ("number", "integer") else "null::decimal(18,6)"


# --- words ------------------------------------------------------------------------------------------------------------


def _told(leaf: Leaf, count: int, low: Decimal | None, high: Decimal | None) -> str:
    one = count == 1
    who = "One more record" if one else f"{count} more records"
    has, field = ("has" if one else "have"), leaf.field.replace("_", " ")
    if leaf.field == "in_school_day":
        return f"{who} {'lies' if one else 'lie'} {'outside' if _wants(leaf) else 'inside'} the school day."
    if low is not None and high is not None:
        values = _plain(low) if low == high else f"{_plain(low)} to {_plain(high)}"
        if leaf.field in UNITS and leaf.op == "gte":
            return f"{who} {has} {values} {field}; {leaf.value} are needed."
        return f"{who} {has} {field} {values}; {_needed(leaf)} is needed."
    if str(leaf.value).lower() in ("true", "false") and leaf.op in ("eq", "ne"):
        return f"{who} {'says' if one else 'say'} {field}: {'no' if _wants(leaf) else 'yes'}."
    if leaf.op == "present":
        return f"{who} {has} {'no' if leaf.value else 'a'} {field}."
    many = isinstance(leaf.value, tuple) and leaf.op == "all_of"
    wanted = f"; {_needed(leaf)} {'are' if many else 'is'} needed" if leaf.op in NEEDED else ""
    return f"{who} {has} {'other' if field.endswith('s') else 'another'} {field}{wanted}."


def _wants(leaf: Leaf) -> bool:
    return (str(leaf.value).lower() == "true") is (leaf.op == "eq")


def _needed(leaf: Leaf) -> str:
    form = NEEDED.get(leaf.op, "another value")
    operand = leaf.value if leaf.op == "between" or not isinstance(leaf.value, tuple) else ", ".join(leaf.value)
    return form.format(operand)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
