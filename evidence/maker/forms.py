"""What Google Forms and Sheets download: the form's own file, whose times carry a zone, and the sheet behind another form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from maker.meetings import Meeting
from maker.norms import norms
from maker.systems import EXPORTED, GRADE_TEAMS, address, principal, team_name

TEAMS_OF = {team.team: team for team in GRADE_TEAMS}
SUMMER_TIME_ENDS = date(2025, 11, 2)


def meeting_form(found: Sequence[Meeting]) -> list[dict[str, object]]:
    """Alder Grove's grade-level teams, one row for each meeting held, filled in when it was over."""
    held = [m for m in found if m.state == "Held" and TEAMS_OF.get(m.team) and m.team.startswith("alder") and m.start.date() <= EXPORTED]
    return [
        {
            "Timestamp": _zoned(m.start + timedelta(minutes=_minutes(m))),
            "Username": address((m.present or [principal("alder").staff])[0]),
            "Which team do you report for?": team_name(TEAMS_OF[m.team]),
            "Who took part?": ";".join(map(address, m.present or [])),
            "How long did you meet (minutes)?": m.minutes,
        }
        for m in held
    ]


def _minutes(meeting: Meeting) -> int:
    return int(str(meeting.minutes or 0))


def _zoned(when: datetime) -> str:
    return f"{when:%Y/%m/%d} {when.hour % 12 or 12}:{when:%M:%S %p} GMT-{4 if when.date() < SUMMER_TIME_ENDS else 5}"


def norms_sheet() -> list[dict[str, object]]:
    """Reviews of norms, American dates; the two Grade 3 teams reviewed theirs together once."""
    found = []
    for row in norms():
        team, when = str(row["team"]), datetime.fromisoformat(str(row["when"]))
        if row["kind"] == "norm_review" and team in TEAMS_OF and when.date() <= EXPORTED:
            names = [team_name(TEAMS_OF[team]), *(["Rivers Grade 3"] if team == "alder-g3" and not found else [])]
            found.append(
                {
                    "Timestamp": _american(when + timedelta(minutes=50)),
                    "Email Address": address(principal(TEAMS_OF[team].school).staff),
                    "When did you meet?\nDate and time": _american(when).rpartition(":")[0],
                    "Teams": ", ".join(names),
                    "Norms changed": "Yes" if row["result"] == "revise" else "No",
                }
            )
    return found


def _american(when: datetime) -> str:
    return f"{when.month}/{when.day}/{when.year} {when.hour}:{when:%M:%S}"
