"""Readers, output formats and what measures say of plugins, held to what they may do: what they raise, or give that is none, is told of their plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from fidelity_engine.errors import BrokenPlugin, ExitCode, FidelityError
from fidelity_engine.plugin.declarations import are_texts, kind_of
from fidelity_engine.plugin.spec import MeasureKind, Placed, Reader, ReadRequest, Rejected, Report, Rows, Scan

FILE = "@file"
SCANS = ("read_csv", "read_json", "read_parquet")
STATUSES = ("held", "planned", "cancelled")
Broken = Callable[[str], BrokenPlugin]
"""The error that something is: what the plugin did, as in "raised ValueError"."""


class BrokenWords(BrokenPlugin):
    """An output format that could not be made, or a measure that cannot say what it is; everything else was done."""

    exit_code = ExitCode.INCOMPLETE


def guarded(title: str, item: Any) -> Any:
    """A declaration of the plugin with this name and version, whose mistakes are its own; other declarations as they are."""
    if isinstance(item, Reader):
        return replace(item, read=lambda request: _read(title, item, request))
    if isinstance(item, MeasureKind):
        return _saying(title, item)
    if isinstance(item, Report):
        return replace(item, render=lambda result, page: _rendered(title, item, result, page))
    return item


# --- readers ----------------------------------------------------------------------------------------------------------


def _read(title: str, reader: Reader, request: ReadRequest) -> Rows:
    def broken(what: str) -> BrokenPlugin:
        return BrokenPlugin(title, f"{title} {what} in its reader `{reader.name}`", request.name, "Mend it there; `fidelity plugins` says where it lies.")

    return _checked(_asked(lambda: reader.read(request), broken), len(request.paths), broken)


def _asked(ask: Callable[[], Any], broken: Broken) -> Any:
    """What a plugin answers. A FidelityError is its own sentence for the user; all else is a bug of the plugin's."""
    try:
        return ask()
    except FidelityError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise broken(f"raised {type(error).__name__}") from None


def _checked(rows: Any, files: int, broken: Broken) -> Rows:
    if not isinstance(rows, Rows):
        raise broken(f"returned {kind_of(rows)}, where Rows were expected,")
    if isinstance(rows.columns, str) or not all(isinstance(column, str) for column in _asked(lambda: list(rows.columns), broken)):
        raise broken("gave columns that are no list of names")
    if rows.status not in STATUSES:
        raise broken(f"gave a status that is none of {', '.join(STATUSES)}")
    if not all(isinstance(row, Rejected) for row in _asked(lambda: list(rows.rejected), broken)):
        raise broken("gave something else than Rejected as a rejected row")
    repair = rows.repair
    careful = (lambda: _checked(_asked(repair, broken), files, broken)) if repair else None
    return replace(rows, data=_data(rows.data, files, broken), repair=careful)


def _data(data: Any, files: int, broken: Broken) -> Any:
    if isinstance(data, Scan):
        if data.function not in SCANS:
            raise broken(f"gave a scan that is none of {', '.join(SCANS)}")
        return data
    if hasattr(data, "__arrow_c_stream__"):
        return data
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        raise broken(f"gave {kind_of(data)} as rows")
    return _each(data, files, broken)


def _each(data: Iterable[Any], files: int, broken: Broken) -> Iterator[Any]:
    """The rows one by one, as the plugin makes them."""
    made, end = _asked(lambda: iter(data), broken), object()
    while (row := _asked(lambda: next(made, end), broken)) is not end:
        values = row.values if isinstance(row, Placed) else row
        if not isinstance(values, Mapping):
            raise broken(f"gave {kind_of(values)} as a row, where a mapping was expected,")
        place = values.get(FILE, 0)
        if type(place) is not int or not 0 <= place < max(files, 1):
            raise broken(f"gave a row whose `{FILE}` is no index of its files")
        yield row


# --- measures ---------------------------------------------------------------------------------------------------------


def _saying(title: str, kind: MeasureKind) -> MeasureKind:
    """A measure whose sentence is a text, and which reads rules that have names."""

    def broken(what: str) -> BrokenPlugin:
        return BrokenWords(title, f"{title} {what} in its measure `{kind.name}`", mend="Mend it there; `fidelity plugins` says where it lies.")

    def sentence(words: Any) -> str:
        said = _asked(lambda: kind.sentence(words) if kind.sentence else "", broken)
        if not isinstance(said, str):
            raise broken(f"returned {kind_of(said)} as its sentence")
        return said

    def reads_rules(parameters: Any) -> tuple[str, ...]:
        names = _asked(lambda: kind.reads_rules(parameters), broken)
        if not are_texts(names):
            raise broken(f"returned {kind_of(names)} as the rules that it reads")
        return tuple(names)

    return replace(kind, sentence=sentence if kind.sentence else None, reads_rules=reads_rules)


# --- output formats ---------------------------------------------------------------------------------------------------


def _rendered(title: str, report: Report, result: Any, page: Any) -> Iterator[str]:
    def broken(what: str) -> BrokenPlugin:
        return BrokenWords(title, f"{title} {what} in its format `{report.name}`", "--format", "Mend it there, or take another format.")

    pieces = _asked(lambda: report.render(result, page), broken)
    if not isinstance(pieces, Iterable):
        raise broken(f"returned {kind_of(pieces)}, where pieces of text were expected,")
    made, end = _asked(lambda: iter(pieces), broken), object()
    while (piece := _asked(lambda: next(made, end), broken)) is not end:
        if not isinstance(piece, str):
            raise broken(f"gave {kind_of(piece)} as a piece of text")
        yield piece
