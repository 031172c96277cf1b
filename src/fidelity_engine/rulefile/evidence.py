"""Sources, selections and outcomes: the sections of a rule file whose entries have names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import BaseModel

from fidelity_engine.model.rule import Outcome, Selection
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.rulefile.columns import columns
from fidelity_engine.rulefile.constants import constants
from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.filters import with_filters
from fidelity_engine.rulefile.head import zone
from fidelity_engine.rulefile.kinds import ReaderKind, Readers
from fidelity_engine.rulefile.problems import Problems, did_you_mean, either
from fidelity_engine.rulefile.told import keys, read

Model = TypeVar("Model", bound=BaseModel)
_OURS = ("name", "options")
_ON_ROSTER = ("participants", "team", "school")
_WAYS = ("silent_after", "through", "with", "always")


def entries(section: str, data: dict[str, Any], problems: Problems) -> Iterator[tuple[str, Any]]:
    """The named entries of a section; none where it is no map."""
    raw = data.get(section)
    if isinstance(raw, dict):
        yield from raw.items()
    elif section in data:
        problems.add((section,), f"`{section}` is a map of names", f"Write {section}: and below it NAME: {{...}}.")


def sources(data: dict[str, Any], readers: Readers | None, unsure: bool, problems: Problems) -> dict[str, SourceSpec]:
    """The sources that can be read, by name. `unsure`: a reader that nobody knows may be a broken plugin's."""
    found: dict[str, SourceSpec] = {}
    whose = {key: _goes_with(name, reader) for name, reader in (readers or {}).items() for key in _options(reader, readers)}
    for name, raw in entries("evidence", data, problems):
        path: KeyPath = ("evidence", name)
        if not isinstance(raw, dict):
            read(SourceSpec, raw, path, problems)
            continue
        reader, lost = _reader(raw, path, readers, unsure, problems)
        own, options = _parted(raw, path, _options(reader, readers), whose, lost, problems)
        source = read(SourceSpec, own, path, problems)
        if reader and reader.options and (options or any(field.is_required() for field in reader.options.model_fields.values())):
            given = read(reader.options, options, path, problems)
            options = given.model_dump(exclude_unset=True) if given else {}
        if source is not None:
            _checked(source, path, problems)
            found[name] = source.model_copy(update={"name": name, "options": options})
    return found


def _parted(
    raw: dict[str, Any], path: KeyPath, extra: list[str], whose: Mapping[str, str], open_: bool, problems: Problems
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keys that every source has, and those that only its reader knows; others are told unless `open_`: `whose` they are, where of a reader."""
    ours = [key for key in keys(SourceSpec) if key not in _OURS]
    for key in raw:
        if key not in ours and key not in extra and not open_:
            mend = whose.get(key) or did_you_mean(key, {*ours, *extra}, f"Keys are {', '.join([*ours, *extra])}.")
            problems.add((*path, key), f"there is no key `{key}` here", mend, True)
    own = {key: _covered(value) if key == "coverage" else value for key, value in raw.items() if key in ours}
    return own, {key: value for key, value in raw.items() if key not in ours and (open_ or key in extra)}


def _options(reader: ReaderKind | None, readers: Readers | None) -> list[str]:
    """The keys that a source's reader adds; where no readers are known, the one of databases."""
    if readers is None:
        return ["query"]
    return sorted(keys(reader.options)) if reader and reader.options else []


def _goes_with(name: str, reader: ReaderKind) -> str:
    """What a source reads that has the keys of a reader."""
    if reader.schemes:
        return f"It goes with an address, such as `read: {'sqlite:///PATH' if 'sqlite' in reader.schemes else f'{reader.schemes[0]}://...'}`."
    return f"It goes with {' and '.join(reader.extensions)} files." if reader.extensions else f"It goes with `reader: {name}`."


def _covered(raw: Any) -> Any:
    """`coverage: always` is a word alone."""
    return {"always": True} if raw == "always" else raw


def _reader(
    raw: dict[str, Any], path: KeyPath, readers: Readers | None, unsure: bool, problems: Problems
) -> tuple[ReaderKind | None, bool]:
    """The reader of a source, by its name or by the file's extension; and whether a broken plugin may have it."""
    named = raw.get("reader")
    if readers is None or not isinstance(named, str):
        return next((reader for reader in (readers or {}).values() if _fits(reader, raw.get("read"))), None), False
    if named not in readers and not unsure:
        mend = did_you_mean(named, readers, f"Readers are {', '.join(sorted(readers))}.")
        problems.add((*path, "reader"), f"there is no reader `{named}`", mend)
    return readers.get(named), named not in readers


def _fits(reader: ReaderKind, said: Any) -> bool:
    """Whether it reads what a `read:` names: by the file's extension, or by the scheme where there is an address."""
    written = str(said.get("url") if isinstance(said, dict) else said)
    if "://" in written or written.startswith("${"):
        scheme = written.partition("://")[0].partition("+")[0].lower()
        return scheme in reader.schemes or ("${" in scheme and bool(reader.schemes))
    suffix = PurePosixPath(written).suffix.lower()
    return bool(suffix) and suffix in reader.extensions


def _checked(source: SourceSpec, path: KeyPath, problems: Problems) -> None:
    if source.timezone is not None:
        zone(source.timezone, (*path, "timezone"), problems)
    cover = source.coverage
    said = {"silent_after": cover.silent_after, "through": cover.through, "with": cover.with_, "always": cover.always}
    ways = [way for way in _WAYS if said[way]]
    if len(ways) != 1:
        told = f"`coverage` says both {' and '.join(ways)}" if ways else "`coverage` does not say how one knows"
        problems.add((*path, "coverage"), told, f"Write exactly one of {either(_WAYS)}.", key=not ways)
    elif cover.silent_after is None and "per" in cover.model_fields_set:
        problems.add((*path, "coverage", "per"), "`per` goes with `silent_after` only", "Remove `per`.", True)
    for field, column in source.columns.items():
        _column(column.model_fields_set, (*path, "columns", field), problems)
        if column.by and field not in _ON_ROSTER:
            problems.add((*path, "columns", field, "by"), f"`by` goes with {', '.join(_ON_ROSTER)}", "Remove `by`.", True)
    constants(source, path, problems)
    columns(source, path, problems)
    if source.type is not None:
        _column(source.type.model_fields_set, (*path, "type"), problems)


def _column(said: set[str], path: KeyPath, problems: Problems) -> None:
    if {"column", "value"} <= said:
        problems.add(path, "it has both a column and a constant", "Keep `column` or `value`.", True)
    elif not {"column", "value"} & said:
        problems.add(path, "it has neither a column nor a constant", "Write {column: NAME} or {value: CONSTANT}.", True)
    elif "value" in said and said & {"map", "map_file", "by", "split", "format"}:
        problems.add(path, "a constant is taken as it is", "Keep only `value`.", True)


def selections(data: dict[str, Any], problems: Problems) -> dict[str, Selection]:
    """The selections that can be read, by name."""
    found: dict[str, Selection] = {}
    for name, raw in entries("events", data, problems):
        selection = read(Selection, with_filters(raw, ("events", name), problems), ("events", name), problems)
        if selection is not None:
            found[name] = selection
    return found


def outcomes(data: dict[str, Any], problems: Problems) -> dict[str, Outcome]:
    """The outcomes that can be read, by name; one that leads nowhere may be empty."""
    found: dict[str, Outcome] = {}
    for name, raw in entries("outcomes", data, problems):
        outcome = read(Outcome, {} if raw is None else _leads(raw), ("outcomes", name), problems)
        if outcome is not None:
            found[name] = outcome
    return found


def _leads(raw: Any) -> Any:
    """An outcome that leads to an empty list leads nowhere."""
    if not isinstance(raw, dict):
        return raw
    return {key: value for key, value in raw.items() if not (key == "leads_to" and value == [])}


def delivered(data: dict[str, Any]) -> set[str] | None:
    """The event types that some source delivers, those of sources with mistakes too; None where that is not known.

    A misspelt `evidence` is one mistake, and not one more for each rule.
    """
    evidence = data.get("evidence")
    if "evidence" not in data and get_close_matches("evidence", map(str, data), 1, 0.8):          # `events` is less like it
        return None
    sources = evidence.values() if isinstance(evidence, dict) else ()
    said = [source.get("delivers") for source in sources if isinstance(source, dict)]
    if (evidence and not said) or not all(isinstance(types, str | list) for types in said):
        return None
    listed = (types if isinstance(types, list) else [types] for types in said)
    return {str(kind) for types in listed for kind in types if isinstance(kind, str)}


_PASSWORD = re.compile(
    r"://[^/\s@:]*:[^/\s@]+@|[?&;](?:password|passwd|pwd|token|api_?key|secret)=[^&;\s]", re.IGNORECASE
)
_REFERENCE = re.compile(r"\$\{([^}]*)\}")


def credentials(problems: Problems) -> None:
    """Passwords in the file, and references to secrets where none may stand. The words themselves are not shown."""
    text = problems.document.text
    if "://" not in text and "${" not in text:
        return
    for path, value in _texts(problems.document.data, ()):
        if _PASSWORD.search(_REFERENCE.sub("", value)):
            problems.add(path, "a password stands in the file", "Write ${env:NAME} or ${file:PATH} in its place.")
        for reference in _REFERENCE.findall(value):
            kind = reference.partition(":")[0]
            if kind in ("env", "file") and path[-1] != "read" and path[-2:] != ("read", "url"):
                problems.add(path, f"${{{kind}:...}} stands outside of `read`", "Secrets may stand in `read:` only.")
            elif kind not in ("env", "file") and "read" in path[-2:]:
                problems.add(path, "this reference is not known", "Write ${env:NAME} or ${file:PATH}.")


def _texts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, (*path, index))
