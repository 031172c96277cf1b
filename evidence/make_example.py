"""Write the example district: one school year of an invented district, the same bytes each time.

    python evidence/make_example.py            # into the folder of this script
    python evidence/make_example.py FOLDER     # elsewhere

What stands in it on purpose is listed in README.md beside this script. Nobody in it exists.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from maker.agendas import AGENDA_COLUMNS, agenda_rows
from maker.days import TERMS, calendar_rows
from maker.formats import files as formats
from maker.inventory import INVENTORY_COLUMNS, inventory_rows
from maker.leadership import coaching_rows, feedback_rows, register_rows, time_rows, visit_rows
from maker.meetings import MEETING_COLUMNS, dirty, meeting_rows, meetings
from maker.norms import norms
from maker.papers import complete_rows, efficacy_rows, owner_rows
from maker.people import EXCEL_GUARD, SCHOOL_COLUMNS, SCHOOLS, staff_rows
from maker.teams import TEAMS
from maker.trainings import need_rows, training_rows


def table(rows: Iterable[dict[str, object]], columns: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def files() -> dict[str, bytes]:
    """Name and bytes of every file of the district."""
    members = [
        {
            "team": t.team,
            "staff": f"'{m.staff}" if m.staff == EXCEL_GUARD else m.staff,
            "from": m.first or "",
            "until": m.last or "",
            "weekdays": m.weekdays,
            "expected": m.expected,
        }
        for t in TEAMS
        for m in t.members
    ]
    team_rows = [
        {
            "team": t.team,
            "name": t.name,
            "school": t.school,
            "kind": t.kind,
            "grades": t.grades,
            "from": t.first or "",
            "students": t.students or "",
        }
        for t in TEAMS
    ]
    texts = {
        "schools.csv": table(SCHOOLS, SCHOOL_COLUMNS),
        "teams.csv": table(team_rows, ["team", "name", "school", "kind", "grades", "from", "until", "students"]),
        "staff.csv": table(staff_rows(), ["staff", "name", "school", "roles", "grades", "from", "until"]),
        "team_members.csv": table(members, ["team", "staff", "from", "until", "weekdays", "expected"]),
        "calendar.csv": table(calendar_rows(), ["date", "school", "kind", "day_start", "day_end", "note"]),
        "terms.csv": table(TERMS, ["term", "from", "until", "school"]),
        "owners.csv": table(owner_rows(), ["role", "school", "name", "address"]),
        "complete.csv": table(complete_rows(), ["source", "school", "through", "confirmed_by", "at"]),
        "meetings.csv": "\n".join(dirty(table(meeting_rows(meetings()), MEETING_COLUMNS).split("\n"))),
        "agendas.csv": table(agenda_rows(meetings()), AGENDA_COLUMNS),
        "inventory.csv": table(inventory_rows(), INVENTORY_COLUMNS),
        "norms.jsonl": "".join(json.dumps(row) + "\n" for row in norms()),
        "trainings.csv": table(
            training_rows(), ["session", "session_date", "building", "topic", "audience", "hours", "attendee"]
        ),
        "needs.csv": table(need_rows(), ["need_no", "raised_on", "building", "topic"]),
        "visit_feedback.csv": table(feedback_rows(), ["feedback_no", "given_at", "visit", "team_code"]),
        "coaching.csv": table(coaching_rows(), ["contact", "on", "school_code"]),
        "leader_time.csv": table(time_rows(), ["entry", "logged_on", "building", "activity", "hours"]),
        "efficacy.csv": table(efficacy_rows(), ["answer", "submitted", "school_code", "score"]),
        "registers.csv": table(register_rows(), ["entry", "entered_on", "kind", "building", "teams"]),
    }
    found = {name: text.encode() for name, text in texts.items()}
    # the form that principals fill in exports a byte order mark, Windows line ends and American dates
    form = table(visit_rows(), ["Timestamp", "Visit No.", "Team(s) visited"])
    found["leader_visits.csv"] = form.replace("\n", "\r\n").encode("utf-8-sig")
    found |= formats(meetings())
    return dict(sorted(found.items()))


def main(folder: Path) -> None:
    """Write all files into the folder."""
    for name, content in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
