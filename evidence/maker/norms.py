"""Norms: agreed, reviewed by turns, revised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from maker.days import days_of, rng
from maker.people import BIRCH_LAST_RECORD, group
from maker.teams import TEAM, TEAMS, Team


def norms() -> list[dict[str, object]]:
    """Norms agreed in September, reviewed by turns about every forty days, revised where a review said so."""
    found = [row for team in TEAMS if team.team != "marsh-sci" for row in _norms_of(team)]
    _principals_join(found)
    found = [
        row
        for row in found
        if not (str(row["team"]).startswith("birch") and str(row["when"])[:10] > str(BIRCH_LAST_RECORD))
    ]
    found.sort(key=lambda row: (row["when"], row["team"]))
    return [{"record": f"n-{number:03}", **row} for number, row in enumerate(found, 1)]


def _norms_of(team: Team) -> Iterator[dict[str, object]]:
    days = [day for day in days_of(team.school) if team.active(day)]
    place = [t for t in TEAMS if t.school == team.school].index(team)
    agreed = 40 if team.team == "rivers-mtss" else 6 + place
    members = team.expected(days[agreed])
    yield _norm(
        "norms_agreed", team, days[agreed], members[: len(members) // 2] if team.team == "north-soc" else members
    )
    for number, at in enumerate(range(22 + 5 * place, len(days), 42)):
        change = rng("norms", team.team, at).random() < 0.12 or (team.team == "alder-g3" and number == 0)
        yield {
            **_norm("norm_review", team, days[at], team.expected(days[at])),
            "result": "revise" if change else "no_change",
        }
        if change and team.team != "alder-g3" and at + 9 < len(days):
            yield _norm("norm_revision", team, days[at + 9], team.expected(days[at + 9]))


def _norm(kind: str, team: Team, day: date, present: list[str]) -> dict[str, object]:
    return {"kind": kind, "team": team.team, "when": f"{day}T14:05", "present": list(present)}


def _principals_join(found: list[dict[str, object]]) -> None:
    """The principal takes part in one review a month, the first; at Marsh Lake in none."""
    done = set()
    for row in sorted(found, key=lambda row: str(row["when"])):
        school = TEAM[str(row["team"])].school
        month = (school, str(row["when"])[:7])
        if row["kind"] == "norm_review" and school != "marsh" and month not in done:
            done.add(month)
            row["present"] = [*row["present"], *group(school, "principal")]  # type: ignore[misc]
