"""Agendas and minutes of the weekly data meetings, in the two schools that pilot them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from maker.days import rng
from maker.meetings import Meeting
from maker.teams import TEAM

PILOT = ("alder", "north")
TOPICS = ("student data", "instructional practice", "re-teaching", "standards")
AGENDA_COLUMNS = ["agenda", "team_code", "held_on", "topics", "items", "norms", "roles", "collaborative"]


@dataclass
class Habit:
    """What a team is good at; each number is the chance that a meeting shows it."""

    topics: tuple[str, ...] = TOPICS
    complete: float = 0.97
    norms: str = "used"
    roles: float = 0.98
    collaborative: float = 0.97


HABITS = {
    "alder-g4": Habit(topics=TOPICS[:3]),                                   # never gets to the standards
    "alder-g2": Habit(complete=0.3),                                        # most items, seldom all
    "north-math": Habit(norms="developed", roles=0.2),                      # norms on the wall
    "north-sci": Habit(collaborative=0.5),
    "north-soc": Habit(topics=("announcements", "bus duty"), complete=0.0, norms="none", roles=0.0, collaborative=0.0),    # a list of announcements
}


def agenda_rows(found: list[Meeting]) -> list[dict[str, object]]:
    """One row per data meeting: the first meeting of each week that was held."""
    rows = [_agenda(number, meeting) for number, meeting in _data_meetings(found)]
    return [{"agenda": f"a-{number:03}", **row} for number, row in enumerate(rows, 1)]


def _data_meetings(found: list[Meeting]) -> Iterator[tuple[int, Meeting]]:
    """The meetings with their number in the team's year."""
    seen: dict[str, list[tuple[int, int]]] = {}
    for meeting in found:
        team = TEAM.get(meeting.team)
        if team is None or team.school not in PILOT or team.kind not in ("grade-level", "department") or meeting.state != "Held":
            continue
        week, weeks = _week(meeting.start.date()), seen.setdefault(team.team, [])
        if week not in weeks:
            weeks.append(week)
            yield len(weeks) - 1, meeting


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _agenda(number: int, meeting: Meeting) -> dict[str, object]:
    habit, chance = HABITS.get(meeting.team, Habit()), rng("agenda", meeting.team, meeting.start)
    two = [habit.topics[(number * 2 + step) % len(habit.topics)] for step in (0, 1)]
    items = "complete" if chance.random() < habit.complete else "few" if habit.complete == 0 else "most"
    return {
        "team_code": meeting.team,
        "held_on": f"{meeting.start:%Y-%m-%d}",
        "topics": ";".join(two),
        "items": items,
        "norms": habit.norms,
        "roles": "Yes" if chance.random() < habit.roles else "No",
        "collaborative": "Yes" if chance.random() < habit.collaborative else "No",
    }
