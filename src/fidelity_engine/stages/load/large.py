"""Large text files, staged with a short way for the cells that are written as most are, and a careful one for all others.

Both give the same values (staging.py is the careful way for every cell); what is not needed at once is made when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from fidelity_engine.db import Database, DatabaseError, name, text
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.stages.load import canonical
from fidelity_engine.stages.load.convert import Short
from fidelity_engine.stages.load.feed import Feed, unreadable
from fidelity_engine.stages.load.fields import Made
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged, staged_of

WHOLE = "[1-9][0-9]{0,8}"
SEVERAL = 2
"""Texts that stand in so many rows are looked up once for all of these."""
ODD, GUARD = "an id that is no whole number", "'"
BITS, MOST_TOLD = 1 << 20, 50_000
"""Of the bitmap of ids whose rows are told, and the most of these."""


def suits(spec: SourceSpec, feed: Feed, joined: bool) -> bool:
    """Whether a source is staged here: plain rows of large files. `joined`: some fields are looked up."""
    return feed.large and not joined and spec.one_event_per is None


def stage_large(db: Database, number: int, spec: SourceSpec, feed: Feed, fields: canonical.Fields, grades: bool) -> Staged:
    """The rows in a narrow table `rows_<n>`, and what follows from it in a query over it. `grades`: they are asked for."""
    kept = {field: made for field, made in fields.items() if grades or field != "grades"}
    fields = dict(fields)
    if _in_whole_numbers(db, number, spec, feed, kept):
        fields["id"] = fields["id"]._replace(sql_type="BIGINT")
    else:
        _create(db, number, spec, feed, kept)
    if not db.one(f"select bool_or(day_only) from rows_{number}"):
        fields["start"] = fields["start"]._replace(day_only="false")
    rows = _rows(number, spec, feed.files, {field: fields[field] for field in kept})
    return staged_of(number, spec, feed, fields, rows, narrow=True)


def _in_whole_numbers(db: Database, number: int, spec: SourceSpec, feed: Feed, fields: canonical.Fields) -> bool:
    """Whether all ids are whole numbers as the engine writes them, and the table is made with numbers. The first other one ends it."""
    made = fields.get("id")
    if made is None or made.short is None:
        return False
    written, guess = name("t_id"), name("g_id")
    odd = f"case when {made.short.missing} then null else error({text(ODD)}) end"
    short = made.short._replace(guess=f"try_cast({written} as bigint)", fits=f"{guess}::varchar = {written}", value=guess, otherwise=odd)
    try:
        _create(db, number, spec, feed, {**fields, "id": made._replace(short=short)})
    except Unlike:
        return False
    return True


class Unlike(Exception):
    """The ids are not what they were taken for."""


def _create(db: Database, number: int, spec: SourceSpec, feed: Feed, fields: canonical.Fields) -> None:
    try:
        db.run(f"create or replace table rows_{number} as {_stored(spec, feed, fields)}")
    except DatabaseError as error:
        if ODD in str(error):
            raise Unlike from None
        raise unreadable(spec.name, error) from error


def _shorts(fields: canonical.Fields) -> dict[str, Short]:
    return {field: made.short for field, made in fields.items() if made.short}


def _lists(fields: canonical.Fields) -> dict[str, Made]:
    """Fields whose cells are stored as they are, and taken apart when they are asked for."""
    return {field: made for field, made in fields.items() if made.type == "list"}


def _stored(spec: SourceSpec, feed: Feed, fields: canonical.Fields) -> str:
    """SELECT of file_no, bad, fate, day_only and the values, in layers: texts and guesses, what fits, values, what follows."""
    shorts, lists = _shorts(fields), _lists(fields)
    derived = canonical.id_is_derived(spec, fields)
    used = canonical.used(spec, feed, fields)
    inner = feed.select(feed.columns, derived)
    cells = [f"{name(str(fields[f].column))} as {name('t_' + f)}" for f in shorts]
    cells += [f"{made.cell} as {canonical.cell(f)}" for f, made in fields.items() if f not in shorts]
    cells += ['"@whole_row" as whole_row'] if derived else []
    guesses = "".join(f", {one.guess} as {name('g_' + f)}" for f, one in shorts.items() if one.guess != "null")
    fits = "".join(f", {one.fits} as {name('q_' + f)}" for f, one in shorts.items())
    values = [f"case when {name('q_' + f)} then {one.value} else {one.otherwise} end as {canonical.value(f)}" for f, one in shorts.items()]
    values += [f"{made.sql} as {canonical.value(f)}" for f, made in fields.items() if f not in shorts and f not in lists]
    values += [f"{canonical.id_of(spec, fields)} as v_id"] if derived else []
    skipped = canonical.skipped(spec, feed)
    broken = _unread(set(feed.columns) - used)
    sql = f'select "@file_no" as file_no, {broken} as broken, {skipped} as skipped, {", ".join(cells)} from ({inner})'
    sql = f"select *{fits} from (select *{guesses} from ({sql}))"
    sql = f"select *, {', '.join(values)}, {_day_only(fields)} as day_only from ({sql})"
    kept = [_kept(spec, f) if f not in lists else canonical.cell(f) for f in fields] + (["v_id"] if derived else [])
    files = "file_no, " if len(feed.files) > 1 else ""
    return f"select {files}{_bad(feed, fields)} as bad, {canonical.fate(spec, fields, _starts(fields))} as fate, day_only, {', '.join(kept)} from ({sql})"


def _kept(spec: SourceSpec, field: str) -> str:
    """The value as it is stored: a type among those that are delivered is a small number to the engine."""
    value = canonical.value(field)
    return f"try_cast({value} as enum({', '.join(map(text, dict.fromkeys(spec.delivers)))})) as {value}" if field == "type" else value


def _unread(columns: Collection[str]) -> str:
    """Condition that never holds, for which these are read: a file is damaged wherever it holds bytes that are no text."""
    return f"least({', '.join(f'strlen({name(column)})' for column in sorted(columns))}) < 0" if columns else "false"


def _day_only(fields: canonical.Fields) -> str:
    start = fields["start"]
    return f"case when q_start then false else {start.short.day_only} end" if start.short else start.day_only


def _missing(field: str, fields: canonical.Fields) -> str:
    """Condition: the cell is empty."""
    short = fields[field].short
    return short.missing if short else f"{canonical.cell(field)} is null"


def _starts(fields: canonical.Fields) -> list[tuple[str, object]]:
    return [("v_start is null", f"case when {_missing('start', fields)} then {Fate.NO_START.value} else {Fate.BAD_START.value} end")]


def _bad(feed: Feed, fields: canonical.Fields) -> str:
    """A bit for each checked field; whether a cell is empty is only asked where it gave no value."""
    found = [f"(case when {canonical.value(f)} is null then not ({_missing(f, fields)}) else false end)::bigint << {place}"
             for place, f in enumerate(canonical.checked(feed, fields))]
    small = "utinyint" if len(found) <= 8 else "bigint"
    return f"({' | '.join(f'({one})' for one in found) or '0'})::{small}"


def _is_told(fields: canonical.Fields) -> bool:
    """Whether the rows have participants as text, which is theirs as it stands."""
    return "participants" in fields and fields["participants"].as_written


def texts_taken_apart(db: Database, staged: Staged) -> str | None:
    """SELECT of no, who (the text of participants), and staff, a row for each of them; None unless most texts stand in several rows."""
    if not staged.narrow or not _is_told(staged.fields):
        return None
    rows = f"rows_{staged.number}"
    if not db.one(f"select {SEVERAL} * approx_count_distinct(c_participants) <= count(c_participants) from {rows}"):
        return None
    return f"""select no, c_participants as who, unnest({staged.fields["participants"].sql})::varchar as staff
        from (select *, row_number() over () as no from (select distinct c_participants from {rows} where c_participants is not null))"""


def with_numbers(db: Database, staged: Staged) -> Staged:
    """The same, its participants as numbers where all of them are whole numbers as the engine writes them."""
    if not staged.narrow or not _is_told(staged.fields):
        return staged
    who, said = staged.fields["participants"], staged.spec.columns.get("participants")
    by = (said and said.split) or ";"
    pattern = f"{WHOLE}({re.escape(by)}{WHOLE})*"
    if not db.one(f"select bool_and(regexp_full_match(c_participants, {text(pattern)})) from rows_{staged.number}"):
        return staged
    numbers = who._replace(sql=f"string_split(c_participants, {text(by)})::integer[]", sql_type="INTEGER[]")
    return replace(staged, fields={**staged.fields, "participants": numbers}, rows=staged.rows.replace(who.sql, numbers.sql))


def _rows(number: int, spec: SourceSpec, files: Sequence[str], fields: canonical.Fields) -> str:
    """What stands after FROM: the table with what follows from its columns."""
    lists = "".join(f", {made.sql} as {canonical.value(f)}" for f, made in _lists(fields).items())
    file = "file_no" if len(files) > 1 else "0::integer as file_no"
    who = ", c_participants as who" if _is_told(fields) else ""
    return f"""(select {file}, row_no, null::ubigint as content, bad::bigint as bad, fate, v_id as id, {canonical.selected(spec, fields)}{who}
        from (select rowid as row_no, *{lists} from rows_{number}))"""


def prepare_texts(db: Database, staged: Staged, feed: Feed, ids: str) -> None:
    """Make `told_<n>`: content and text of the rows with these ids, or without one, in the order of the rows. `ids`: SELECT of them.

    The files are read once more. A bitmap of the ids' hashes tells rows that may matter from most that do not, without a join, which would not
    keep the order; so a few others are told too. Where there are many ids, or an id is no column's text, nothing is made here.
    """
    made = staged.fields.get("id")
    if made is None or not made.short or not made.column or int(db.one(f"select count(*) from ({ids})") or 0) > MOST_TOLD:
        return
    bits = f"select bitstring_agg({_place_of('id::varchar')}, 0, {BITS - 1}) from ({ids}) where id is not null"
    db.run(f"set variable wanted_ids = ({bits})")
    written = name(made.column)
    wanted = f"(nullif({written}, '') is null or coalesce(get_bit(getvariable('wanted_ids'), {_place_of(written)}::integer) = 1, false))"
    db.run(f"create or replace table told_{staged.number} as {feed.texts_where(wanted)}")
    staged.tells = True


def _place_of(id: str) -> str:
    """The place of an id in the bitmap; the guard against spreadsheets is no part of it."""
    return f"(hash(ltrim({id}, {text(GUARD)})) % {BITS})::bigint"


def contents(db: Database, staged: Staged, feed: Feed, rows: str) -> str:
    """The rows with their content, as what stands after FROM; where `told_<n>` does not tell it, the files are read again."""
    found = f"told_{staged.number}"
    if not staged.tells:
        found = f"content_{staged.number}"
        db.run(f"""create or replace table {found} as select "@content" as content from ({feed.select(())})""")
    return f"(select r.* exclude (content), c.content from {rows} r join {found} c on c.rowid = r.row_no)"
