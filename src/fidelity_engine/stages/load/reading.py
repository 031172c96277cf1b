"""Reading a district's listings one after the other, with all mistakes kept until the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.model.rule import ReadSpec, RuleSet
from fidelity_engine.plugin.spec import Reader
from fidelity_engine.stages.load import relation
from fidelity_engine.stages.load.listing import Listed, Listing, RowPlace, create, create_empty

try:
    from fidelity_engine.stages.load.paths import resolve
except ImportError:                                      # TEMPORARY stand-in until paths.py exists
    from glob import glob
    from pathlib import Path

    def resolve(ruleset: RuleSet, written: str) -> list[Path]:
        found = [Path(p) for p in sorted(glob(str(Path(ruleset.root) / written)))]
        if not found:
            from fidelity_engine.errors import FidelityError
            raise FidelityError("no such file", written, "Mend the path.")
        return found


@dataclass
class Reading:
    """What reading goes on with: where to read, and the mistakes so far."""

    db: Database
    ruleset: RuleSet
    readers: Mapping[str, Reader]
    given: Mapping[str, Any]
    listed: dict[str, Listed] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    inline: set[str] = field(default_factory=set)       # listings that the rule file itself holds
    mistakes: list[FidelityError] = field(default_factory=list)

    def blame(self, error: FidelityError) -> None:
        """Remember a mistake, or all of several."""
        self.mistakes += error.errors if isinstance(error, Mistakes) else [error]

    def check(self) -> None:
        """End the run when there are mistakes."""
        if self.mistakes:
            raise Mistakes(self.mistakes)

    def origin(self, name: str) -> str:
        """How the file of a listing is called in mistakes."""
        if name in self.inline:
            return self.ruleset.path
        return self.listed[name].origin if name in self.listed else name

    def place(self, name: str, row_no: int) -> Place:
        """Where a row of a listing stands."""
        return Place(self.ruleset.path) if name in self.inline else RowPlace(self.origin(name), row_no)

    def mistake(self, path: tuple[str | int, ...], message: str, mend: str) -> FidelityError:
        """A mistake in the rule file itself, with its line and column where the file is at hand."""
        document = self.ruleset.document
        return document.mistake(path, message, mend) if document else FidelityError(message, self.ruleset.path, mend)

    def table(self, listing: Listing, spec: ReadSpec | None, joins: str = "", more: str = "", empty: str = "") -> bool:
        """Make the listing's table from what was given, else from its file; tell whether there was either."""
        given = self.given.get(listing.name)
        if given is None and spec is None:
            create_empty(self.db, listing, empty)
            return False
        origin = spec.read if given is None and spec else listing.name
        self.listed[listing.name] = Listed(origin)
        try:
            rows = relation.given_rows(given) if given is not None or spec is None else self.rows(listing, spec)
            with relation.opened(self.db, origin, rows) as opened:
                if not opened.columns:
                    create_empty(self.db, listing, empty)
                else:
                    columns = spec.columns if spec and given is None else {}
                    self.listed[listing.name] = create(self.db, listing, opened, columns, joins, more)
        except FidelityError as error:
            self.blame(error)
            self.failed.add(listing.name)
            create_empty(self.db, listing, empty)
        return True

    def exists(self, written: str) -> bool:
        """Whether there is such a file yet."""
        return (Path(self.ruleset.root) / written).exists()

    def rows(self, listing: Listing, spec: ReadSpec) -> Any:
        """The rows of the listing's file."""
        paths = resolve(self.ruleset, spec.read)
        return relation.read(self.db, self.ruleset, listing.name, spec, self.readers, paths)
