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
MOST_JOINED = 1_000_000
"""Up to so many subjects, and so many rulings and cells without one, the engine joins by their place (its own limit is 2**20): so rows keep their order."""
ONE_AFTER_THE_OTHER = """(select * exclude (place)
    from (select *, count(*) over (rows between unbounded preceding and current row) as place from {}) where place > 0)"""
"""A relation in its order: rows that are counted one by one are read by one thread, also as they are joined, and others can be at other work."""
SUBJECTS = "from subject where subject_kind in (select subject_kind from rule_row)"
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
    """The same as what stands after FROM, in its order; empty where rows are to be sorted whole.

    Cells are sorted while they are four numbers, and laid down; what is shown of them is joined as they are read.
    """
    if max(db.rows(f"select (select count(*) {SUBJECTS}), (select count(*) from ruling) + (select count(*) from verdict_number)")[0]) > MOST_JOINED:
        return ""
    shown, cells = _as_rulings(db, _show(db, asked))
    subjects = _subjects(db)
    if not (_keeps_order(db, shown, "ruling_no") and _keeps_order(db, subjects, "subject_no")):
        return ""
    db.run(f"""create or replace table ordered_cell as select v.* from (select rule_no, subject_no, ruling_no, disposition from {cells}) v where {asked}
        order by {place_of(db, "v.rule_no")}, v.subject_no, v.ruling_no""")
    own = {"subject": "s", "school": "s", "disposition": "v"}
    columns = ", ".join(f"{own.get(column, 'r')}.{column}" for column in PUBLIC)
    return f"""(select {columns} from {ONE_AFTER_THE_OTHER.format('ordered_cell')} v
        join {shown} r on r.ruling_no = v.ruling_no join {subjects} s on s.subject_no = v.subject_no)"""


def _keeps_order(db: Database, joined: str, key: str) -> bool:
    """Whether rows keep their order when this is joined to them, tried with each key once.

    Joined by their place they do. Else the engine finds most at the first look, and those that it has to look for further come later.
    """
    late = db.one(f"""select count(*) from (select {key}, lag({key}) over () as before
        from (select v.{key} from (select {key} from {joined} order by {key}) v join {joined} r on r.{key} = v.{key})) where before > {key}""")
    return not late


def _as_rulings(db: Database, numbers: str) -> tuple[str, str]:
    """What is shown of rulings, and the cells, with those that have none: each gets one of its own. `numbers`: SELECT of their rows."""
    if not numbers:
        return "shown_ruling", "verdict_cell"
    db.run(f"""create or replace table shown_number as select row_number() over (order by window_start)
        + (select coalesce(max(ruling_no), 0) from shown_ruling) as ruling_no, * from ({numbers})""")
    shown, cells = (f"(from {of_rulings} union all by name select {columns} from shown_number)" for of_rulings, columns in (
        ("shown_ruling", f"ruling_no, {SHOWN}"), ("verdict_cell", "rule_no, subject_no, ruling_no, disposition")))
    return shown, cells


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
    """The relation that tells subject and school of a subject: names, unless there are very many. A table of its own: the engine knows its numbers."""
    columns = ["subject", "school"]
    if 0 < int(db.one(f"select count(*) {SUBJECTS}")) <= MOST_NAMES:
        for column in columns:
            _create_name(db, column, f"select {column} as name {SUBJECTS}")
        columns = [f"{column}::shown_{column} as {column}" for column in columns]
    db.run(f"create or replace table shown_subject as select subject_no, {', '.join(columns)} {SUBJECTS}")
    return "shown_subject"


def _create_name(db: Database, column: str, names: str) -> None:
    """Create the type `shown_<column>`, which holds the texts of a shown column. `names`: SELECT of their `name`."""
    listed = f"select distinct name from ({names} union all select '') where name is not null order by all"
    db.run(f"create or replace type shown_{column} as enum ({listed})")
