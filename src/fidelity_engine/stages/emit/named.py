"""The verdict rows of a large district in their order, where the few different texts of a column are names of a few bytes.

What is shown of a ruling is made once for all its cells (see verdicts.py), so that a row is a cell, the number of its
ruling, and what was made before.
"""

from __future__ import annotations

from fidelity_engine.db import Database
from fidelity_engine.stages.emit.rows import PUBLIC, place_of, public, required, with_rules
from fidelity_engine.verdicts import RULING, SAME, has_numbers

NAMED = ("rule", "subject_kind", "subject", "school", "unit", "required", "level", "verdict", "reason", "disposition")
"""Columns of few different texts."""
OF_RULE = ("rule", "subject_kind", "unit")
OF_CELL = ("subject", "school", "disposition")
DATES = ("window_start", "window_end", "closes_on", "due")
"""They are sorted as numbers of days, of which the engine knows that few bits tell them apart."""
DAY_ZERO = "date '0001-01-01'"
MOST_NAMES = 200_000
"""Subjects are names too where there are so many: then a file is written in four fifths of the time."""
MOST_TEXTS = 10_000
"""Targets and reasons are names where there are at most so many different ones."""
VERY_MANY = 10_000_000
"""So many rows, as wide as they are shown, are too many to be sorted at once; of fewer, to lay them down costs more than it saves."""
PIECE = 2_000_000
"""So many cells become rows at a time where there is little room."""
SHOWN = ", ".join(column for column in PUBLIC if column not in OF_CELL)


def ordered_by_name(db: Database, asked: str) -> str:
    """SELECT of the public columns ordered by rule, subject and window. `asked`: condition on the rule_no and subject_no of a cell `v`."""
    numbers = _show(db, asked)
    parts = [f"""select v.rule_no, v.subject_no, v.disposition, {SHOWN} from verdict_cell v
        join shown_ruling r on r.ruling_no = v.ruling_no where {asked}""", *([numbers] if numbers else [])]
    numbered = ", ".join(f"(v.{column} - {DAY_ZERO})::integer as {column}" for column in DATES)
    dated = ", ".join(f"{DAY_ZERO} + {column} as {column}" for column in DATES)
    return f"""select * replace ({dated}) from (select v.* exclude (rule_no, subject_no) replace ({numbered}), s.subject, s.school
        from ({" union all by name ".join(parts)}) v join {_subjects(db)} s on s.subject_no = v.subject_no
        order by {place_of(db, "v.rule_no")}, (v.subject_no::bigint << 20) + (v.window_start - {DAY_ZERO}))"""          # one number sorts sooner than two


def laid_down_by_name(db: Database, asked: str) -> str:
    """The same where there is little room: very many rows become a relation that is laid down in order (see Database.fence).

    Its cells are sorted while they are four numbers; then so many at a time become rows, sorted in memory.
    """
    if _show(db, asked) or int(db.one("select count(*) from verdict_cell")) < VERY_MANY:
        return ordered_by_name(db, asked)
    own = {"subject": "s", "school": "s", "disposition": "v"}
    columns, subjects = ", ".join(f"{own.get(column, 'r')}.{column}" for column in PUBLIC), _subjects(db)
    db.run(f"""create or replace table ordered_cell as select v.rule_no, v.subject_no, v.ruling_no, v.disposition from verdict_cell v where {asked}
        order by {place_of(db, "v.rule_no")}, v.subject_no, v.ruling_no""")
    for first in range(0, int(db.one("select count(*) from ordered_cell")) or 1, PIECE):
        db.run(f"""{"insert into shown_verdict" if first else "create or replace table shown_verdict as"} select {columns} from
            (select rowid as place, * from ordered_cell where rowid between {first} and {first + PIECE - 1}) v
            join shown_ruling r on r.ruling_no = v.ruling_no join {subjects} s on s.subject_no = v.subject_no order by v.place""")
    return f"select {', '.join(PUBLIC)} from shown_verdict"


def _show(db: Database, asked: str) -> str:
    """Make what the rows are put together from; gives the SELECT of the rows of cells without a ruling, if there are any."""
    for column in OF_RULE:
        _create_name(db, column, f"select {column} as name from rule_row")
    _show_rulings(db)
    numbers = f"select rule_no, subject_no, disposition, {SHOWN} from ({_shown_numbers(db, asked)})" if has_numbers(db) else ""
    named = {}
    for column in ("required", "reason"):
        others = f" union all select {column} from ({numbers})" if numbers else ""
        texts = f"select distinct {column} as name from (select {column} from shown_ruling{others})"
        if (db.one(f"select count(*) from ({texts})") or 0) <= MOST_TEXTS:
            _create_name(db, column, texts)
            named[column] = f"{column}::shown_{column} as {column}"
    replaced = f"replace ({', '.join(named.values())})" if named else ""
    db.run(f"create or replace temp table shown_ruling as select * {replaced} from shown_ruling")
    return f"select * {replaced} from ({numbers})" if numbers else ""


def _show_rulings(db: Database) -> None:
    """Create `shown_ruling`: per ruling what is shown of its cells."""
    same = ", ".join(f"{value} as {column}" for column, value in {**SAME, **dict.fromkeys(OF_CELL, "null::varchar")}.items())
    rulings = f"""select v.rule_no, v.ruling_no as subject_no, {', '.join(f'v.{column}' for column in RULING)}, {same}, f.date as silent_since
        from ruling v left join day_of f on f.class_no = v.class_no and f.ord = v.since_ord"""
    rows = public(with_rules(db, rulings, {column: f"shown_{column}" for column in OF_RULE}), whole=True, named=True)
    db.run(f"create or replace temp table shown_ruling as select subject_no as ruling_no, {SHOWN} from ({rows})")


def _shown_numbers(db: Database, asked: str) -> str:
    """SELECT of what is shown of the cells without a ruling; their few targets are made once."""
    db.run(f"""create or replace temp table need_text as
        select rule_no, need_num, need_den, coalesce(need_top_num, -1) as top, {required(whole=False)} as required
        from (select distinct v.rule_no, v.need_num, v.need_den, v.need_top_num, r.is_range
              from verdict_number v join rule_row r on r.rule_no = v.rule_no where v.need_num is not null) v""")
    cells = f"""select v.*, null::varchar as subject, null::varchar as school, f.date as silent_since, n.required from verdict_number v
        left join day_of f on f.class_no = v.class_no and f.ord = v.since_ord
        left join need_text n on n.rule_no = v.rule_no and n.need_num = v.need_num and n.top = coalesce(v.need_top_num, -1) and n.need_den = v.need_den
        where {asked}"""
    return public(with_rules(db, cells, {column: f"shown_{column}" for column in OF_RULE}), target="v.required", named=True)


def _subjects(db: Database) -> str:
    """The relation that tells subject and school of a subject: names, unless there are very many."""
    asked = "from subject where subject_kind in (select subject_kind from rule_row)"
    if not 0 < int(db.one(f"select count(*) {asked}")) <= MOST_NAMES:
        return "subject"
    for column in ("subject", "school"):
        _create_name(db, column, f"select {column} as name {asked}")
    db.run(f"create or replace temp table shown_subject as select subject_no, subject::shown_subject as subject, school::shown_school as school {asked}")
    return "shown_subject"


def _create_name(db: Database, column: str, names: str) -> None:
    """Create the type `shown_<column>`, which holds the texts of a shown column. `names`: SELECT of their `name`."""
    listed = f"select distinct name from ({names} union all select '') where name is not null order by all"
    db.run(f"create or replace {db.passing} type shown_{column} as enum ({listed})")
