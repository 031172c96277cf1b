"""Places: where the events of a source are, by type, school and date; what differs from the last run.

`place` (source_no, type, school_no, date, rows, said, plain): how many known events there are, a fingerprint of them, and
how many of them are *plain*: nothing is wrong with the row, and no other has its id. `school_no` is null where an event
may be of several schools, or of none: that is everywhere. `odd` (source_no, file, row_no, late) are the rows that are not
plain; late ones were not known yet.
"""

from __future__ import annotations

from fidelity_engine.db import Database, name
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.weighing import LOOSE, Weighed
from fidelity_engine.where import CANONICAL

PLACE = {
    "source_no": "INTEGER", "type": "VARCHAR", "school_no": "INTEGER", "date": "DATE", "rows": "BIGINT", "said": "UBIGINT", "plain": "BIGINT",
}
ODD = {"source_no": "INTEGER", "file_no": "INTEGER", "row_no": "BIGINT", "late": "BOOLEAN"}
STRANGER = {"source_no": "INTEGER", "type": "VARCHAR", "school_no": "INTEGER", "date": "DATE", "strangers": "BIGINT"}
TOUCHED = {"source_no": "INTEGER", "type": "VARCHAR", "school_no": "INTEGER", "date": "DATE"}

TEAMS = "(select subject_no, school_no as of_team from subject where subject_kind = 'team')"


def create(db: Database) -> None:
    """Make the relations, empty."""
    for relation, columns in {"place": PLACE, "odd": ODD, "stranger": STRANGER, "touched": TOUCHED}.items():
        db.run(f"create or replace temp table {relation} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")


def school_of(team: bool, several: bool, row: str = "r") -> tuple[str, str]:
    """SQL of the school of a place, and the join that it needs. `team`: events have a team besides a school; `several`: or many."""
    if not team and not several:
        return f"{row}.school_no", ""
    alone = f"({row}.team_no is null or t.of_team = {row}.school_no) and {row}.other_teams is null and {row}.other_schools is null"
    return f"case when {alone} then {row}.school_no end", f"left join {TEAMS} t on t.subject_no = {row}.team_no"


def _school(staged: Staged) -> tuple[str, str]:
    several = staged.is_list("team") or staged.is_list("school")
    return school_of(staged.has("team") and staged.has("school"), several)


def count(db: Database, weighed: Weighed, known_until: str, apart: bool) -> None:
    """Add the places of a source. `apart`: it may be read in part the next time, so its odd rows are noted."""
    staged = weighed.staged
    school, join = _school(staged)
    known = f"coalesce(r.recorded, r.start) <= {known_until}"
    twice = ""
    if apart and weighed.again:
        db.run(f"""create or replace temp table twice as select id from {weighed.rows}
            where fate in (0, {Fate.DUPLICATE.value}, {Fate.SUPERSEDED.value}) group by id having count(*) > 1""")
        twice = " and r.id not in (select id from twice)"
    plain = f"r.fate = 0 and r.bad = 0 and here is not null and {known}{twice}" if apart else "false"
    rows = f"(select r.*, {school} as here from {weighed.rows} r {join})"
    db.run(f"""insert into place select {staged.number}, type, here, start::date, count(*), bit_xor({_said(staged)}), count(*) filter ({plain})
        from {rows} r where fate = 0 and {known} group by all""")
    if apart:
        db.run(f"""insert into odd select {staged.number}, file_no, row_no, fate = 0 and not ({known})
            from {rows} r where ({plain}) is distinct from true""")


def _said(staged: Staged) -> str:
    """What an event says, as a number."""
    extras = [name("x_" + field) for field in staged.fields if field not in CANONICAL]
    return f"""hash(id, type, start, day_only, "end", minutes, team, school, participants, grades, status, recorded{''.join(f', {x}' for x in extras)})"""


def differ(db: Database, number: int, former: str) -> None:
    """Add to `touched` the places of a source that are not as they were. `former`: SELECT of its places in the last run."""
    same = "count(*) = 2 and min(rows) = max(rows) and min(said) = max(said)"
    db.run(f"""insert into touched select {number}, type, school_no, date from (
          select type, school_no, date, rows, said from place where source_no = {number}
          union all select type, school_no, date, rows, said from ({former}))
        group by all having not ({same})""")


def touch(db: Database, staged: Staged, linked: str, where: str) -> None:
    """Add to `touched` where rows are. `linked`: the rows with their team and school; `where`: which of them.

    Rows that only people could link, if anybody, are everywhere.
    """
    school, join = _school(staged)
    db.run(f"""insert into touched select distinct {staged.number}, r.type, {school}, r.start::date
        from ({linked}) r {join} where r.fate in ({', '.join(str(int(fate)) for fate in LOOSE)}) and ({where})""")


def count_strangers(db: Database, kind: str, relation: str, team: bool) -> None:
    """Add to `stranger` how many participants of a type's events are on no roster."""
    school, join = school_of(team, True)
    db.run(f"""insert into stranger select r.source_no, $kind, {school}, r.date, sum(r.unknown_participants)
        from (select source_no, team_no, other_teams, school_no, other_schools, date, unknown_participants from {relation}
              where unknown_participants > 0) r {join} group by all""", {"kind": kind})
