"""One cell with everything that decided about it, measured once more on a grid of its own."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.links import Ask
from fidelity_engine.measuring import failing, kind_of, measured_rows
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.rows import public_rows
from fidelity_engine.stages.expect import expect
from fidelity_engine.stages.judge import judge
from fidelity_engine.stages.measure import observed, stretches
from fidelity_engine.views.explain.people import People
from fidelity_engine.where import Bound

GRID, CELL, MEASURED = "explained_grid", "explained_cell", "explained_measure"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """`public`: the row of chapter 7. `judged`: the row that judge saw and made. `subject`: its row of the roster.

    `stretch`: first and last date that coverage looked at (None where no day has been reached yet).
    """

    scope: Scope
    rule: Rule
    kind: MeasureKind
    subject: Row
    public: Row
    judged: Row
    people: People
    stretch: tuple[date, date] | None = None
    later: Scope | None = field(default=None, repr=False)

    @property
    def subject_no(self) -> int:
        """The number of its subject."""
        return int(self.subject["subject_no"])

    @property
    def today(self) -> date:
        """The day as of which it is looked at."""
        return self.scope.as_of_date

    @property
    def parameters(self) -> Any:
        """The measure's parameters."""
        return self.rule.measure.parameters

    def ask(self) -> Ask:
        """A new question about this one cell."""
        return Ask(self.scope, self.rule, CELL, Bound())

    def looked_at(self) -> tuple[date, date]:
        """First and last date of the events that the cell may count."""
        over = getattr(self.parameters, "over", None)
        start, end = self.public["window_start"], self.public["window_end"]
        if self.rule.measure.kind == "recency" or (over is not None and over.kind == "period"):
            start = self.scope.start
        elif over is not None and over.kind == "from":
            start = over.start
        elif over is not None and over.kind == "weeks":
            start = end - timedelta(7 * over.weeks - 1)
        return start, end


def subject_of(scope: Scope, kind: str, subject: str) -> Row:
    """The subject's row, or a mistake that names near ones."""
    values = {"kind": kind, "subject": subject}
    found = scope.db.records("select * from subject where subject_kind = $kind and subject = $subject", values)
    if found:
        return found[0]
    known = [row[0] for row in scope.db.rows("select subject from subject where subject_kind = $kind", {"kind": kind})]
    near = difflib.get_close_matches(subject, known, 1)
    mend = f"Did you mean `{near[0]}`?" if near else "Use an id of the roster, school/grade for a grade, or `district`."
    raise FidelityError(f"the rule is about each {kind}, and no {kind} is called `{subject}`", mend=mend)


def cell_of(scope: Scope, rule: Rule, subject: Row, on: date, people: People, later: Scope | None = None) -> Cell | None:
    """The cell whose window holds the date; None where nothing is expected then."""
    rows = scope.db.records(
        f"""select * from ({public_rows()}) where rule_no = $rule and subject_no = $subject and $on between window_start and window_end""",
        {"rule": scope.rule_no(rule), "subject": subject["subject_no"], "on": on},
    )
    if not rows:
        return None
    public = rows[0]
    kind = kind_of(scope, rule)
    judged, stretch = _judged(scope, rule, kind, public)
    return Cell(scope, rule, kind, subject, public, judged, people, stretch, later)


def _judged(scope: Scope, rule: Rule, kind: MeasureKind, public: Row) -> tuple[Row, tuple[date, date] | None]:
    """Expect, measure and judge once more, for this cell alone."""
    db = scope.db
    db.run(f"drop table if exists {GRID}")
    expect(scope, rule, GRID)
    db.run(
        f"create or replace temp table {CELL} as select * from {GRID} where subject_no = $subject and window_no = $window",
        {"subject": public["subject_no"], "window": public["window_no"]},
    )
    _measure(scope, rule, kind)
    ask = Ask(scope, rule, CELL, Bound())
    judged = db.records(f"select * from ({judge(rule, kind, observed(ask, f'select * from {MEASURED}'))})", ask.bound.values)
    first = db.rows(f"""
        with m as (select * from {MEASURED}), s as ({stretches(ask)})
        select a.date, b.date from s join day_of a on a.class_no = s.class_no and a.ord = s.after_ord + 1
        join day_of b on b.class_no = s.class_no and b.ord = s.until_ord where s.until_ord > s.after_ord""")
    return judged[0], (first[0][0], first[0][1]) if first else None


def _measure(scope: Scope, rule: Rule, kind: MeasureKind) -> None:
    """Fill the relation of what was measured; a plugin that raises gives an error cell, as in the run."""
    title = scope.plugin_titles.get(kind.name, kind.name)
    try:
        _create(scope, rule, kind)
    except Exception as error:
        if rule.measure.kind not in scope.plugin_titles:
            raise
        _create(scope, rule, failing(f"{title} raised {type(error).__name__}"))


def _create(scope: Scope, rule: Rule, kind: MeasureKind) -> None:
    ask = Ask(scope, rule, CELL, Bound())
    rows = measured_rows(ask, kind)
    scope.db.run(f"create or replace temp table {MEASURED} as {rows}", ask.bound.values)
