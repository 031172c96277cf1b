"""Subjects: who can be judged, at which schools, on which dates; and the people behind them."""

from __future__ import annotations

from collections.abc import Mapping

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.relations import DATE_MAX, DATE_MIN, ROSTER
from fidelity_engine.stages.load.calendar import Span
from fidelity_engine.stages.load.calendar_rows import Bells

GRADE_NAMES = {"PK": "Pre-kindergarten", "KG": "Kindergarten"}


PERSON = ROSTER["person"] | {"several": "BOOLEAN"}
ASSIGNMENT = ROSTER["assignment"] | {"several": "BOOLEAN", "subject_no": "INTEGER"}


def create_subjects(db: Database, ruleset: RuleSet, span: Span, has_staff: bool, bells: Bells) -> None:
    """Make school, subject, subject_school, person, assignment and span. `bells`: of schools that say none."""
    first, last = (f"{minute}::smallint" if minute is not None else "null::smallint" for minute in bells)
    db.run(f"""
        create or replace table school as
        select s.school_no, s.school, coalesce(s.name, s.school) as name, c.class_no, c.zone,
          coalesce(s.day_start, {first}) as day_start, coalesce(s.day_end, {last}) as day_end,
          coalesce(s.from_date, {DATE_MIN}) as from_date, coalesce(s.until_date, {DATE_MAX}) as until_date,
          s.school_level, s.grades, s.students
        from roster_school s join school_class c on c.school_no = s.school_no""")
    create_grades(db)
    create_people(db, span, has_staff)
    create_subject(db, ruleset.name or "District", has_staff)
    create_subject_school(db, has_staff)
    create_spans(db, span, has_staff)


def create_people(db: Database, span: Span, has_staff: bool) -> None:
    """The people and their rows of the staff file."""
    if not has_staff:
        db.run(f"{empty('person', PERSON)}; {empty('assignment', ASSIGNMENT)}")
        return
    db.run(f"""
        create or replace table person as
        select p.staff_no, p.staff, p.name,
          (p.staff_no + {count("roster_team", "roster_grade", "school")})::integer as subject_no, p.several
        from roster_person p""")
    # a staff row holds while its school is open; one without a school has only its own dates
    db.run(f"""
        create or replace table assignment as
        select p.staff_no, r.school_no, r.roles, r.grades,
          greatest(coalesce(r.from_date, {start(span)}), coalesce(s.from_date, {start(span)}), {start(span)}) as from_date,
          least(coalesce(r.until_date, {end(span)}), coalesce(s.until_date, {end(span)}), {end(span)}) as until_date,
          p.several, p.subject_no
        from roster_staff r join person p on p.staff = r.staff left join school s on s.school_no = r.school_no""")


def empty(table: str, columns: Mapping[str, str]) -> str:
    """A table without rows."""
    return f"create or replace table {table} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})"


def count(*tables: str) -> str:
    """The number of rows of some tables together."""
    return "(" + " + ".join(f"(select count(*) from {table})" for table in tables) + ")"


def start(span: Span) -> str:
    """The first date of `day`, as SQL: what an open beginning means."""
    return f"date '{span.first}'"


def end(span: Span) -> str:
    """The last date of `day`, as SQL: what an open end means."""
    return f"date '{span.last}'"


def create_grades(db: Database) -> None:
    """One row per grade of each school."""
    db.run(f"""
        create or replace table roster_grade as
        select g.* exclude (school), (row_number() over (order by school || '/' || grade) + {count("roster_team")})::integer as subject_no
        from (select distinct s.school_no, s.school, unnest(s.grades) as grade from school s) g""")


def create_subject(db: Database, district: str, has_staff: bool) -> None:
    """Every subject of every kind, numbered: teams, grades, schools, staff, the district."""
    names = " ".join(f"when '{grade}' then '{words}'" for grade, words in GRADE_NAMES.items())
    staff = """
        union all
        select a.subject_no, 'staff', p.staff, p.name, s.school_no, s.school, coalesce(h.class_no, s.class_no), null, a.grades
        from (select subject_no, staff_no, school_no, grades from assignment where not several
              union all
              select subject_no, staff_no, min(school_no), list_sort(list_distinct(flatten(list(grades))))
              from assignment where several group by subject_no, staff_no) a
          join person p on p.staff_no = a.staff_no
          left join school s on s.school_no = a.school_no left join holder h on h.staff_no = a.staff_no"""
    db.run(f"""
        create or replace table subject as
        select t.subject_no, 'team' as subject_kind, t.team as subject, coalesce(t.name, t.team) as name,
          s.school_no, s.school, s.class_no, t.students, t.grades
        from roster_team t join school s on s.school_no = t.school_no
        union all
        select g.subject_no, 'grade', s.school || '/' || g.grade,
          case g.grade {names} else 'Grade ' || ltrim(g.grade, '0') end || ' at ' || s.name,
          s.school_no, s.school, s.class_no, null, [g.grade]
        from roster_grade g join school s on s.school_no = g.school_no
        union all
        select (s.school_no + {count("roster_team", "roster_grade")})::integer, 'school', s.school, s.name,
          s.school_no, s.school, s.class_no, s.students, s.grades
        from school s{staff if has_staff else ""}
        union all
        select ({count("roster_team", "roster_grade", "school", "person")} + 1)::integer, 'district', 'district',
          {text(district)}, null, null, h.class_no,
          (select case when count(*) = count(students) then sum(students) end::bigint from school), null
        from holder h where h.staff_no = 0""")


def create_subject_school(db: Database, has_staff: bool) -> None:
    """The schools of each subject; a staff row without a school is one at every school."""
    staff = """
        union all
        select subject_no, school_no from assignment where school_no is not null and not several
        union all
        select distinct subject_no, school_no from assignment where school_no is not null and several
          and staff_no not in (select staff_no from assignment where school_no is null)
        union all
        select p.subject_no, s.school_no from person p cross join school s
        where p.staff_no in (select staff_no from assignment where school_no is null)"""
    db.run(f"""
        create or replace table subject_school as
        select subject_no, school_no from subject where subject_kind not in ('staff', 'district')
        union all
        select d.subject_no, s.school_no from subject d cross join school s where d.subject_kind = 'district'
        {staff if has_staff else ""}""")


def create_spans(db: Database, span: Span, has_staff: bool) -> None:
    """The dates on which each subject is active: its own, cut with its school's, merged. The district always is."""
    own = f"greatest(coalesce(r.from_date, {start(span)}), s.from_date, {start(span)})"
    last = f"least(coalesce(r.until_date, {end(span)}), s.until_date, {end(span)})"
    staff = f"""
          union all
          select subject_no, from_date, until_date from assignment where not several
          union all
          {merged("select * from assignment where several", "subject_no")}"""
    db.run(f"""
        create or replace table span as
        select * from (
          select r.subject_no, {own} as from_date, {last} as until_date
          from roster_team r join school s on s.school_no = r.school_no
          union all
          select r.subject_no, greatest(s.from_date, {start(span)}), least(s.until_date, {end(span)})
          from subject r join school s on s.school_no = r.school_no where r.subject_kind in ('grade', 'school')
          union all
          select subject_no, {start(span)}, {end(span)} from subject where subject_kind = 'district'
          {staff if has_staff else ""})
        where from_date <= until_date""")


def merged(pieces: str, keys: str) -> str:
    """The union of the spans of each key: disjoint, and neighbours joined."""
    order = f"over (partition by {keys} order by from_date, until_date rows between unbounded preceding and"
    return f"""
        select {keys}, min(from_date) as from_date, max(until_date) as until_date from (
          select *, sum(fresh) {order} current row) as stretch from (
            select *, (coalesce(from_date > max(until_date) {order} 1 preceding) + 1, true))::integer as fresh
            from ({pieces}) where from_date <= until_date))
        group by {keys}, stretch"""
