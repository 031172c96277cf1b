"""The folder formats: a file of each system that has no plain export, about two schools of the district."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from maker.days import TERMS
from maker.forms import meeting_form, norms_sheet
from maker.interchange import interchanges
from maker.invitations import calendars
from maker.meetings import Meeting
from maker.office import database
from maker.systems import EXPORTED, HERE, PLACES, archive
from maker.trainings import sessions
from maker.workbook import workbook

HOME = "https://example-district.example"
DISTRICT = "d-1"
VERBS = "http://adlnet.gov/expapi/verbs/"
UTC_FROM_SEPTEMBER = timedelta(hours=4)


def files(held: Sequence[Meeting]) -> dict[str, bytes]:
    """Name and bytes of every file of the folder."""
    found = {
        "walkthroughs.xlsx": workbook(),
        "office.db": database(),
        "oneroster.zip": archive(bundle()),
        "statements.jsonl": "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in statements()).encode(),
        "meeting-form.csv": _csv(meeting_form(held)),
        "norms-sheet.csv": _csv(norms_sheet()),
        **{f"calendars/{name}": content for name, content in calendars().items()},
        **{f"edfi/{name}": content for name, content in interchanges().items()},
    }
    return {f"formats/{name}": content for name, content in found.items()}


def _csv(rows: Sequence[dict[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def bundle() -> dict[str, str]:
    """OneRoster 1.1: the schools with bell times in columns of the district's own, and the terms, whose end is the day after."""
    orgs = [f'{DISTRICT},,,Example District,district,,,,,""']
    for n, school in enumerate(HERE, 1):
        grades = str(school["grades"]).replace(";", ",")
        orgs.append(f's-{n},,,{school["name"]},school,{school["school"]},{DISTRICT},{school["day_start"]},{school["day_end"]},"{grades}"')
    ends = [(term["term"], term["from"], datetime.fromisoformat(term["until"]) + timedelta(1)) for term in TERMS[:2]]
    terms = [f"t-{n},,,{name},term,{since},{until:%Y-%m-%d},,2026" for n, (name, since, until) in enumerate(ends, 1)]
    said = {"manifest.version": "1.0", "oneroster.version": "1.1", "file.orgs": "bulk", "file.academicSessions": "bulk", "file.users": "absent"}
    return {
        "manifest.csv": "\n".join(["propertyName,value", *(f"{key},{value}" for key, value in said.items())]) + "\n",
        "orgs.csv": "\n".join(
            [
                "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,"
                "metadata.day_start,metadata.day_end,metadata.grades",
                *orgs,
            ]
        )
        + "\n",
        "academicSessions.csv": "\n".join(
            ["sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear", *terms]
        )
        + "\n",
    }


def statements() -> Iterator[dict[str, object]]:
    """Who attended which session on collaboration; two were there in name only, and one statement was a mistake and is voided."""
    n = 0
    for day, school, topic, _, came in sessions():
        if school not in PLACES or topic != "collaboration" or day > str(EXPORTED):
            continue
        for staff in came:
            n += 1
            done = {"completion": False} if n in (11, 47) else {"completion": True, "duration": "PT1H30M"}
            yield {
                "id": str(uuid5(NAMESPACE_URL, f"{HOME}/{n}")),
                "actor": {"account": {"homePage": HOME, "name": staff}},
                "verb": {"id": f"{VERBS}attended"},
                "object": {"id": f"{HOME}/collaboration/{day}"},
                "result": done,
                "timestamp": f"{datetime.fromisoformat(f'{day}T15:45') + UTC_FROM_SEPTEMBER + timedelta(seconds=n % 60):%Y-%m-%dT%H:%M:%SZ}",
            }
    yield {
        "id": str(uuid5(NAMESPACE_URL, f"{HOME}/voided")),
        "actor": {"account": {"homePage": HOME, "name": "registrar"}},
        "verb": {"id": f"{VERBS}voided"},
        "object": {"objectType": "StatementRef", "id": str(uuid5(NAMESPACE_URL, f"{HOME}/3"))},
        "timestamp": "2026-01-29T18:00:00Z",
    }
