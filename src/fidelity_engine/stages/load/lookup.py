"""Values looked up in tables: what a map file says, and ids of the roster found by another of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fidelity_engine.db import Database, name
from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load.place import columns_told


class Lookup(NamedTuple):
    """A relation of key and value, and what a text must look like to be found in it, as SQL with `{}` for the text."""

    relation: str
    key: str = "{}"


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


def roster_ids(db: Database, relation: str, field: str, by: str, source: str) -> Lookup:
    """The roster's ids by another of its columns, in any case. What several have tells nobody apart, and stays as it is."""
    table, ids = ROSTER[field]
    there = db.columns(table)
    column = next((one for one in ("@" + by, by) if one in there), None)
    if column is None:
        known = [one.removeprefix("@") for one in there if one.startswith("@") or one == "name"]
        raise FidelityError(f"the roster has no column `{by}`, which `{field}` is found by", source, f"It has {columns_told(known)}.")
    key = FOLDED.format(name(column) + "::varchar")
    db.run(f"""create or replace table {relation} as select {key} as key, any_value({ids}) as value from {table}
        where {key} <> '' group by 1 having count(distinct {ids}) = 1""")
    return Lookup(relation, FOLDED)


def looked_up(sql: str, lookup: Lookup) -> str:
    """A text, replaced by the value that it stands for."""
    return f"coalesce((select any_value(m.value) from {lookup.relation} m where m.key = {lookup.key.format(sql)}), {sql})"


def all_looked_up(sql: str, lookup: Lookup) -> str:
    """A list of texts, each replaced by the value that it stands for; nobody stays nobody, and missing stays missing."""
    found = f"""(select list(coalesce(m.value, p.part) order by p.place) from
        (select unnest(l) as part, generate_subscripts(l, 1) as place from (select {sql} as l)) p
        left join {lookup.relation} m on m.key = {lookup.key.format('p.part')})"""
    return f"coalesce({found}, case when {sql} is not null then []::varchar[] end)"
