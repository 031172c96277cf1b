"""Reading a district's listings one after the other, with all mistakes kept until the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.model.rule import ColumnSpec, ReadSpec, RuleSet
from fidelity_engine.model.source import is_address
from fidelity_engine.plugin.spec import Reader, Rows
from fidelity_engine.stages.load import relation
from fidelity_engine.stages.load.address import files_of
from fidelity_engine.stages.load.listing import Listed, Listing, create, create_empty
from fidelity_engine.stages.load.place import RowPlace

SHOWN = 200
"""So many mistakes of one kind are listed for one file; the others are counted."""


KEYS: Mapping[str, tuple[str, ...]] = {
    **{listing: ("roster", listing, "read") for listing in ("schools", "teams", "staff", "members")}, "terms": ("calendar", "terms"),
}
"""Where the rule file says where a listing is, unless that is under its own name."""


class References(NamedTuple):
    """How rows refer to other listings: SQL after `from ... r`, the columns that adds, and the same without rows."""

    joins: str = ""
    more: str = ""
    empty: str = ""


ALONE = References()


@dataclass(eq=False, repr=False)
class Reading:
    """What reading goes on with: where to read, and the mistakes so far. `inline`: listings in the rule file itself."""

    db: Database
    ruleset: RuleSet
    readers: Mapping[str, Reader]
    given: Mapping[str, Any]
    listed: dict[str, Listed] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    inline: set[str] = field(default_factory=set)
    mistakes: list[FidelityError] = field(default_factory=list)

    def blame(self, error: FidelityError) -> None:
        """Remember a mistake, or all of several."""
        self.mistakes += error.errors if isinstance(error, Mistakes) else [error]

    def blame_rows(self, name: str, mistakes: list[FidelityError]) -> None:
        """Remember the first of many mistakes of one kind in a listing, and how many there are beside them."""
        self.mistakes += mistakes[:SHOWN]
        if len(mistakes) > SHOWN:
            more = f"{len(mistakes) - SHOWN} more rows with the same mistake"
            self.blame(FidelityError(more, self.origin(name), "Mend the first ones, and see what is left."))

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
        """Where a row of a listing stands; of the short calendar's terms: in the rule file."""
        if name not in self.inline:
            return self.listed[name].place(row_no) if name in self.listed else RowPlace(name, row_no)
        document, of_file = self.ruleset.document, name == "terms" and self.given.get("calendar") is None
        if not (document and of_file):
            return Place(self.ruleset.path)
        found: Place = document.place(("calendar", "terms", list(self.ruleset.calendar.terms)[row_no - 1]))  # type: ignore[union-attr,arg-type]
        return found

    def mistake(self, path: tuple[str | int, ...], message: str, mend: str, key: bool = False) -> FidelityError:
        """A mistake in the rule file itself, with its line and column where the file is at hand."""
        document = self.ruleset.document
        found: FidelityError = document.mistake(path, message, mend, key=key) if document else FidelityError(message, self.ruleset.path, mend)
        return found

    def table(self, listing: Listing, spec: ReadSpec | None, references: References = ALONE) -> bool:
        """Make the listing's table from what was given, else from its file; tell whether there was either."""
        given = self.given.get(listing.name)
        there = given is not None or spec is not None
        if there:
            self.listed[listing.name] = Listed(spec.read if spec and given is None and not is_address(spec.read) else listing.name)
        try:
            if there and self._filled(listing, spec, given, references):
                return True
        except FidelityError as error:
            self.blame_rows(listing.name, list(error.errors) if isinstance(error, Mistakes) else [error])
            self.failed.add(listing.name)
        create_empty(self.db, listing, references.empty)
        return there

    def _filled(self, listing: Listing, spec: ReadSpec | None, given: Any, references: References) -> bool:
        origin = self.origin(listing.name)
        rows = relation.given_rows(given, listing.name) if spec is None or given is not None else self._rows(listing, spec)
        try:
            return self._made(listing, spec, given is not None, rows, references)
        except FidelityError:
            if rows.repair is None:
                raise
        careful = rows.repair()
        if careful.rejected:
            raise relation.unreadable_rows(origin, careful)
        return self._made(listing, spec, False, careful, references)

    def _made(self, listing: Listing, spec: ReadSpec | None, given: bool, rows: Rows, references: References) -> bool:
        columns = spec.columns if spec else {}
        known = {c for said in columns.values() if (c := said.column)} | listing.known
        with relation.opened(self.db, self.origin(listing.name), rows, known) as opened:
            if not opened.types:
                return False
            columns = declared(columns, opened.types) if given else columns
            self.listed[listing.name] = create(self.db, listing, opened, columns, references.joins, references.more)
        return True

    def _rows(self, listing: Listing, spec: ReadSpec) -> Rows:
        try:
            address, paths = files_of(self.ruleset, spec.read, listing.name, relation.takes_folders(spec, self.readers))
        except FidelityError as error:
            if error.where != self.ruleset.path:
                raise
            raise self.mistake(KEYS.get(listing.name, (listing.name, "read")), error.message, error.mend) from None
        return relation.read(self.db, self.ruleset, listing.name, spec, self.readers, paths, address)

    def exists(self, written: str) -> bool:
        """Whether there is such a file yet."""
        return (Path(self.ruleset.root) / written).exists()


def declared(columns: Mapping[str, ColumnSpec], given: Mapping[str, str]) -> dict[str, ColumnSpec]:
    """For rows given in place of a file: they have the fields' names, and the declared types and constants hold."""
    found: dict[str, ColumnSpec] = {}
    for entry, said in columns.items():
        if entry in given:
            found[entry] = ColumnSpec.model_validate({"column": entry, "type": said.type, "split": said.split})
        elif said.column is None:
            found[entry] = said
    return found
