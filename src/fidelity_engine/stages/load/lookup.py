"""Values looked up in tables: what a map file says, and ids of the roster found by another of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fidelity_engine.db import Database, name
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load.place import columns_told


class Lookup(NamedTuple):
    """A relation of key and value, and what a text must look like to be found in it, as SQL with `{}` for the text.

    `school`: SQL of the event's school, where the relation holds one beside each key.
    """

    relation: str
    key: str = "{}"
    school: str | None = None

    def holds(self, sql: str, school: str | None) -> str:
        """Condition that a row `m` of the relation is that of a text, as SQL. `school`: how that of the event is called there."""
        return f"m.key = {self.key.format(sql)}" + (f" and m.school = {school}" if school else "")


ROSTER = {"participants": ("roster_staff", "staff"), "team": ("roster_team", "team"), "school": ("roster_school", "school")}
"""Field of an event → the table that knows its ids, and the column that holds them."""
FOLDED = "lower(trim({}))"


def table_of(db: Database, relation: str, entries: Mapping[str, str | None]) -> Lookup:
    """A map as a table."""
    db.run(
        f"create or replace table {relation} as select unnest($keys::varchar[]) as key, unnest($values::varchar[]) as value",
        {"keys": list(entries), "values": list(entries.values())},
    )
    return Lookup(relation)


def roster_ids(db: Database, relation: str, field: str, by: str, source: str, school: str | None = None) -> Lookup:
    """The roster's ids by another of its columns, in any case. What several have tells nobody apart, and stays as it is.

    `school`: SQL of the event's school; then only those at it are looked at.
    """
    table, ids = ROSTER[field]
    key, at = _key(db, field, by), ", school" if school else ""
    if key is None:
        known = [one.removeprefix("@") for one in db.columns(table) if one.startswith("@") or one == "name"]
        raise FidelityError(f"the roster has no column `{by}`, which `{field}` is found by", source, f"It has {columns_told(known)}.")
    db.run(f"""create or replace table {relation} as select {key} as key, any_value({ids}) as value{at} from {table}
        where {key} <> '' group by key{at} having count(distinct {ids}) = 1""")
    return Lookup(relation, FOLDED, school)


def shared(db: Database, field: str, by: str, at_school: bool) -> list[str]:
    """What `by` has for several ids of the roster, in small letters; of those at one school where `at_school`."""
    table, ids = ROSTER[field]
    key, at = _key(db, field, by), ", school" if at_school else ""
    rows = db.rows(f"select distinct {key} from {table} where {key} <> '' group by {key}{at} having count(distinct {ids}) > 1 order by 1")
    return [row[0] for row in rows]


def _key(db: Database, field: str, by: str) -> str | None:
    """A column of the roster as SQL of what is looked for in it; None where there is none of that name."""
    there = db.columns(ROSTER[field][0])
    column = next((one for one in ("@" + by, by) if one in there), None)
    return column and FOLDED.format(name(column) + "::varchar")


def looked_up(sql: str, lookup: Lookup) -> str:
    """A text, replaced by the value that it stands for."""
    return f"coalesce((select any_value(m.value) from {lookup.relation} m where {lookup.holds(sql, lookup.school)}), {sql})"


def all_looked_up(sql: str, lookup: Lookup) -> str:
    """A list of texts, each replaced by the value that it stands for; nobody stays nobody, and missing stays missing."""
    at = f", {lookup.school} as school" if lookup.school else ""
    there = lookup.holds("p.part", "p.school" if lookup.school else None)
    found = f"""(select list(coalesce(m.value, p.part) order by p.place) from
        (select unnest(l) as part, generate_subscripts(l, 1) as place, * from (select {sql} as l{at})) p
        left join {lookup.relation} m on {there})"""
    return f"coalesce({found}, case when {sql} is not null then []::varchar[] end)"
