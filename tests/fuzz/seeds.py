"""Inputs that mean something, for the fuzzer to begin from; and how hypothesis makes more of them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from .targets import HEAD, LOG, ROSTER, RULE, SHEET, WORKBOOK

READERS = Path(__file__).parent.parent / "builtin" / "readers"
STATEMENT = {
    "id": "a-1", "actor": {"account": {"homePage": "https://d.example", "name": "t1"}}, "verb": {"id": "http://adlnet.gov/expapi/verbs/attended"},
    "object": {"id": "https://d.example/x", "definition": {"name": {"en": "X"}}}, "result": {"completion": False, "duration": "PT1H"},
    "timestamp": "2025-09-10T13:00:00Z", "stored": "2025-09-10T14:00:00Z",
}  # fmt: skip

ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:a
DTSTAMP:20250901T000000Z
DTSTART;TZID=Eastern Standard Time:20250902T100000
DTEND;TZID=Eastern Standard Time:20250902T110000
RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=TU
EXDATE;TZID=America/Detroit:20250909T100000
RDATE;TZID=America/Detroit:20250905T100000
SUMMARY:g2
END:VEVENT
BEGIN:VEVENT
UID:a
RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/Detroit:20250916T100000
DTSTART;TZID=America/Detroit:20250916T130000
DURATION:PT45M
STATUS:CANCELLED
SEQUENCE:1
END:VEVENT
BEGIN:VEVENT
UID:a
DTSTART;TZID=Eastern Standard Time:20250902T090000
RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=TU
SEQUENCE:-1
END:VEVENT
END:VCALENDAR
"""
SHEET_XML = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Visited</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Team</t></is></c></row><row r="2"><c r="A2" s="1"><v>45901.5</v></c><c r="B2" t="inlineStr"><is><t>g2</t></is></c></row>'
    '<row r="4"><c r="A4" t="e"><v>#N/A</v></c><c r="B4" t="b"><v>1</v></c></row></sheetData></worksheet>'
)


def parquet(columns: dict[str, list[Any]]) -> bytes:
    """A Parquet file."""
    made = io.BytesIO()
    pq.write_table(pa.table(columns), made)
    return made.getvalue()


EVENTS = parquet({
    "id": [1, 2, 3], "team": ["g2", "g2", None], "start": [datetime(2025, 9, day, 10) for day in (2, 3, 4)], "minutes": [45, None, 30],
    "participants": [["t1"], [], ["t1", "guest"]],
})  # fmt: skip


def bundle() -> bytes:
    """A OneRoster bundle as the reader's own tests have it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.csv", "propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n")
        archive.write(READERS / "oneroster" / "orgs.csv", "orgs.csv")
        archive.write(READERS / "oneroster" / "users-1.1.csv", "users.csv")
    return made.getvalue()


SEEDS: dict[str, list[bytes]] = {
    "rule-file": [(HEAD + ROSTER + LOG + RULE).encode()],
    "filters": [b'{"team": ["g2"], "minutes": {"gte": 30}, "any": [{"in_school_day": true}, {"id": {"matches": "a+"}}]}'],
    "csv": [b'id,team,start,minutes\n1,g2,2025-09-02T10:00,45\n"2","g2",2025-09-03,"x\ny"\n', b"\xef\xbb\xbfid,team,start\r\n1,g2,never\r\n"],
    "csv-roster": [b"team,name,school,kind,grades,from,until\ng2,Grade 2,lincoln,grade-level,02;K,2025-09-01,\n"],
    "jsonl": [b'{"id": 1, "team": "g2", "start": "2025-09-02T10:00", "participants": ["t1"]}\n{"id": 2}\n[1]\n'],
    "json": [b'[{"id": 1, "team": ["g2"], "start": "2025-09-02"}, null, {"a": {"b": [1.5]}}]'],
    "parquet": [EVENTS],
    "parquet-many": [EVENTS],
    "parquet-roster": [parquet({"team": ["g2", "g3"], "school": ["lincoln", "lincoln"], "from": [date(2025, 9, 1), None]})],
    "parquet-calendar": [parquet({"date": [date(2025, 9, day) for day in range(1, 31)], "kind": ["instructional"] * 30})],
    "xapi": [json.dumps(STATEMENT).encode() + b"\n"],
    "xapi-sessions": [json.dumps({"statements": [STATEMENT, STATEMENT]}).encode()],
    "xlsx": [WORKBOOK.read_bytes()],
    "xlsx-sheet": [SHEET_XML.encode(), zipfile.ZipFile(WORKBOOK).read(SHEET)],
    "ics": [ICS.replace("\n", "\r\n").encode()],
    "oneroster": [bundle()],
    "edfi-staff": [(READERS / "edfi" / f"{name}-5.xml").read_bytes() for name in ("staff", "schools")],
    "edfi-calendar": [(READERS / "edfi" / f"calendar-{standard}.xml").read_bytes() for standard in "25"],
}

KEYS = ["id", "team", "start", "any", "all", "gte", "matches", "a"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
ODD = [
    "\x00", '"', "'", "\n", "\r", ",", ";", "\ufeff", "\ud800", "{", "[", "&a", "*a", "!!x", "9" * 400, "1e999", "-0", "0001-01-01",
    "9999-12-31T23:59:59", "NaN",
]  # fmt: skip


@st.composite
def mangled(draw: Any, seed: bytes) -> bytes:
    """A seed with some pieces cut out, doubled, or replaced by odd ones."""
    raw = seed
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 40)))
        odd = draw(st.sampled_from(ODD)).encode("utf-8", "surrogatepass")
        piece = draw(st.sampled_from([b"", odd, raw[start:end] * 2, draw(st.binary(max_size=6))]))
        raw = raw[:start] + piece + raw[end:]
    return raw


def inputs(target: str) -> st.SearchStrategy[bytes]:
    """Bytes for a target: seeds mangled, JSON where that is meant, and noise."""
    found = [mangled(seed) for seed in SEEDS[target]] * 3 + [st.binary(max_size=200)]
    if target in ("filters", "json", "jsonl", "xapi", "xapi-sessions"):
        several = st.lists(JSON, max_size=3).map(lambda items: "\n".join(json.dumps(one) for one in items).encode())
        found += [JSON.map(lambda one: json.dumps(one).encode()), several]
    if target in ("xapi", "xapi-sessions"):
        found.append(st.dictionaries(st.sampled_from(sorted(STATEMENT)), JSON).map(lambda one: json.dumps({**STATEMENT, **one}).encode()))
    return st.one_of(found)
