"""How healthy the evidence is: per source what arrived, what could not be used, and in which schools it is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fidelity_engine.builtin.reports.wording import day_text, listing
from fidelity_engine.model.finding import SourceCount
from fidelity_engine.views.report.scene import Scene


@dataclass(frozen=True)
class Health:
    """One source. `state`: in one word; `silent`: schools that sent nothing lately."""

    source: str
    state: str
    read: int
    accepted: int
    quarantined: int
    reasons: str
    latest: str
    silent: str


def health(scene: Scene) -> list[Health]:
    """The sources in the order of the rule file."""
    latest, silent, summary = _latest(scene), _silent(scene), scene.result.summary
    return [
        Health(
            one.source, _state(one.readable, one.optional, silent.get(one.source, [])), one.read, one.accepted, one.quarantined,
            one.cause or _reasons(one, summary.quarantine.get(one.source, {})), latest.get(one.source, ""), listing(silent.get(one.source, [])),
        )
        for one in summary.sources
    ]


def _reasons(one: SourceCount, rows: Mapping[str, int]) -> str:
    """What became of the rows that are no events of their own."""
    aside = [f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(rows.items())]
    others = (("merged", one.merged), ("duplicates", one.duplicates), ("skipped", one.skipped))
    return listing(aside + [f"{word} {count:,}" for word, count in others if count])


def _state(readable: bool, optional: bool, silent: Sequence[str]) -> str:
    if not readable:
        return "not there, optional" if optional else "not readable"
    return "silent in places" if silent else "alive"


def _latest(scene: Scene) -> dict[str, str]:
    """Source → the day of its newest event up to the day of the page."""
    which = f"and (d.school_no = {scene.school.no} or d.school_no is null)" if scene.school else ""
    rows: list[tuple[str, date]] = scene.scope.db.rows(  # type: ignore[assignment]
        f"""select q.source, max(d.date) from source_day d join source_state q using (source_no)
        where d.date <= $today {which} group by 1""",
        {"today": scene.today},
    )
    return {source: day_text(day, scene.today) for source, day in rows}


def _silent(scene: Scene) -> dict[str, list[str]]:
    """Source → names of the schools for which an open finding says that it is silent."""
    found: dict[str, list[str]] = {}
    for one in scene.findings():
        if one.about == "source" and one.state == "open" and one.school and one.subject:
            found.setdefault(one.subject, []).append(scene.school_name(one.school))
    return found
