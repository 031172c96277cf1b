"""Who is meant: filters over the subject's attributes."""

from __future__ import annotations

from fidelity_engine.db import name
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.where import Bound, fields, sql


def filtered(scope: Scope, rule: Rule, cells: str, bound: Bound) -> str:
    """Only cells whose subject satisfies `expect.where` on the cell's last counted day."""
    of, node = rule.expect.of, rule.expect.where
    condition = sql(node, scope.attributes[of], bound)
    dated = {"members", "staff_roles"} & fields(node)
    if of != "staff" and not dated:
        return f"""select g.* from ({cells}) g
            where g.subject_no in (select t.subject_no from attribute_{of} t where {condition})"""
    return f"""
        with g as ({cells}), t as ({_attributes_on(scope, of, dated)})
        select g.* from g join t on t.subject_no = g.subject_no and t.window_no = g.window_no where {condition}"""


def _attributes_on(scope: Scope, of: str, dated: set[str]) -> str:
    """Attributes of the subjects of `g` per cell, as they are on `closes_on`."""
    columns, joins = "", ""
    if "members" in dated:
        columns += ", coalesce(n.members, 0) as members" if scope.has_staff else ", null::bigint as members"
        joins += """ left join (select g.subject_no, g.window_no, count(distinct m.staff_no) as members from g join member m
            on m.subject_no = g.subject_no and g.closes_on between m.from_date and m.until_date group by all) n using (subject_no, window_no)"""
    if "staff_roles" in dated:
        columns += ", r.staff_roles"
        joins += """ left join (select g.subject_no, g.window_no, list(distinct role) as staff_roles from g join member m
            on m.subject_no = g.subject_no and g.closes_on between m.from_date and m.until_date
            join (select staff_no, from_date, until_date, unnest(roles) as role from assignment) s
            on s.staff_no = m.staff_no and g.closes_on between s.from_date and s.until_date
            group by all) r using (subject_no, window_no)"""
    return f"select b.*{columns} from ({_own_attributes(scope, of)}) b{joins}"


def _own_attributes(scope: Scope, of: str) -> str:
    """The roster's columns; a person's rows valid on that day are united: lists joined, of schools the first with its level, of other values the first.

    A list that is empty then is missing, as any attribute that is empty.
    """
    if of == "district":
        return "select subject_no, window_no from g"
    on = "a.subject_no = g.subject_no"
    if of != "staff":
        return f"select g.window_no, a.* from g join attribute_{of} a on {on}"
    own = {c: t for c, t in scope.db.columns("attribute_staff").items() if c not in ("subject_no", "from_date", "until_date")}
    united = ", ".join(f"{_united(c, t)} as {name(c)}" for c, t in own.items())
    return f"""select g.subject_no, g.window_no, {united} from g join attribute_staff a
        on {on} and g.closes_on between a.from_date and a.until_date group by all"""


def _united(column: str, kind: str) -> str:
    """SQL for one value of several rows `a` of a person."""
    if kind.endswith("[]"):
        return f"nullif(list_distinct(flatten(list(a.{name(column)}))), [])"
    return "arg_min_null(a.school_level, a.school)" if column == "school_level" else f"min(a.{name(column)})"
