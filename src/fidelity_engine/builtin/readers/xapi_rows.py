"""xAPI statements as rows: each statement one, in the shape of an event or of a session."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fidelity_engine.builtin.readers.opening import Rejects, in_utf8
from fidelity_engine.builtin.readers.xapi_actor import people_of
from fidelity_engine.builtin.readers.xapi_files import Line, lines
from fidelity_engine.plugin.spec import ReadRequest, Rejected, Rows

VOIDED = "voided"
COLUMNS = ("activity", "activity_name", "verb", "participants", "completion", "success", "recorded_at", VOIDED)
OF_STATEMENTS = ("id", "start", "minutes")
OF_SESSIONS = ("session", "start")

_DURATION = re.compile(r"P(?:(\d{1,9})W|(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?)?)")
_NO_ZONE = re.compile(r"-00(:?00)?$")


def read(request: ReadRequest) -> Rows:
    """The statements of all files, read twice: a statement may be voided by a later one."""
    paths = [in_utf8(path, request, place) for place, path in enumerate(request.paths)]
    gone = {target for path, original in zip(paths, request.paths, strict=True) for line in lines(path, original.name)
            if (target := voided_by(line.statement))}  # fmt: skip
    own = OF_SESSIONS if request.options.get("rows") == "sessions" else OF_STATEMENTS
    rejected = Rejects()
    return Rows([*own, *COLUMNS], _rows(request, paths, gone, rejected), rejected, typed=True, skips=VOIDED)


def _rows(request: ReadRequest, paths: Sequence[Path], gone: set[str], rejected: Rejects) -> Iterator[Mapping[str, Any]]:
    sessions = request.options.get("rows") == "sessions"
    fields = partial(of_session, zone=ZoneInfo(request.timezone)) if sessions else of_statement
    home = request.options.get("account_of")
    for place, (path, original) in enumerate(zip(paths, request.paths, strict=True)):
        for line in lines(path, original.name):
            if line.statement is None:
                rejected.add(Rejected(original.name, line.number, line.sentence, line.raw))
            else:
                yield {"@file": place, **fields(line), **common(line, gone, home)}


def voided_by(statement: Mapping[str, Any] | None) -> str | None:
    """The id of the statement that this one voids."""
    if statement is None or verb_of(statement) != VOIDED:
        return None
    target = inner(statement, "object").get("id")
    return target.lower() if isinstance(target, str) else None


def common(line: Line, gone: set[str], home: str | None) -> dict[str, Any]:
    """What rows of statements and of sessions have. `gone`: ids of voided statements."""
    said = line.statement or {}
    result, definition = inner(said, "result"), inner(inner(said, "object"), "definition")
    completion, people = result.get("completion"), people_of(said.get("actor"), home)
    return {
        "activity": plain(inner(said, "object").get("id")), "activity_name": _in_words(definition.get("name")), "verb": verb_of(said),
        "participants": [] if completion is False else people, "completion": _truth(completion), "success": _truth(result.get("success")),
        "recorded_at": moment(said.get("stored")), VOIDED: id_of(line) in gone or verb_of(said) == VOIDED,
    }


def of_statement(line: Line) -> dict[str, Any]:
    """id, start, minutes"""
    said = line.statement or {}
    return {"id": id_of(line), "start": when(said), "minutes": minutes(inner(said, "result").get("duration"))}


def of_session(line: Line, zone: ZoneInfo) -> dict[str, Any]:
    """session (activity and local date), start (that date): the same for all who attended."""
    said = line.statement or {}
    day = when(said)
    try:
        local = datetime.fromisoformat(day or "")
        day = (local.astimezone(zone) if local.tzinfo else local).date().isoformat()
    except (ValueError, OverflowError):
        pass                                              # the engine says what is wrong with it
    activity = plain(inner(said, "object").get("id"))
    return {"session": f"{activity}@{day}" if activity else None, "start": day}      # without activity nobody sat together


def when(said: Mapping[str, Any]) -> str | None:
    """When it happened; a store that was not told says when it heard of it."""
    return moment(said.get("timestamp") if said.get("timestamp") is not None else said.get("stored"))


def moment(raw: Any) -> str | None:
    """A timestamp. An offset of minus zero says that the zone is not known: xAPI refuses it, and it does not convert."""
    text = plain(raw)
    return f"{text}?" if text and _NO_ZONE.search(text) else text


def minutes(raw: Any) -> float | str | None:
    """An ISO 8601 duration; one that has no fixed length (months, years) does not convert."""
    text = plain(raw)
    found = _DURATION.fullmatch(text) if text else None
    if found is None or not any(found.groups()):
        return text
    weeks, days, hours, mins, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    return round(weeks * 10080 + days * 1440 + hours * 60 + mins + seconds / 60, 6)


def id_of(line: Line) -> str:
    """Its id; of a statement without one, what it says."""
    said = (line.statement or {}).get("id")
    if isinstance(said, str) and said:
        return plain(said.lower()) or ""
    return hashlib.sha256(json.dumps(line.statement, sort_keys=True).encode()).hexdigest()[:16]


def verb_of(said: Mapping[str, Any]) -> str | None:
    """The last word of the verb's address."""
    address = plain(inner(said, "verb").get("id"))
    return re.split(r"[/#]", address.rstrip("/#"))[-1] if address else None


def inner(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside of another; an empty one where there is none."""
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def plain(raw: Any) -> str | None:
    """A text; what is neither text nor missing as JSON."""
    return raw if raw is None or isinstance(raw, str) else json.dumps(raw)


def _truth(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _in_words(names: Any) -> str | None:
    """A name in English where there is one, else in the first language by its code."""
    if not isinstance(names, dict) or not names:
        return None
    return plain(names[min(names, key=lambda code: (not str(code).startswith("en"), str(code)))])
