"""Rows given in place of sources: which source each of them belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.spec import Rows
from fidelity_engine.stages.load.relation import mappings


def given_rows(ruleset: RuleSet, given: Any) -> dict[str, Rows]:
    """Source → rows. A mapping replaces the sources that it names; one list (or Arrow table) replaces all of them."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        for source in given:
            _must_exist(ruleset, str(source))
        return {str(source): _rows(data, str(source)) for source, data in given.items()}
    if hasattr(given, "__arrow_c_stream__"):
        if len(ruleset.evidence) == 1:
            return {next(iter(ruleset.evidence)): _rows(given, "events")}
        if not hasattr(given, "to_pylist"):
            raise FidelityError("one table was given for several sources", "events", "Give a table for each source: {source: table}.")
        given = given.to_pylist()
    return _sorted(ruleset, given)


def _rows(data: Any, origin: str) -> Rows:
    if isinstance(data, Rows):
        return data
    if hasattr(data, "__arrow_c_stream__"):
        return Rows([], data, typed=True)
    rows = mappings(data, origin)
    return Rows(sorted({str(key) for row in rows for key in row}), rows, typed=True)


def _sorted(ruleset: RuleSet, rows: Any) -> dict[str, Rows]:
    """Each row to the source that it names, else to the one source that delivers its type."""
    found: dict[str, list[Mapping[str, Any]]] = {source: [] for source in ruleset.evidence}
    for number, row in enumerate(mappings(rows, "events"), 1):
        found[_source_of(ruleset, row, number)].append(row)
    return {source: _rows(theirs, source) for source, theirs in found.items()}


def _source_of(ruleset: RuleSet, row: Mapping[str, Any], number: int) -> str:
    if row.get("source") is not None:
        _must_exist(ruleset, str(row["source"]))
        return str(row["source"])
    kind = row.get("type")
    if kind is None and len(ruleset.evidence) > 1:
        mend = "Give each row its `type`, such as meeting, or its `source`; or give the rows by source: {source: [...]}."
        raise FidelityError("the row has no `type`, and there are several sources", f"events:row {number}", mend)
    able = [name for name, spec in ruleset.evidence.items() if kind is None or kind in spec.delivers]
    if len(able) == 1:
        return able[0]
    what = "no source" if not able else f"{len(able)} sources ({', '.join(able)})"
    mend = "Say which with `source`." if able else "Add it to the `delivers:` of a source."
    raise FidelityError(f"{what} can deliver an event of type `{kind}`", f"events:row {number}", mend)


def _must_exist(ruleset: RuleSet, source: str) -> None:
    if source in ruleset.evidence:
        return
    near = get_close_matches(source, ruleset.evidence, 1)
    mend = f"Did you mean `{near[0]}`?" if near else f"Sources are {', '.join(ruleset.evidence)}."
    raise FidelityError(f"there is no source `{source}`", "events", mend)
