"""office.db: teams, members and coaching contacts in the database of the district office (SQLite)."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from maker.days import rng
from maker.leadership import coaching_rows
from maker.systems import GRADE_TEAMS, PLACES, STAFF, address, members, team_name

TABLES = """
pragma page_size = 4096;
pragma auto_vacuum = none;
begin;
create table team (code text, name text, school text, grades text, students integer);
create table member (team_code text, staff text, last_day text);
create table contact (contact_id text, began text, minutes integer, school text, coach_email text, state text);
"""
WRITTEN_BY = (3_040_000).to_bytes(4, "big")


def database() -> bytes:
    """The file, the same wherever it is made: the number of the program that wrote it is put back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "office.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as made:
            made.executescript(TABLES)
            made.executemany("insert into team values (?, ?, ?, ?, ?)", [(t.team, team_name(t), t.school, t.grades, t.students) for t in GRADE_TEAMS])
            in_teams = [(team.team, staff, str(last) if last else None) for team in GRADE_TEAMS for staff, last in members(team)]
            made.executemany("insert into member values (?, ?, ?)", in_teams)
            made.executemany("insert into contact values (?, ?, ?, ?, ?, ?)", contacts())
            made.execute("commit")
        raw = path.read_bytes()
    return raw[:96] + WRITTEN_BY + raw[100:]


def contacts() -> list[tuple[object, ...]]:
    """Coaching contacts of the two schools: one in nine did not take place, and Two Rivers has none in winter."""
    coaches = {person.school: address(person.staff) for person in STAFF if person.role == "coach"}
    found: list[tuple[object, ...]] = []
    for row in coaching_rows():
        school = str(row["school_code"])
        if school in PLACES:
            chance = rng("contact", row["contact"])
            state = "no show" if len(found) % 9 == 8 else "done"
            found.append((str(row["contact"]), f"{row['on']}T{chance.choice(('09:30', '13:15'))}", chance.choice((30, 45)), school, coaches[school], state))
    return found
