"""The engine: one checked rule file with its plugins, ready to be evaluated as of any day."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fidelity_engine.builtin import measures, notifiers, readers, reports
from fidelity_engine.course import Course, Progress
from fidelity_engine.errors import FidelityError
from fidelity_engine.evaluate import evaluate
from fidelity_engine.model.former import Former, Known
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.host import Host
from fidelity_engine.result import Result
from fidelity_engine.rulefile import Document, document_of, read_document, rules_of
from fidelity_engine.stages.load import must_shrink
from fidelity_engine.underway import Settings

if TYPE_CHECKING:
    from fidelity_engine.run import Outputs, Ran

BUILTINS = (measures, readers, reports, notifiers)


GIVEN = ("schools", "teams", "staff", "members", "terms", "owners", "complete", "waivers", "decisions")
"""What may be given with `roster`: its listings, terms, and papers."""


def _listings(roster: Any) -> dict[str, Any]:
    """The listings that are given in place of files; FidelityError for what is none, which would silently be read from its file."""
    mend = 'Give a mapping such as {"schools": [{...}], "teams": [{...}]}.'
    if not isinstance(roster or {}, Mapping):
        raise FidelityError(f"a mapping of listings was expected here, not {type(roster).__name__}", "roster", mend)
    for listing in roster or {}:
        if listing not in GIVEN:
            raise FidelityError(f"there is no listing `{listing}`", "roster", f"Give {', '.join(GIVEN[:-1])} or {GIVEN[-1]}.")
    return dict(roster or {})


def _path(said: Any, what: str, example: str) -> str:
    """The path that was given; FidelityError for what is none."""
    if not isinstance(said, str | os.PathLike):
        raise FidelityError(f"a path was expected here, not {type(said).__name__}", what, f'Write {example}.')
    return str(os.fspath(said))


def _former(handed_out: Any) -> Former:
    """What was reported before; FidelityError for what is no list of it."""
    if isinstance(handed_out, Sequence) and all(isinstance(one, Known) for one in handed_out):
        return Former(tuple(handed_out))
    told = type(handed_out).__name__ if not isinstance(handed_out, Sequence) else "a list of something else"
    raise FidelityError(f"a list of HandedOut was expected here, not {told}", "handed_out", "Write [HandedOut(...)] of `fidelity_engine.model.finding`.")


class Engine:
    """Evaluates one rule file. Safe to use from several threads: each evaluation has its own database.

    `memory_limit` (such as "2GB"), `threads` and `temp_dir` bound what one evaluation uses. `evaluate` knows no
    store; there is no global state. Errors are FidelityError with `where` and `mend`; several mistakes come as one Mistakes.
    """

    def __init__(self, document: Document, load_plugins: bool = True, memory_limit: str | None = None,
                 threads: int | None = None, temp_dir: Path | str | None = None) -> None:
        self.document = document
        self.settings = Settings(memory_limit, threads, None if temp_dir in (None, "") else Path(_path(temp_dir, "temp_dir", 'temp_dir="/var/tmp"')))
        self.host = Host.load(BUILTINS, document.plugins, document.folder, document.roots, enabled=load_plugins)
        self.ruleset: RuleSet = rules_of(document, self.host.measures, self.host.readers, unsure=bool(self.host.broken), notifiers=self.host.notifiers)

    @classmethod
    def from_file(cls, path: Path | str, **options: Any) -> Engine:
        """The engine of a rule file; options as in `Engine`."""
        return cls(read_document(Path(_path(path, "Engine.from_file", 'Engine.from_file("rules/district.yaml")'))), **options)

    @classmethod
    def from_text(cls, text: str, root: Path | str = ".", label: str = "rules", **options: Any) -> Engine:
        """The engine of a rule file given as text; its paths are relative to `root`."""
        if not isinstance(text, str):
            mend = "Read the file first, or write Engine.from_file(PATH)."
            raise FidelityError(f"the text of a rule file was expected here, not {type(text).__name__}", "Engine.from_text", mend)
        return cls(document_of(text, label, Path(_path(root, "root", 'root="rules"'))), **options)

    def evaluate(
        self,
        as_of: str | date | datetime | None = None,
        *,
        rules: Sequence[str] = (),
        subjects: Sequence[str] = (),
        events: Any = None,
        roster: Mapping[str, Any] | None = None,
        calendar: Any = None,
        handed_out: Sequence[Known] = (),
        progress: Progress | None = None,
        profile: bool = False,
        telling: bool = True,
        keep_quarantine: bool | None = None,
        write_ahead: bool = False,
    ) -> Result:
        """Findings and verdicts as of a day (its end) or a moment; default: the file's `as_of`, else now.

        `rules`, `subjects`: show only these ids. In place of the files: `events`, rows as mappings or an Arrow table
        (one list, or a mapping of source → rows); `roster`, a mapping of schools, teams, staff, members → rows;
        `calendar`, rows. `handed_out`: findings that were reported before; each keeps its id where an episode of the same
        rule and subject overlaps it. `progress(step)` is called as the work goes on (`fidelity_engine.course.Step`); `profile`: note what each
        stage and rule takes, for `Result.profile`. `telling`: False for a mere look, of which the lifecycle hooks of plugins hear nothing.
        `keep_quarantine`: whether the rows in quarantine are kept for `Result.quarantine_write`; default: but for a mere look.
        `write_ahead`: say that `Result.verdicts` will be written to a `.parquet` file: of many this is begun while findings are looked for.
        """
        given = _listings(roster) | ({"calendar": calendar} if calendar is not None else {})
        return evaluate(self.document, self.ruleset, self.host, self.settings, as_of, rules, subjects, events, given,
                        Course(progress, profile), former=_former(handed_out), telling=telling,
                        keep_quarantine=telling if keep_quarantine is None else keep_quarantine, write_ahead=write_ahead)

    def run(
        self,
        as_of: str | date | datetime | None = None,
        *,
        store: str | None = None,
        rules: Sequence[str] = (),
        subjects: Sequence[str] = (),
        lock: Literal["wait", "skip", "fail"] = "wait",
        accept_shrink: Sequence[str] = (),
        outputs: Outputs | None = None,
        waiting: Callable[[str], None] = lambda holder: None,
        progress: Progress | None = None,
        profile: bool = False,
        incremental: bool = False,
        keep_quarantine: bool = True,
    ) -> Ran:
        """Evaluate, reconcile with the store, deliver: what `fidelity run` does; arguments as in `evaluate`.

        `store`: a PostgreSQL URL or a folder; default: `.fidelity` beside the rule file. `lock`: wait for another run, or
        raise Skipped or Locked. `accept_shrink`: listings and sources that may have lost rows. `outputs`: files that take
        their names when the run is kept.
        `incremental`: carry over from the last such run what cannot have changed; the result is the same.
        `waiting(holder)` is called before waiting. The result of what it gives is the caller's to close.
        """
        from fidelity_engine.carry.carrying import Carry
        from fidelity_engine.run import Plan, run
        from fidelity_engine.store import address_of
        from fidelity_engine.store.carried import carried_folder

        must_shrink(accept_shrink, self.ruleset)
        folder = None if store is None else _path(store, "store", 'store="state", or store="postgresql://HOST/DATABASE"')
        address = address_of(Path(self.document.folder, Path(self.document.label).name), folder)
        settings = self.settings._replace(spill_under=address.folder)
        course = Course(progress, profile)
        carry = Carry(carried_folder(address)) if incremental and not (rules or subjects) else None
        plan = Plan(address, bool(rules or subjects), as_of is not None, lock, accept_shrink, outputs, waiting, course)
        return run(self.ruleset, self.host, lambda former, settle: evaluate(
            self.document, self.ruleset, self.host, settings, as_of, rules, subjects, None, {}, course, former=former, settle=settle,
            carry=carry, keep_quarantine=keep_quarantine, write_ahead=not plan.partial), plan)
