"""Sources that are brought in while roster and calendar are read: to open a file and to convert its rows takes nothing of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fidelity_engine.beside import Beside, begun_beside
from fidelity_engine.course import QUIET, Course
from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.plugin.spec import MeasureKind, Reader
from fidelity_engine.stages.load.bringing import Opened, Sources, needs_no_roster, opened, staged_rows
from fidelity_engine.stages.load.counting import Account
from fidelity_engine.stages.load.feed import Feed
from fidelity_engine.stages.load.given import given_rows
from fidelity_engine.stages.load.laying import blame
from fidelity_engine.stages.load.needs import needs_of
from fidelity_engine.stages.load.reach import reach
from fidelity_engine.stages.load.roster_files import has_staff
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.trust import trusted


@dataclass(eq=False, repr=False)
class Begun:
    """The sources of a rule set, of which some are under way. By their numbers: `accounts`; `opened`, as the reader gives them; `brought`, staged.

    Of a source that cannot be read both are None. `trusting`: whether rows may be trusted.
    """

    sources: Sources
    accounts: dict[int, Account]
    trusting: bool
    opened: dict[int, Opened | None] = field(default_factory=dict)
    brought: dict[int, tuple[Staged, Feed] | None] = field(default_factory=dict)

    def begin(self, accounts: Sequence[Account]) -> Beside:
        """Open some of the sources, and have helpers bring those that the engine reads itself."""
        found = [account for account in accounts if (one := self.open(account)) and one.is_scan]
        return begun_beside(self.sources.db, [partial(self.bring, account) for account in found])

    def open(self, account: Account) -> Opened | None:
        """A source as its reader gives it; None, and why, where it cannot be read."""
        if account.number not in self.opened:
            self.opened[account.number] = self._opened(account)
        return self.opened[account.number]

    def _opened(self, account: Account) -> Opened | None:
        try:
            return opened(self.sources, self.sources.ruleset.evidence[account.source])
        except FidelityError as error:
            blame(self.sources, account, error)
            return None

    def bring(self, account: Account, db: Database) -> tuple[Staged, Feed] | None:
        """Stage the rows of a source, once, and see whether they can be trusted; None, and why, where it cannot be read."""
        if account.number not in self.brought:
            self.brought[account.number] = self._brought(account, self.sources._replace(db=db))
        return self.brought[account.number]

    def _brought(self, account: Account, sources: Sources) -> tuple[Staged, Feed] | None:
        found = self.open(account)
        try:
            if found is None:
                return None
            staged, feed = staged_rows(sources, account.number, sources.ruleset.evidence[account.source], found)
            account.weighed = trusted(sources.db, staged, feed, sources.needs.types) if self.trusting else None
        except FidelityError as error:
            blame(sources, account, error)
            return None
        return staged, feed


@contextmanager
def begun_evidence(
    db: Database, ruleset: RuleSet, readers: Mapping[str, Reader], given: Mapping[str, Any], rows: Any = None,
    kinds: Mapping[str, MeasureKind] | None = None, rules: Sequence[Rule] | None = None, course: Course = QUIET, trusting: bool = True,
) -> Iterator[Begun]:
    """While this lasts the sources that the engine reads itself are brought, beside what else is loaded; afterwards they are there.

    `given`: listings in place of the roster's files; `rows`: in place of the sources (see `given_rows`). `kinds`: the measures, whose
    declared fields count as used. `rules`: those that will be judged; default: all that are not off. `trusting`: whether rows may be trusted.
    """
    active = [rule for rule in ruleset.rules if rule.mode != "off"] if rules is None else rules
    needs = needs_of(ruleset, active, kinds)
    sources = Sources(db, ruleset, readers, needs, given_rows(ruleset, rows), has_staff(ruleset, given), reach(ruleset, active))
    accounts = {number: Account(number, name, ruleset.evidence[name].optional) for number, name in enumerate(sorted(ruleset.evidence), 1)}
    begun = Begun(sources, accounts, trusting)
    alone = course.profiled or db.in_file          # beside a file memory is short
    ready = [] if alone else [account for account in accounts.values() if needs_no_roster(sources, ruleset.evidence[account.source])]
    with db.in_order():          # row numbers are those of the files
        work = begun.begin(ready)
        try:
            yield begun
            work.finish()
        except BaseException:
            work.stop()
            raise
