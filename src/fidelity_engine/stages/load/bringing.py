"""One source from its files to staged rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.model.source import SourceSpec, is_address
from fidelity_engine.plugin.spec import Reader, ReadRequest, Rows, Scan
from fidelity_engine.stages.load.address import files_of
from fidelity_engine.stages.load.feed import LARGE_BYTES, Feed, Unreadable, feed_of
from fidelity_engine.stages.load.fields import Making, made
from fidelity_engine.stages.load.large import stage_large, suits
from fidelity_engine.stages.load.needs import Needs
from fidelity_engine.stages.load.paths import resolve
from fidelity_engine.stages.load.place import columns_told
from fidelity_engine.stages.load.reach import Reach
from fidelity_engine.stages.load.relation import reader_for, takes_folders
from fidelity_engine.stages.load.staging import Staged, stage
from fidelity_engine.stages.load.zones import Zones, by_stretches
from fidelity_engine.where import CANONICAL, DERIVED


class Sources(NamedTuple):
    """What bringing a source needs to know besides its own entry in the rule file."""

    db: Database
    ruleset: RuleSet
    readers: Mapping[str, Reader]
    needs: Needs
    given: Mapping[str, Rows]
    has_staff: bool
    reach: Reach


class Opened(NamedTuple):
    """What a reader gives of a source, and the files that it is from."""

    rows: Rows
    paths: list[Path]

    @property
    def is_scan(self) -> bool:
        """Whether the engine itself reads the files."""
        return isinstance(self.rows.data, Scan)


def staged_rows(sources: Sources, number: int, spec: SourceSpec, opened: Opened) -> tuple[Staged, Feed]:
    """The staged rows of a source; FidelityError where it cannot be read."""
    rows, paths = opened
    try:
        return _stage(sources, number, spec, rows, paths)
    except Unreadable:
        if rows.repair is None:
            raise
        return _stage(sources, number, spec, rows.repair(), paths)


def needs_no_roster(sources: Sources, spec: SourceSpec) -> bool:
    """Whether the engine itself reads the files, so far as their reader tells before it is asked, and no field is looked up in the roster."""
    if spec.name in sources.given or is_address(spec.read) or any(said.by for said in spec.columns.values()):
        return False
    ending = Path(spec.read).suffix.lower()
    fitting = [one for one in sources.readers.values() if (one.name == spec.reader if spec.reader else ending in one.extensions)]
    return bool(fitting) and fitting[0].scans


def opened(sources: Sources, spec: SourceSpec) -> Opened:
    """The rows of a source as its reader gives them; FidelityError where it gives none."""
    if spec.name in sources.given:
        return Opened(sources.given[spec.name], [])
    address, paths = files_of(sources.ruleset, spec.read, spec.name, takes_folders(spec, sources.readers))
    reader = reader_for(spec, sources.readers, paths, address)
    plain = spec.model_dump(include={"encoding", "delimiter", "quote", "skip_rows", "sheet"}, exclude_none=True)
    zone = spec.timezone or sources.ruleset.timezone
    options = {**plain, **spec.options}
    since, until = sources.reach
    return Opened(reader.read(ReadRequest(spec.name, paths, options, sources.db.folder, zone, "", address, since, until)), paths)


def _stage(sources: Sources, number: int, spec: SourceSpec, rows: Rows, paths: list[Path]) -> tuple[Staged, Feed]:
    extras = {f for kind in spec.delivers for f in sources.needs.fields.get(kind, ())} - set(CANONICAL) - set(DERIVED)
    feed = feed_of(sources.db, spec.name, number, rows, _typed(spec, extras, spec.name in sources.given), paths)
    feed.given = spec.name in sources.given
    _columns_exist(spec, feed)
    _start_exists(spec, feed)
    if feed.given and spec.one_event_per and spec.one_event_per not in feed.columns:
        spec = spec.model_copy(update={"one_event_per": None})
    resolved: Callable[[str], list[Path]] = lambda written: resolve(sources.ruleset, written)  # noqa: E731
    making = Making(sources.db, spec, feed, _zones(sources, spec, feed, paths), resolved, number)
    fields = made(making, extras)
    if not sources.has_staff:
        fields.pop("participants", None)
    if suits(spec, feed, making.maps > 0):
        return stage_large(sources.db, number, spec, feed, fields, sources.needs.wants_grades), feed
    return stage(sources.db, number, spec, feed, fields, making.maps > 0, sources.needs.wants_grades), feed


def _zones(sources: Sources, spec: SourceSpec, feed: Feed, paths: Sequence[Path]) -> Zones:
    rules = sources.ruleset.timezone
    zones = Zones(spec.timezone or rules, rules)
    if zones.source == rules and "TIMESTAMP WITH TIME ZONE" not in feed.columns.values():
        return zones
    many = feed.given or sum(path.stat().st_size for path in paths if path.is_file()) >= LARGE_BYTES
    return by_stretches(sources.db, zones, sources.ruleset.period) if many else zones


def _typed(spec: SourceSpec, extras: set[str], given: bool) -> set[str]:
    """Columns whose JSON type matters: used fields without a declared type, and those that hold one id or several."""
    found = set()
    for field in {*extras, "team", "school"}:
        said = spec.columns.get(field)
        if said is None or said.type is None:
            found |= {(said.column if said else None) or field, *([field] if given else [])}
    return found


def _start_exists(spec: SourceSpec, feed: Feed) -> None:
    """An event needs a start: a table without such a column has another header than one thinks."""
    if "start" not in spec.columns and "start" not in feed.columns and not feed.open_ended and not feed.given:
        raise FidelityError("has no column `start`", spec.name, "Say under `columns:` which one it is; the first row names the columns.")


def _columns_exist(spec: SourceSpec, feed: Feed) -> None:
    asked = {**dict.fromkeys(spec.only, "only"), **({spec.one_event_per: "one_event_per"} if spec.one_event_per else {})}
    for column, key in asked.items():
        if column not in feed.columns and not feed.open_ended and not feed.given:
            mend = f"Its columns are {columns_told(list(feed.columns))}."
            raise FidelityError(f"has no column `{column}`, which `{key}` names", spec.name, mend)
