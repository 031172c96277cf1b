"""Every hook of the engine: when it is called, what it gets, what it may return.

Hooks return declarations (the dataclasses below); the engine does the calling. What ships in the box is declared
by the same hooks as a stranger's plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pluggy

from fidelity_engine.model.measure import EventParameters, Parameters
from fidelity_engine.model.message import Message

PROJECT = "fidelity_engine"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- declarations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MeasureKind:
    """One kind of `measure:`.

    `parameters`: a pydantic model (subclass of Parameters or EventParameters) of its YAML keys.
    `unit`: text shown beside values; "field" = the unit of the measured field.
    `scales`: how the target shrinks in short weeks: whole numbers, exact, or not at all.
    `grows`: more evidence can only raise it, only lower it, or neither.
    Exactly one of `table` (a relation per rule, see builtin/measures) and `function` (a value per cell) is given.
    `reads_rules`: ids of the rules whose verdicts it reads, from its parameters.
    `sentence`: a rule of this kind in one sentence, from its Words (plugin/words.py); without it the kind's name serves.
    """

    name: str
    parameters: type[Parameters]
    unit: str
    doc: str
    table: Callable[[Any], str] | None = None
    function: Callable[..., Any] | None = None
    fields: tuple[str, ...] = ()
    scales: Literal["whole", "exact"] | None = None
    grows: Literal["raises", "lowers"] | None = None
    reads_rules: Callable[[Any], tuple[str, ...]] = lambda parameters: ()
    sentence: Callable[..., str] | None = None


@dataclass(frozen=True)
class Scan:
    """Rows that the embedded engine reads itself: one of its table functions over files."""

    function: Literal["read_csv", "read_json", "read_parquet"]
    paths: Sequence[Path]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """A row that a reader keeps out: one that cannot be taken apart, or that a newer version of its event replaces.

    It is quarantined for the reason. `raw`: its text, for the quarantine file.
    """

    path: str
    row: int
    sentence: str
    raw: str = ""
    reason: Literal["unreadable_row", "superseded"] = "unreadable_row"


@dataclass(frozen=True, slots=True)
class Placed:
    """A mapping with where it stands: file, sheet or UID, and the row there. For readers of which a row is no line of a file.

    `bad`: its columns that hold something that is no value, as spreadsheets have `#N/A`: missing, and counted as bad values.
    """

    values: Mapping[str, Any]
    place: str = ""
    row: int | None = None
    bad: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class ReadRequest:
    """What a reader gets: resolved files, the options of the source, and a folder for what it must unpack.

    `listing`: schools, teams, staff, members, calendar, terms or a paper, where that is asked for; empty for evidence.
    `address`: the URL of a source that is no file, with its secrets: never to be shown. Readers of addresses only.
    `since`: the first date that a rule asks about.
    `until`: the last one; sources that go on for ever stop there.
    """

    name: str
    paths: Sequence[Path]
    options: Mapping[str, Any]
    folder: Path
    timezone: str
    listing: str = ""
    address: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(eq=False, repr=False)
class Rows:
    """What a reader gives: column names, and rows as a Scan, an Arrow stream, or mappings (one per row).

    Values of mappings: text, numbers, booleans, dates, datetimes, lists of text, None. Mappings are taken one by one, and
    written down as they come; rejected rows stand beside them, and may be added while they are taken. A mapping's `@file`
    (an index of the request's paths, never falling) says which file it is from; one that is Placed says more.
    `skips` names the column that is true where a row says itself that it is no event.
    `status`: the default status of its events ("held"; calendars: "planned").
    `repair`: the same rows read with care, for a Scan that the engine cannot get through because rows are damaged.
    """

    columns: Sequence[str]
    data: Scan | Iterable[Mapping[str, Any]] | Any
    rejected: Sequence[Rejected] = ()
    typed: bool = False
    status: str = "held"
    repair: Callable[[], Rows] | None = None
    skips: str = ""


@dataclass(frozen=True, eq=False)
class Reader:
    """A file format. `extensions` with the dot, which no other reader may have; `read` raises FidelityError when the file cannot be opened.

    `folders`: it also reads a folder, whose files it gets.
    `schemes`: it reads addresses (`scheme://...`) that begin so, in place of files.
    `scans`: it soon gives a Scan, so that it may be asked before it is known whether the roster is sound.
    """

    name: str
    extensions: tuple[str, ...]
    read: Callable[[ReadRequest], Rows]
    doc: str = ""
    options: type[Parameters] | None = None
    folders: bool = False
    schemes: tuple[str, ...] = ()
    scans: bool = False


@dataclass(frozen=True, eq=False)
class Report:
    """An output format of `run`. `render(result, page)` gives text pieces in order; `page` is where they will stand."""

    name: str
    render: Callable[..., Iterable[str]]
    doc: str = ""


@dataclass(frozen=True, eq=False)
class Notifier:
    """A way to tell people or programs what changed: one kind of `notify:`.

    `deliver(messages, parameters)` yields the key of each message as soon as it has arrived, and raises FidelityError
    where one does not; those after it are tried again with the next run, under the same keys. `parameters`: a pydantic
    model (subclass of Parameters) of its YAML keys.
    """

    name: str
    deliver: Callable[[Sequence[Message], Any], Iterable[str]]
    doc: str = ""
    parameters: type[Parameters] = Parameters


# --- hooks ----------------------------------------------------------------------------------------------------------


class Hooks:
    """The hooks, in the order of a run."""

    @hookspec
    def fidelity_measures(self) -> Sequence[MeasureKind]:
        """Once per engine, before the rule file is read. Returns the measure kinds that the plugin adds."""
        raise AssertionError("a specification is not called")

    @hookspec
    def fidelity_readers(self) -> Sequence[Reader]:
        """Once per engine, before sources are opened. Returns the readers that the plugin adds."""
        raise AssertionError("a specification is not called")

    @hookspec
    def fidelity_reports(self) -> Sequence[Report]:
        """Once per engine, before a result is printed. Returns the output formats that the plugin adds."""
        raise AssertionError("a specification is not called")

    @hookspec
    def fidelity_notifiers(self) -> Sequence[Notifier]:
        """Once per engine, before a result is delivered. Returns the notifiers that the plugin adds."""
        raise AssertionError("a specification is not called")

    @hookspec
    def fidelity_run_started(self, run: Mapping[str, Any]) -> None:
        """After the rule file was read, before evidence is; of a run, not of a look such as `report`. `run`: a mapping of run_id, as_of, rules (path)."""

    @hookspec
    def fidelity_finding_changed(self, finding: Any, before: str | None) -> None:
        """Once per finding that opened or changed its state, after evaluation. `before`: its former state."""

    @hookspec
    def fidelity_run_finished(self, run: Mapping[str, Any], result: Any) -> None:
        """At the very end, with the Result."""


__all__ = [
    "API_VERSION",
    "PROJECT",
    "EventParameters",
    "Hooks",
    "MeasureKind",
    "Message",
    "Notifier",
    "Parameters",
    "Placed",
    "ReadRequest",
    "Reader",
    "Rejected",
    "Report",
    "Rows",
    "Scan",
    "hookimpl",
]
