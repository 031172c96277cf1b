"""Teams × weeks: what every cell of a rule came to, as one letter per window, so that a row of a page is one text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from fidelity_engine.builtin.reports.wording import MONTHS, counted
from fidelity_engine.views.report.scene import Scene, numbers

NEWEST = 40
"""So many windows are shown; older ones are in `--verdicts`."""
MOST_ROWS = 1500
"""Rows of a whole page: above, a district shows its schools, and each school's page its teams."""

WORDS = {
    "m": "met", "x": "missed", "r": "at risk", "d": "no data", "o": "open", "a": "not applicable", "e": "error",
    "w": "waived", "u": "disputed", "h": "no school", "n": "not expected",
}
LETTER = """case when v.disposition = 'waived' then 'w' when v.disposition = 'disputed' then 'u' else
    case v.verdict when 'met' then 'm' when 'missed' then 'x' when 'at_risk' then 'r' when 'no_data' then 'd' when 'open' then 'o'
      when 'not_applicable' then 'a' else 'e' end end"""


@dataclass(frozen=True)
class Row:
    """A subject, or all of a school: its cells as (letter, text), newest last."""

    name: str
    school: str
    school_no: int | None
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Heat:
    """The rows of one rule under the first days of its windows."""

    starts: Sequence[date]
    rows: Sequence[Row]
    left_out: int
    of: str

    @property
    def monthly(self) -> bool:
        """Whether no month has two windows: then a column is called by its month."""
        return len({(day.year, day.month) for day in self.starts}) == len(self.starts)

    @property
    def labels(self) -> list[tuple[str, str]]:
        """How each column is called: a month alone, or a day and its month."""
        return [(MONTHS[day.month - 1], "") if self.monthly else (str(day.day), MONTHS[day.month - 1]) for day in self.starts]

    @property
    def spans(self) -> list[tuple[str, int]]:
        """What stands above the columns, and over how many: months above days, years above months."""
        names = (str(day.year) if self.monthly else f"{MONTHS[day.month - 1]} {day.year}" for day in self.starts)
        return [(name, len(list(columns))) for name, columns in groupby(names)]

    @property
    def schools(self) -> list[tuple[str, int | None, list[Row]]]:
        """The rows school by school: its name, its number, and its rows."""
        together = groupby(self.rows, key=lambda row: (row.school, row.school_no if row.school else None))
        return [(name, number, list(rows)) for (name, number), rows in together]

    @property
    def letters(self) -> list[str]:
        """The kinds of cells that occur, in the order of the legend."""
        found = {letter for row in self.rows for letter, _ in row.cells}
        return [letter for letter in WORDS if letter in found]


def by_school(scene: Scene) -> bool:
    """Whether a page is too large for a row per team."""
    if scene.school is not None:
        return False
    rows = scene.scope.db.one(f"""select count(*) from (select distinct rule_no, subject_no from verdict)
        where subject_no in ({scene.subjects()})""")
    return int(rows or 0) > MOST_ROWS


def heats(scene: Scene, schools: bool) -> dict[int, Heat]:
    """Rule number → its cells, by subject or by school; the district's own rules are always by subject."""
    ids = {scene.scope.rule_no(rule): rule for rule in scene.rules}
    starts = _starts(scene)
    found: dict[int, list[Row]] = {no: [] for no in starts}
    whole = [no for no in starts if not schools or ids[no].expect.of == "district"]
    for no, row in (*_subject_rows(scene, whole), *(_school_rows(scene, starts, [no for no in starts if no not in whole]))):
        found[no].append(row)
    return {
        no: Heat(shown[-NEWEST:], found[no], max(len(shown) - NEWEST, 0), ids[no].expect.of if no in whole else "school")
        for no, shown in starts.items()
    }


def _starts(scene: Scene) -> dict[int, list[date]]:
    """Rule number → the first days of its windows, in order."""
    rows = scene.scope.db.rows(f"""select rule_no, list(distinct window_start order by window_start) from verdict
        where rule_no in ({numbers(scene.rules, scene.scope)}) and subject_no in ({scene.subjects()}) group by 1 order by 1""")
    return dict(rows)  # type: ignore[arg-type]


def _newest(rules: Sequence[int]) -> str:
    return f"""select rule_no, window_start, max(window_end) as window_end from verdict where list_contains({list(rules)}::int[], rule_no)
        group by rule_no, window_start qualify row_number() over (partition by rule_no order by window_start desc) <= {NEWEST}"""


def _subject_rows(scene: Scene, rules: Sequence[int]) -> Iterator[tuple[int, Row]]:
    """One text of letters per subject: a window without a cell is `h` where its school has no day then, else `n`."""
    rows = scene.scope.db.rows(f"""
        with w as ({_newest(rules)}),
          mine as (select v.*, {LETTER} as letter from verdict v where v.subject_no in ({scene.subjects()})),
          who as (select distinct rule_no, subject_no from mine),
          held as (select rule_no, class_no, window_start, bool_or(d.instructional) as any from w join day d
            on d.date between w.window_start and w.window_end group by all)
        select w.rule_no, s.name, c.name, s.school_no,
          string_agg(coalesce(v.letter, case when h.any then 'n' else 'h' end), '' order by w.window_start)
        from who join w on w.rule_no = who.rule_no join subject s on s.subject_no = who.subject_no
        left join mine v on v.rule_no = w.rule_no and v.subject_no = s.subject_no and v.window_start = w.window_start
        left join held h on h.rule_no = w.rule_no and h.class_no = s.class_no and h.window_start = w.window_start
        left join school c on c.school_no = s.school_no
        group by w.rule_no, s.subject_no, s.name, s.subject, c.name, s.school_no order by w.rule_no, c.name nulls first, s.school_no, s.name, s.subject""")
    for no, name, school, number, letters in rows:
        yield no, Row(name, school or "", number, [(letter, WORDS[letter]) for letter in letters])


def _school_rows(scene: Scene, starts: Mapping[int, Sequence[date]], rules: Sequence[int]) -> Iterator[tuple[int, Row]]:
    rows = scene.scope.db.rows(f"""
        select v.rule_no, c.name, c.school_no, list({{start: v.window_start, met: v.met, missed: v.missed, blind: v.blind, risk: v.risk}})
        from (select rule_no, s.school_no, window_start, count(*) filter (verdict = 'met') as met,
            count(*) filter (verdict = 'missed') as missed, count(*) filter (verdict = 'no_data') as blind,
            count(*) filter (verdict = 'at_risk') as risk
          from verdict join subject s using (subject_no)
          where list_contains({list(rules)}::int[], rule_no) and disposition = 'active' group by all) v
        join school c using (school_no) group by v.rule_no, c.name, c.school, c.school_no order by v.rule_no, c.name, c.school""")
    for no, name, number, cells in rows:
        found = {cell["start"]: cell for cell in cells}
        yield no, Row(name, "", number, [_together(found.get(start)) for start in starts[no][-NEWEST:]])


def _together(cell: dict[str, Any] | None) -> tuple[str, str]:
    """What the cells of one school and window came to, together."""
    if cell is None:
        return "n", WORDS["n"]
    judged = cell["met"] + cell["missed"]
    if cell["missed"]:
        return "x", f"{cell['missed']} of {judged} missed"
    if judged:
        return "m", f"all {judged} met"
    if cell["blind"]:
        return "d", f"no data for {counted(cell['blind'], 'cell')}"
    return ("r", f"{cell['risk']} at risk") if cell["risk"] else ("o", WORDS["o"])
