"""Large files that tell everything in typed columns: most have no bad row, and to look for one takes a pass over all of them.

So their rows are trusted where no id stands twice: events are laid down at once, and that every row came in is seen from their number. Where some
did not, the rows are weighed as others are. What is laid down of a source that was trusted wrongly is laid down again, unless only rows are missing that
nobody can use.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fidelity_engine.db import Database, DatabaseError, text
from fidelity_engine.stages.load.events import Created
from fidelity_engine.stages.load.feed import Feed
from fidelity_engine.stages.load.linking import linked
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.versions import Ids, all_different
from fidelity_engine.stages.load.weighing import Weighed, stand_apart


def trusted(db: Database, staged: Staged, feed: Feed, used: Collection[str]) -> Weighed | None:
    """The source as if nothing were wrong with its rows; None where that is not asked for. `used`: types that rules use.

    Rows of no school, or of a team of another, are left out: that there are any is seen too.
    """
    plain = staged.numbered and staged.read_again and staged.numbers_as_ids and not (staged.checked or staged.rejected or staged.spec.only)
    if db.few_rows or not plain or staged.is_list("team") or staged.is_list("school"):
        return None
    try:
        types = dict(db.rows(f"select type, count(*) from {staged.rows} group by all"))
        read = sum(types.values())
        rows = f"(select * from ({linked(staged)}) where school_no is not null and team_schools is null)"
        found = Weighed(staged, feed, rows, {Fate.ACCEPTED: read}, types, 0, trusted=True)
        suits = types and set(types) <= set(staged.spec.delivers) and set(types) - stand_apart(found) <= set(used)
        return found if suits and (ids := _ids(db, staged, feed, read)) and all_different(db, staged, staged.rows, ids, read) else None
    except DatabaseError:               # who weighs the rows says what is damaged
        return None


def _ids(db: Database, staged: Staged, feed: Feed, read: int) -> Ids | None:
    """The lowest and the highest id, as the files' own account of their columns has them."""
    files = ", ".join(text(str(path)) for path in feed.paths)
    low, high, silent = db.rows(f"""select min(stats_min_value::bigint), max(stats_max_value::bigint), count(*) - count(stats_min_value)
        from parquet_metadata([{files}]) where path_in_schema = {text(str(staged.fields["id"].column))} and num_values > 0""")[0]
    return None if silent or low is None else Ids(low=low, high=high, rows=read)


def rare_came_in(db: Database, weighed: Weighed) -> bool:
    """Whether all trusted rows of types with few rows stand apart."""
    if not (weighed.trusted and weighed.rare):
        return True
    return db.one(f"select count(*) from rare_{weighed.staged.number}") == sum(weighed.types.get(kind, 0) for kind in weighed.rare)


def all_came_in(db: Database, weighed: Weighed, created: Mapping[str, Created]) -> bool:
    """Whether every trusted row is an event."""
    number = weighed.staged.number
    laid = [f"select 1 from rare_{number}"] if weighed.rare else []
    laid += [f"select 1 from ({created[kind].sources}) where source_no = {number}" for kind in weighed.types if kind not in weighed.rare]
    return bool(db.one(f"select count(*) from ({' union all '.join(laid)})") == weighed.read)


def holds(weighed: Weighed) -> bool:
    """Whether what was laid down of a source while it was trusted is what its weighed rows give: those that are missing are of no use."""
    return not (weighed.hopeless or weighed.loose or weighed.elsewhere or weighed.at_home or weighed.again)
