"""What an evaluation gives: findings, verdicts as a relation, the run in numbers, and the exit code."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidelity_engine.beside import Beside, begun_beside
from fidelity_engine.course import QUIET, Course, Spent
from fidelity_engine.db import Database, text
from fidelity_engine.errors import ExitCode, FidelityError, worst
from fidelity_engine.model.finding import SEVERITIES, Finding, Summary
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.named import NAMED
from fidelity_engine.stages.emit.rows import PUBLIC

if TYPE_CHECKING:
    from fidelity_engine.model.adjustment import Adjustment
    from fidelity_engine.model.standing import Holding, OutcomeAtRisk

NUMBERS = ("low", "high", "value", "numerator", "denominator")
GUARDED = ("rule", "subject", "school", "unit", "reason", "level")
_TEXTS = f"* replace ({', '.join(f'{column}::varchar as {column}' for column in NAMED)})"
_BOUNDS = {"since": "window_start >= $since", "until": "window_start <= $until"}
ORDER = "order by rule, subject_kind, subject, window_start"


class Verdicts:
    """Every cell with its verdict, in the columns of chapter 7; read lazily from the engine."""

    def __init__(self, db: Database, relation: str, ordered: Callable[[], str], laid: Callable[[Database], str] | None = None) -> None:
        """`relation`: the rows; `ordered` gives the same in their order, where few different texts may be names.

        `laid` gives them as a relation that has this order, or nothing: many are sooner sorted before they are as wide as they are shown.
        """
        self._db, self._relation, self._order, self._laid = db, relation, ordered, laid
        self._ahead: Beside | None = None

    @cached_property
    def _ordered(self) -> str:
        self._wait()
        return self._order()

    @cached_property
    def _laid_down(self) -> str:
        return self._laid(self._db) if self._laid else ""

    def __len__(self) -> int:
        return int(self._db.one(f"select count(*) from {self._relation}"))

    def rows(self) -> Iterator[dict[str, Any]]:
        """One mapping per cell, ordered by rule, subject kind, subject and window."""
        yield from self._db.records(f"select * from {self._ordered}")

    def search(self, limit: int, offset: int = 0, **wanted: Any) -> tuple[int, list[dict[str, Any]]]:
        """How many cells have all these values (column=value, None = any), and a page of them; `since` and `until` bound `window_start`."""
        asked = {column: value for column, value in wanted.items() if value is not None}
        tests = [_BOUNDS.get(column) or f"{PUBLIC[PUBLIC.index(column)]} = ${column}" for column in asked]
        found = f"from {self._relation} where {' and '.join(['true', *tests])}"
        count = int(self._db.one(f"select count(*) {found}", asked))
        return count, self._db.records(f"select * {found} {ORDER} limit {int(limit)} offset {int(offset)}", asked)

    def to_arrow(self) -> Any:
        """An Arrow table (needs pyarrow)."""
        return self._db.arrow(f"select {_TEXTS} from {self._ordered}")

    def write(self, path: Path | str) -> None:
        """Write a .csv, .jsonl or .parquet file, atomically."""
        target = Path(path)
        formats = {
            ".csv": ("format csv, header", _csv_columns()), ".jsonl": ("format json", _json_columns()), ".parquet": ("format parquet", "*"),
        }
        if target.suffix not in formats:
            mend = "End the name with .csv, .jsonl or .parquet."
            raise FidelityError(f"verdicts cannot be written as '{target.suffix or target.name}'", str(target), mend)
        options, columns = formats[target.suffix]
        made = self._db.outbox / f"verdicts{target.suffix}"
        self._wait()
        with placed(made, target, again=target.suffix == ".parquet"):         # the store's snapshot is the same file
            if not made.exists():
                ordered = self._laid_down or self._ordered
                rows = ordered if target.suffix == ".parquet" else f"(select {_TEXTS} from {ordered})"
                self._db.run(f"copy (select {columns} from {rows}) to {text(str(made))} ({options})")

    def write_ahead(self) -> None:
        """Begin the Parquet file that `write` places on a connection beside this one, where it is soon made. Where it cannot be, `write` tries again."""
        self._ahead = begun_beside(self._db, [self._lay_down])

    def _wait(self) -> None:
        """Until what was begun is done: two would make the same relations."""
        if self._ahead:
            self._ahead.finish()
            self._ahead = None

    def _lay_down(self, beside: Database) -> None:
        part = self._db.outbox / "ahead.parquet"
        with suppress(OSError):
            if laid := self._laid(beside) if self._laid else "":
                beside.run(f"copy (select * from {laid}) to {text(str(part))} (format parquet)")
                part.replace(self._db.outbox / "verdicts.parquet")
        part.unlink(missing_ok=True)


@contextmanager
def placed(made: Path, target: Path, again: bool = False) -> Iterator[None]:
    """What is made inside goes to where it is wanted, and takes its name there in one step.

    `again`: it stays in the outbox, where it was made whole, and can be placed once more.
    """
    beside, is_whole = target.with_name(f".{target.name}.part"), False
    try:
        yield
        is_whole = True
        shutil.copyfile(made, beside)
        beside.replace(target)
    except OSError as error:
        mend = "Make room, or name a folder that may be written to."
        raise FidelityError(f"could not be written: {error.strerror or type(error).__name__}", str(target), mend) from None
    finally:
        if not (again and is_whole):
            made.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)


def _csv_columns() -> str:
    return ", ".join(
        f"plain({c}) as {c}" if c in NUMBERS
        else f"case when {c} is not null and regexp_matches({c}, '^[=+@\\t\\r-]') then '''' || {c} else {c} end as {c}" if c in GUARDED
        else c for c in PUBLIC
    )


def _json_columns() -> str:
    return ", ".join(f"{c}::double as {c}" if c in NUMBERS else c for c in PUBLIC)


class Result:
    """The result of one evaluation. Close it, or use it in a `with` block, to give its memory back."""

    def __init__(
        self, db: Database, findings: Sequence[Finding], summary: Summary, verdicts: Verdicts, scope: Scope | None = None,
        adjustments: Sequence[Adjustment] = (), rules: Sequence[Rule] = (), subjects: Sequence[str] = (),
    ) -> None:
        self._db, self._rules, self._subjects = db, rules, subjects
        self.adjustments = list(adjustments)
        """What could be tried for the open findings, and what was decided about what was proposed."""
        self.findings, self.summary, self.verdicts = findings, summary, verdicts
        """`findings`: in their order; those of a large district are made when they are read, which is to be before `close`."""
        self.course: Course = QUIET
        self.carried = ""
        """What an incremental run carried over, or why nothing; empty for others."""
        self.damage = ""
        """What was wrong with what the last run left for it."""
        self.standing: Sequence[Finding] | None = None
        """All findings, where `findings` holds only what is news."""
        self.scope = scope
        """The relations behind it, for views such as `explain`; None where there was nothing to do."""

    @cached_property
    def outcomes(self) -> list[OutcomeAtRisk]:
        """Who pays: the outcomes that open findings put at risk, with teams and students, since when."""
        from fidelity_engine.stages.adjust.outcomes import outcomes_at_risk

        return outcomes_at_risk(self.scope, self.findings) if self.scope else []

    @cached_property
    def holding(self) -> list[Holding]:
        """Subjects that met a rule in each of their last eight judged windows; asked for when it is read."""
        from fidelity_engine.stages.adjust.holding import holding

        return holding(self.scope, self._rules, self._subjects) if self.scope else []

    @property
    def profile(self) -> list[Spent]:
        """What each stage, source and rule took so far; empty unless `profile` was asked for."""
        return self.course.spent()

    def tell(self, findings: Sequence[Finding]) -> None:
        """Put the findings in the states that the store gives them."""
        self.findings = list(findings)
        self.__dict__.pop("outcomes", None)

    @property
    def exit_code(self) -> ExitCode:
        """0 complete, 3 incomplete, 5 empty grid; `--fail-on` is the caller's."""
        codes = [ExitCode.COMPLETE]
        if self.summary.unfinished:
            codes.append(ExitCode.INCOMPLETE)
        if self.summary.empty_grid:
            codes.append(ExitCode.EMPTY_GRID)
        return worst(codes)

    def at_or_above(self, severity: str) -> list[Finding]:
        """Open findings of at least this severity."""
        least = SEVERITIES.index(severity)
        return [f for f in self.findings if f.state == "open" and SEVERITIES.index(f.severity) >= least]

    def quarantine_write(self, path: Path | str) -> int:
        """Write every quarantined row with its reason to a CSV file; gives their number."""
        from fidelity_engine.stages.load import write_quarantine

        made = self._db.outbox / "quarantine.csv"
        with placed(made, Path(path)):
            return write_quarantine(self._db, made)

    def close(self) -> None:
        self._db.close()

    def leave(self) -> None:
        """For a process that ends: `close`, but for memory, which is given back faster all at once."""
        self._db.leave()

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
