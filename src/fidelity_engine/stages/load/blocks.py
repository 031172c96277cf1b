"""Who took part, told from lists: faster than taking lists apart, joining them to the roster and putting them together again.

Per school, or for all schools in one, stand the people: what they are known by in the events, their numbers, and the flags of their roles. Whoever is
not among them (a guest, somebody of another school), or whose roles hang on the date, is looked up afterwards, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from fidelity_engine.db import Database, day
from fidelity_engine.stages.load.feed import only
from fidelity_engine.stages.load.pieces import Piece, pieces_of
from fidelity_engine.stages.load.roles import HELD_FROM

OVERLAP = 16
"""Whole numbers pay up to so many times the number of people."""
ONE_FOR_ALL = {"roles": 30_000, "who": 10_000}
"""One list of all people, copied for every two thousand events, costs as much for each as a school's list with one place in so many. It is longer with
their numbers than with roles alone, and no longer stays where the processor finds it soon."""
MOST_PLACES = 2000
"""So many numbers a school may have from its lowest to its highest: its list is copied for each event. People of larger ones are looked up one by one."""
IN_LARGE = 0.1
"""Unless so many work at those."""
LARGEST = 2_000_000
"""One list of all people may have so many places."""
LONGEST = 400
"""Of texts a school may have so many: they are compared one by one."""
NUMBERED = "select staff_no, try_cast(staff as bigint) as id from person where staff = try_cast(staff as bigint)::varchar"
"""People whose id is a whole number as the engine writes it."""
MOSTLY = 0.9
"""So many people are there on all dates, or it is looked up on which most events are."""
STRAY = 0.002
"""So many events may lie before those dates, and after them."""


class Blocks(NamedTuple):
    """What is asked of `staff_block_<number>`: the flags of how many `roles`, and `who` it was; `by_text`: ids are texts, known by their hashes.

    `dates`: of which events the flags tell, first and last, where not of all. `of_all`: one list of all people in place of one per school.
    `from_one`: it begins with the number one. `pieces`: or a list for each of these, of which `piece` is one, with the numbers after `before`.
    """

    number: int
    by_text: bool
    roles: int
    who: bool
    dates: tuple[date, date] | None = None
    of_all: bool = False
    from_one: bool = False
    pieces: Sequence[Piece] = ()
    piece: int | None = None
    before: int = 0

    @property
    def relation(self) -> str:
        """Its name."""
        return f"staff_block_{self.number}"

    @property
    def ranges(self) -> str:
        """The relation of the numbers of each school's people."""
        return f"staff_range_{self.number}"

    @property
    def held(self) -> int:
        """The bits of the roles."""
        return (1 << self.roles) - 1

    @property
    def alone(self) -> int:
        """The flag of people that a block does not tell of: it stands behind the bits of the roles, and those of their dates."""
        return 1 << 2 * self.roles

    @property
    def kind(self) -> str:
        """The type of a flag."""
        return "utinyint" if self.alone < 2**8 else "usmallint" if self.alone < 2**16 else "uinteger"

    @property
    def undated(self) -> str:
        """Condition for an event `x`: the flags do not tell of it."""
        if not (self.roles and self.dates):
            return "false"
        first, last = self.dates
        return f"not (x.start >= {day(first + timedelta(days=1))} and x.start < {day(last)})"

    @property
    def joined(self) -> str:
        """What brings the lists `k` to events `x`."""
        if self.piece is not None:
            return f"cross join (select * exclude (piece) from {self.relation}_pieces where piece = {self.piece}) k"
        if self.of_all:
            return f"cross join {self.relation} k"
        return f"left join {self.relation} k on k.school_no = case when {self.undated} then null else x.school_no end"

    def place(self, known: str) -> str:
        """SQL for the place of a participant `p` in the lists, none for those before the first. `known`: what a school knows its people by."""
        if self.by_text:
            return f"list_position({known}, hash(p))"
        before = self.before if self.piece is not None or self.from_one else known
        return f"case when p > {before} then p - {before} end"         # a negative place would count from the end


def prepare_blocks(db: Database, number: int, by_text: bool, roles: bool, who: bool, events: str) -> Blocks | None:
    """Make `staff_block_<number>` for a source; None where ids lie too far apart to pay, or schools have too many people.

    Per school, or of all, what the people are known by (whole numbers: one less than the lowest, and all numbers from there to the highest have a
    place), their `nos` and `flags`: a bit per role of who is there on all dates, as many of who is there on some only, and one for
    people with several staff rows. `roles`: of roles.prepare_roles, which was called; `events`: SELECT of the date of each.
    """
    blocks = Blocks(number, by_text, int(db.one("select len(max_by(roles, bits)) from role_set") or 0) if roles else 0, who)
    lists = _of_texts(db) if by_text else _of_numbers(db, blocks.ranges, ONE_FOR_ALL["who" if who else "roles"])
    if (roles and not blocks.roles) or lists is None:
        return None
    blocks = blocks._replace(of_all=lists in (ONE, FROM_ONE), from_one=lists is FROM_ONE)
    if blocks.roles:
        blocks = blocks._replace(dates=_dates(db, events))
    told = "".join(f", {_listed(blocks, column, sql)} as {column}" for column, sql in _told(blocks).items())
    kinds = f"left join ({HELD_FROM}) r on r.staff_no = b.staff_no cross join ({_days(blocks.dates)}) d" if blocks.roles else ""
    if blocks.of_all:
        db.run(f"""create or replace table {blocks.relation} as
            with o as (select {'1::bigint' if blocks.from_one else 'min(low)'} as low, max(high) as high from {blocks.ranges}),
            b as (select p.*, o.low, lead(p.id, 1, p.id + 1) over (order by p.id) - p.id as places
                  from ({NUMBERED}) p join o on p.id between o.low and o.high)
            select null::integer as school_no, any_value(b.low) - 1 as known{told} from b {kinds}""")
    elif by_text:
        db.run(f"""create or replace table {blocks.relation} as
            with b as (select distinct a.school_no, p.staff_no, hash(p.staff) as id from assignment a join person p on p.staff_no = a.staff_no
                       where a.school_no is not null)
            select b.school_no, list(b.id order by b.id) as known{told} from b {kinds} group by b.school_no""")
    else:
        db.run(f"""create or replace table {blocks.relation} as
            with i as (select school_no, low, unnest(range(low, high + 1)) as id from {blocks.ranges} where high - low < {MOST_PLACES}),
            b as (select i.*, p.staff_no from i left join ({NUMBERED}) p on p.id = i.id)
            select b.school_no, b.low - 1 as known{told} from b {kinds} group by b.school_no, b.low""")
    return blocks


def _days(dates: tuple[date, date] | None) -> str:
    """SELECT of the first and last date of which the flags tell."""
    if dates is None:
        return "select min(date) as first, max(date) as last from day"
    first, last = dates
    return f"select {day(first)} as first, {day(last)} as last"


def _dates(db: Database, events: str) -> tuple[date, date] | None:
    """The dates of nearly all events, and a day more to each side for other zones; None where people are there on all dates anyway."""
    every = _days(None)
    if db.one(f"select avg((begins <= d.first and ends >= d.last)::integer) >= {MOSTLY} from ({HELD_FROM}) cross join ({every}) d"):
        return None
    counted = "select date, sum(events) over (order by date) as upto, sum(events) over () as every"
    first, last = db.rows(f"""select min(date) filter (upto > every * {STRAY}), min(date) filter (upto >= every * {1 - STRAY})
        from ({counted} from (select date, count(*) as events from ({events}) group by date))""")[0]
    one = timedelta(days=1)
    return (max(first, date.min + one) - one, min(last, date.max - one) + one) if first else None


def _told(blocks: Blocks) -> dict[str, str]:
    """Column of the relation → SQL of what it lists."""
    found = {"nos": "b.staff_no"} if blocks.who else {}
    if blocks.roles:
        ever = "r.begins <= d.first and r.ends >= d.last"
        told = f"when {ever} then r.bits else r.bits << {blocks.roles}"
        found["flags"] = f"(case when r.staff_no is null or r.several then {blocks.alone} {told} end)::{blocks.kind}"
    return found


def _listed(blocks: Blocks, column: str, sql: str) -> str:
    """A column as the list of its values in the order of the ids.

    Where one list is of all, a person's value is followed by what stands for the numbers that nobody has: joined one by one they would take thrice as long.
    """
    if not blocks.of_all:
        return f"list({sql} order by b.id)"
    nobody = "null::integer" if column == "nos" else f"{blocks.alone}::{blocks.kind}"
    return f"""list_concat(list_resize([{nobody}], min(b.id - b.low), {nobody}),
        flatten(list(list_resize([{sql}], b.places, {nobody}) order by b.id)))"""


SCHOOLS, ONE, FROM_ONE = "a list per school", "one list of all", "one list of all from the number one"


def _of_texts(db: Database) -> str | None:
    """How people are listed; None where some school has very many."""
    most = db.one("select max(people) from (select count(distinct staff_no) as people from assignment where school_no is not null group by school_no)")
    return SCHOOLS if most is not None and most <= LONGEST else None


def _of_numbers(db: Database, ranges: str, one_for_all: int) -> str | None:
    """Make the relation of each school's numbers (school_no, low, high, people), and say how people are listed; None where neither way pays."""
    db.run(f"""create or replace table {ranges} as select a.school_no, min(p.id) as low, max(p.id) as high, count(*) as people
        from assignment a join ({NUMBERED}) p on p.staff_no = a.staff_no where a.school_no is not null group by a.school_no""")
    small = f"high - low < {MOST_PLACES}"
    of_schools, for_each, in_large, low, high, most = db.rows(f"""select sum(high - low + 1) filter ({small}),
        sum((high - low + 1) * people) filter ({small}) / sum(people) filter ({small}), coalesce(sum(people) filter (not {small}) / sum(people), 0),
        min(low), max(high), {OVERLAP} * (select count(*) from person) + 1000 from {ranges}""")[0]
    if low is None or low < 0:          # a place is a difference, and must be a number too
        return None
    most_of_all = min(most, LARGEST)
    ways = {ONE: (high - low + 1) / one_for_all} if high - low < most_of_all else {}
    if low > 0 and high <= most_of_all:
        ways = {FROM_ONE: high / one_for_all}
    if of_schools and of_schools <= most and in_large <= IN_LARGE:
        ways[SCHOOLS] = for_each
    return min(ways, key=lambda way: ways[way], default=None)


def in_pieces(db: Database, blocks: Blocks, rows: str, files: int) -> Blocks:
    """A list for each piece of the files in place of one of all, where that is much shorter. `rows`: see `pieces_of`."""
    listed = list(_told(blocks))
    known, places = db.rows(f"select known, len({listed[0]}) from {blocks.relation}")[0]
    pieces = pieces_of(db, rows, files, blocks.ranges, places)
    if not pieces:
        return blocks
    cut = (", ".join(f"{column}[{p.low - known}:{p.high - known}] as {column}" for column in listed) for p in pieces)
    lists = (f"select {number} as piece, school_no, {piece.low - 1}::bigint as known, {columns} from {blocks.relation}"
             for number, (piece, columns) in enumerate(zip(pieces, cut, strict=True)))
    db.run(f"create or replace table {blocks.relation}_pieces as {' union all '.join(lists)}")
    return blocks._replace(pieces=pieces, from_one=False)


def told_by_ids(rows: str, blocks: Blocks) -> str:
    """SELECT of rows with participants' ids, with `bits` as in `roles.with_role_bits`, `nos`, and `alone`.

    `alone`: the ids of those who have to be looked up: who is not in the list (of another school, unknown); and where that decides, who has
    several staff rows, or whose role depends on the date, unless others bring that role. Their bits are not among `bits`.
    """
    if blocks.pieces:
        each = [blocks._replace(pieces=(), piece=number, before=piece.low - 1) for number, piece in enumerate(blocks.pieces)]
        return " union all ".join(told_by_ids(only(rows, piece.condition), one) for piece, one in zip(blocks.pieces, each, strict=True))
    once = blocks.who and blocks.by_text            # to find the places takes longer than to look there
    at, of, lone = ("p", "x.places", "x.places[i]") if once else (blocks.place("x.known"), "x.participants", blocks.place("x.known"))
    places = f", list_transform(x.participants, lambda p: {blocks.place('k.known')}) as places" if once else ""
    gone, looked, found, alone = ["known", *(["places"] if once else [])], [], ["0::integer as strangers"], []
    if blocks.roles:
        flag = f"coalesce(x.flags[{{}}], {blocks.alone}::{blocks.kind})"
        flags = f"coalesce(list_bit_or(list_transform({of}, lambda p: {flag.format(at)})), 0)::integer"
        undated = f"when {blocks.undated} and len(x.participants) > 0 then {blocks.alone}" if blocks.of_all and blocks.dates else ""
        looked.append(f"case {undated} when x.participants is not null then {flags} end as told")
        found.append(f"x.told & {blocks.held} as bits")
        unclear = f"((x.told >> {blocks.roles}) & ~(x.told & {blocks.held})) <> 0"
        every = f"{blocks.undated} or " if undated else ""
        alone.append(f"when {unclear} then list_filter(x.participants, lambda p, i: {every}{flag.format(lone)} > {blocks.held})")
        gone += ["flags", "told"]
    if blocks.who:
        looked.append(f"list_transform({of}, lambda p: x.nos[{at}]) as found")
        found.append("case when list_count(x.found) = len(x.found) then x.found else list_filter(x.found, lambda no: no is not null) end as nos")
        if not blocks.roles:
            alone.append("when list_count(x.found) < len(x.found) then list_filter(x.participants, lambda p, i: x.found[i] is null)")
        gone += ["nos", "found"]
    return f"""select x.* exclude ({', '.join(gone)}), {', '.join(found)}, case {' '.join(alone)} end as alone
        from (select x.*, {', '.join(looked)} from (select x.*, k.* exclude (school_no){places} from ({rows}) x {blocks.joined}) x) x"""
