"""Who of the roster took part: lists of staff ids become lists of staff numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from fidelity_engine.db import Database, text
from fidelity_engine.stages.load.blocks import NUMBERED, Blocks, in_pieces, prepare_blocks, told_by_ids
from fidelity_engine.stages.load.convert import INTEGERS
from fidelity_engine.stages.load.feed import ALL_ROWS
from fidelity_engine.stages.load.large import texts_taken_apart
from fidelity_engine.stages.load.linking import KEY, same_row
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.weighing import COMMON, Weighed

SPREAD = 40
"""A table of all numbers from the lowest to the highest staff id pays up to so many times the number of people."""


LARGEST = 2_000_000
"""The engine copies the table for every two thousand events: a larger one costs more than it saves."""


class People(NamedTuple):
    """SQL over a row `r`: the known participants as staff numbers, and how many are unknown.

    `more`: columns that the rows need for it, and `join`, where these come from. Or `blocks` tell it, and the bits of roles (see
    roles.py); where nobody asks who they are, `known` then is an empty list.
    """

    known: str
    unknown: str
    more: str = ""
    join: str = ""
    blocks: Blocks | None = None

    def over(self, rows: str) -> str:
        """SELECT of the rows with what the expressions need."""
        return told_by_ids(rows, self.blocks) if self.blocks else f"select q.*{self.more} from ({rows}) q {self.join}"

    @property
    def tells_roles(self) -> bool:
        """Whether the blocks tell the bits of roles."""
        return self.blocks is not None and self.blocks.roles > 0


NOBODY_TOLD = People("null::integer[]", "0::integer")


def people(db: Database, weighed: Weighed, wanted: Collection[str], lookup: Callable[[], bool], single: Collection[str] = (),
           roles: Collection[str] = (), who: Collection[str] = ()) -> dict[str, People]:
    """How to find the participants of a source's events, by type, for the types `wanted`.

    `lookup`: `prepare_lookup`, which is the same for all sources.
    `single`: types from this source alone. `roles`: types of which roles are asked (roles.prepare_roles was called); `who`:
    types of which it is asked who took part.
    """
    staged, shares = weighed.staged, weighed.share(wanted)
    if not staged.has("participants") or not shares:
        return {}
    item = staged.fields["participants"].sql_type.removesuffix("[]")
    common = [kind for kind, share in shares.items() if share > COMMON]
    found: dict[str, People] = {}
    if _can_be_told(db, weighed, item, shares):
        told = [kind for kind in common if kind in single and not (db.few_rows and kind in who)]
        asked = (bool(set(told) & set(roles)), bool(set(told) & set(who)))
        kinds = ", ".join(map(text, told))
        events = f"select start::date as date from {staged.of_types(weighed.rows_of(told), told)} where fate = 0 and type in ({kinds})"
        if any(asked) and (blocks := prepare_blocks(db, staged.number, item == "VARCHAR", *asked, events)):
            if blocks.of_all and weighed.rare and weighed.rows.count(ALL_ROWS) == 1:
                blocks = in_pieces(db, blocks, f"rare_{staged.number}", len(staged.files))
            found |= {kind: _told(blocks._replace(roles=blocks.roles if kind in roles else 0, who=kind in who)) for kind in told}
    others = [kind for kind in common if kind not in found]
    if others and item in INTEGERS and staged.spec.one_event_per is None and lookup():
        found |= dict.fromkeys(others, _looked_up())
    rest = [kind for kind in shares if kind not in found]
    if not rest:
        return found
    texts = _texts(db, weighed, rest)
    return found | (dict.fromkeys(rest, _joined_by_text(db, staged, texts)) if texts else _joined(db, staged, weighed.rows_of(rest), rest))


def _can_be_told(db: Database, weighed: Weighed, item: str, kinds: Collection[str]) -> bool:
    """Whether blocks may tell who took part. Few texts, or texts that stand in several rows, are joined as quickly."""
    if weighed.staged.spec.one_event_per is not None:
        return False
    return item in INTEGERS or (item == "VARCHAR" and not db.few_rows and not _texts(db, weighed, kinds))


def _texts(db: Database, weighed: Weighed, kinds: Collection[str]) -> str | None:
    return texts_taken_apart(db, weighed.staged) if weighed.rows_of(kinds) == weighed.rows else None


def _joined(db: Database, staged: Staged, rows: str, kinds: Collection[str]) -> dict[str, People]:
    """Lists taken apart, joined to the roster and put together again: by type, since each type's events are joined to their own."""
    db.run(f"""create or replace table who_{staged.number} as select u.file_no, u.row_no, any_value(u.type) as type, {FOUND}
        from (select {KEY}, type, unnest(participants)::varchar as staff from {staged.of_types(rows, kinds)}
              where fate = 0 and type in ({', '.join(map(text, kinds))})) u
        left join person p on p.staff = u.staff group by u.file_no, u.row_no""")
    return {kind: _found(f"(select * from who_{staged.number} where type = {text(kind)})", same_row("w", "q")) for kind in kinds}


def _joined_by_text(db: Database, staged: Staged, texts: str) -> People:
    """The same once for each text, for all rows in which it stands."""
    db.run(f"""create or replace table who_{staged.number} as select any_value(u.who) as who, {FOUND}
        from ({texts}) u left join person p on p.staff = u.staff group by u.no""")
    return _found(f"who_{staged.number}", "w.who = q.who")


FOUND = "list(p.staff_no) filter (p.staff_no is not null) as nos, list(u.staff) filter (p.staff_no is null) as strangers"


def _found(who: str, same: str) -> People:
    return People(
        "case when r.participants is not null then coalesce(r.nos, []::integer[]) end",
        "coalesce(len(list_distinct(r.strangers)), 0)::integer", ", w.nos, w.strangers", f"left join {who} w on {same}",
    )


def prepare_lookup(db: Database) -> bool:
    """Make `staff_lookup`, one row with a list of staff numbers by whole-number id; False where the ids lie too far apart."""
    low, high, people = db.rows(f"select min(id), max(id), count(*) from ({NUMBERED})")[0]
    if not people or low < 0 or high - low > min(SPREAD * people + 1000, LARGEST):
        return False
    db.run(f"""create or replace table staff_lookup as select {low}::bigint as low, list(coalesce(p.staff_no, -1)::integer order by i) as nos
        from range({low}, {high} + 1) r(i) left join ({NUMBERED}) p on p.id = i""")
    return True


def _told(blocks: Blocks) -> People:
    return People("r.nos" if blocks.who else "case when role_bits is not null then []::integer[] end", "r.strangers", blocks=blocks)


def _looked_up() -> People:
    """A position in a list per participant: faster than taking the lists apart, joining and putting them together."""
    nos = "list_transform(q.participants, lambda p: coalesce(k.nos[greatest(p, k.low - 1) - k.low + 1], -1))"
    return People(
        "case when list_contains(r.nos, -1) then list_filter(r.nos, lambda n: n <> -1) else r.nos end",
        "case when list_contains(r.nos, -1) then len(list_distinct(list_filter(r.participants, lambda p, i: r.nos[i] = -1))) else 0 end::integer",
        f", {nos} as nos", "cross join staff_lookup k",
    )
