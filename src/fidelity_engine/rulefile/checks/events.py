"""Event types and selections: named, delivered, and told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fidelity_engine.rulefile.draft import Drafts, Path
from fidelity_engine.rulefile.filters import FILTERS
from fidelity_engine.rulefile.problems import did_you_mean


def check_events(drafts: Drafts) -> None:
    """Selections of types that nobody delivers, names that mean two things, measures of unknown events."""
    _selections(drafts)
    if drafts.delivered is None:
        return
    known = drafts.delivered | drafts.named("events")
    for rule in drafts.rules:
        for path, name in _chosen(rule.blocks.get("measure"), (*rule.path, "measure")):
            if name not in known:
                mend = did_you_mean(name, known, "Add it to `delivers:` of a source, or to `events:`.")
                drafts.problems.add(path, f"no source delivers `{name}`, and no selection has that name", mend)


def _selections(drafts: Drafts) -> None:
    for name, selection in drafts.selections.items():
        types = drafts.delivered
        if types is not None and name in types:
            mend = "Give the selection another name."
            drafts.problems.add(("events", name), f"`{name}` is an event type already", mend, True)
        if types is not None and selection.type not in types:
            mend = did_you_mean(selection.type, types, "Add it to `delivers:` of a source.")
            drafts.problems.add(("events", name, "type"), f"no source delivers `{selection.type}`", mend)


def _chosen(raw: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every `event:` of a measure as written, with its key path; filters have fields of that name."""
    for name, value in raw.items() if isinstance(raw, dict) else ():
        if name == "event" and isinstance(value, str):
            yield (*path, name), value
        elif name not in FILTERS:
            yield from _chosen(value, (*path, name))
