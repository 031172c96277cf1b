"""The rows with which something is wrong, and those of which a value did not convert: looked for once where rows are made anew each time."""

from __future__ import annotations

from fidelity_engine.db import Database
from fidelity_engine.stages.load.linking import KEY, same_row
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.versions import remaining


def odd_rows(db: Database, staged: Staged, rows: str, some: bool) -> str:
    """What stands after FROM for them, with KEY, id, fate and bad: `odd_<n>`, or `rows`, which are all there are, linked to the roster.

    `some`: whether there are any.
    """
    if not staged.read_again or db.few_rows:
        return rows
    found = f"odd_{staged.number}"
    wanted = f"fate <> {Fate.SKIPPED.value} and (fate <> 0 or bad <> 0)" if some else "false"
    db.run(f"create or replace table {found} as select {KEY}, id, fate, bad from {rows} where {wanted}")
    return found


def odd_remaining(db: Database, staged: Staged, odd: str) -> str:
    """The same with their final fates, as what stands after FROM; and rows with which only a newer version is wrong. `odd`: `odd_<n>`."""
    return f"""(select {KEY}, fate, bad from {remaining(db, staged, odd)} union all
        select {KEY}, fate, 0 from dropped_{staged.number} d
        where fate = {Fate.SUPERSEDED.value} and not exists (from {odd} o where {same_row('o', 'd')}))"""
