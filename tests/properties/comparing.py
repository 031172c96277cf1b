"""Engine and oracle side by side, and the smallest district on which they differ."""

from __future__ import annotations

import copy
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from oracle import episodes, evaluate
from oracle.evaluate import COLUMNS
from oracle.world import plain

from properties.writer import write_district

NUMBERS = ("low", "high", "value", "numerator", "denominator")
EPISODE = ("rule", "subject_kind", "subject", "since", "windows_missed", "confirmed_on")
KEY = ("rule", "subject_kind", "subject", "window_start")


def of_engine(district: dict[str, Any], as_of: str) -> tuple[list[dict[str, Any]], set[tuple[Any, ...]]]:
    """The engine's cells of a district, and its open episodes."""
    from fidelity_engine import Engine

    folder = Path(tempfile.mkdtemp(prefix="district-"))
    try:
        moment = datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)
        with Engine.from_file(write_district(district, folder)).evaluate(as_of=moment) as result:
            open_ones = [f for f in result.findings if f.about == "practice" and f.state != "resolved"]
            return [tidy(row) for row in result.verdicts.to_arrow().to_pylist()], {tuple(getattr(f, c) for c in EPISODE) for f in open_ones}
    finally:
        shutil.rmtree(folder)


def tidy(row: dict[str, Any]) -> dict[str, Any]:
    """A cell in the oracle's notation: numbers without trailing zeros, the reason's code only."""
    made = {c: row.get(c) for c in COLUMNS}
    made |= {c: plain(row[c]) for c in NUMBERS}
    made["reason"] = row["reason"].split(":")[0] if row.get("reason") else None
    for c in ("window_start", "window_end", "closes_on", "due"):
        made[c] = made[c].date() if isinstance(made[c], datetime) else made[c]
    if row["verdict"] == "not_applicable" and made["reason"] == "short_window":
        made["events"] = None  # nothing is said about them there
    return made


def differences(district: dict[str, Any], as_of: str) -> list[str]:
    """One line per cell on which the two differ; where they agree, the open episodes that differ."""
    wanted = {tuple(c[k] for k in KEY): tidy(c) for c in evaluate(district, as_of)}
    engine, findings = of_engine(district, as_of)
    found = {tuple(c[k] for k in KEY): c for c in engine}
    lines = [f"{' '.join(map(str, k))}: no such cell in the engine's result" for k in sorted(wanted.keys() - found.keys())]
    lines += [f"{' '.join(map(str, k))}: a cell too many in the engine's result" for k in sorted(found.keys() - wanted.keys())]
    for key in sorted(wanted.keys() & found.keys()):
        columns = [c for c in COLUMNS if wanted[key][c] != found[key][c]]
        if columns:
            said = ", ".join(f"{c} is {found[key][c]}, should be {wanted[key][c]}" for c in columns)
            lines.append(f"{' '.join(map(str, key))}: {said}")
    if lines:
        return lines
    judged = {r["id"] for r in district["rules"]["rules"] if r.get("mode", "active") == "active"}  # a trial opens no finding
    open_ones = [e for e in episodes(list(wanted.values()), district["rules"]["rules"]) if e.state == "open" and e.rule in judged]
    expected = {tuple(getattr(e, c) for c in EPISODE) for e in open_ones}
    return [f"open episodes: {sorted(findings - expected)}, should be {sorted(expected - findings)}"] if findings != expected else []


def smallest(district: dict[str, Any], as_of: str, differs: Any, seconds: float = 90) -> dict[str, Any]:
    """A district from which nothing can be left out without the difference going away, if time allows."""
    until, size = time.monotonic() + seconds, 10**9
    while len(list(paths(district))) < size:
        size = len(list(paths(district)))
        for part in (4, 2, 1):  # halves of lists, quarters, then one thing at a time
            district = leaner(district, as_of, differs, part, until)
    return district


def leaner(district: dict[str, Any], as_of: str, differs: Any, part: int, until: float) -> dict[str, Any]:
    """One walk over everything that can be left out."""
    for path in sorted(paths(district), key=lambda p: (len(p), [(isinstance(s, int), s if isinstance(s, int) else 0) for s in p]), reverse=part == 1):
        value = at_place(district, path)
        if value is ... or time.monotonic() > until:
            continue
        if part > 1 and not (isinstance(value, list) and len(value) >= part and not isinstance(value[0], str)):
            continue
        step = max(1, len(value) // part) if part > 1 else 0
        shorter = (value[:i] + value[i + step :] for i in range(0, len(value), step)) if step else [...]
        for smaller in (changed(district, path, v) for v in shorter):
            if still(smaller, as_of, differs):
                district = smaller
                break
    return district


def still(district: dict[str, Any], as_of: str, differs: Any) -> bool:
    """Whether the two still differ; False where it is no district any more."""
    try:
        return bool(differs(district, as_of))
    except Exception:
        return False


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of everything that can be left out."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in list(steps):
        if step in ("columns", "period", "timezone", "fidelity", "delivers", "read", "privacy"):
            continue
        yield (*path, step)
        yield from paths(inner, (*path, step))


def at_place(district: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a place; `...` where nothing does any more."""
    for step in path:
        try:
            district = district[step]
        except (LookupError, TypeError):
            return ...
    return district


def changed(district: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with another value at a place; `...`: without it."""
    made = copy.deepcopy(district)
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return made
