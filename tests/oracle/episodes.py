"""Episodes: consecutive missed cells of one rule and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any


@dataclass
class Episode:
    """'`since` = its first missed window, `windows_missed` = how many, `confirmed_on` = last judged window.'"""

    rule: str
    subject_kind: str
    subject: str
    since: date
    windows_missed: int
    confirmed_on: date
    state: str = "open"


def episodes(cells: list[dict[str, Any]], rules: list[dict[str, Any]]) -> list[Episode]:
    """The episodes of every rule and subject, oldest first."""
    emits = {r["id"]: r.get("emit") or {} for r in rules}
    key = lambda c: (c["rule"], c["subject_kind"], c["subject"])  # noqa: E731
    ordered = sorted(cells, key=lambda c: (*key(c), c["window_start"]))
    found: list[Episode] = []
    for (rule, kind, subject), group in groupby(ordered, key):
        fires, clears = ((emits[rule].get(k) or {"windows": 1})["windows"] for k in ("fires_after", "clears_after"))
        found += [Episode(rule, kind, subject, *e) for e in runs(list(group), int(fires), int(clears))]
    return found


def runs(cells: list[dict[str, Any]], fires: int, clears: int) -> list[tuple[date, int, date, str]]:
    """'A run of at least `fires_after` missed cells is an episode; it ends with the `clears_after`-th `met` in a row. More
    than max(4, fires_after) cells in a row that are not `met`, `missed` and `active` end a run that has not fired yet.'"""
    found: list[tuple[date, int, date, str]] = []
    missed: list[dict[str, Any]] = []
    met = others = 0
    last: dict[str, Any] | None = None
    for cell in cells:
        fired = len(missed) >= fires
        if cell["verdict"] not in ("met", "missed") or cell["disposition"] != "active":
            others += 1
            if not fired and others > max(4, fires):
                missed = []
            continue
        others = 0
        if cell["verdict"] == "missed":
            missed, met, last = [*missed, cell], 0, cell
        elif not fired:
            missed = []
        elif missed:
            met, last = met + 1, cell
            if met == clears:
                found.append((missed[0]["window_start"], len(missed), cell["window_end"], "resolved"))
                missed, met = [], 0
    if missed and len(missed) >= fires and last is not None:
        found.append((missed[0]["window_start"], len(missed), last["window_end"], "open"))
    return found
