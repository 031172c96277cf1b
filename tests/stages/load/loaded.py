"""The evidence of a small district, loaded from a few lines of text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fidelity_engine.builtin.measures import KINDS
from fidelity_engine.builtin.readers import READERS
from fidelity_engine.db import Database
from fidelity_engine.rulefile import document_of, rules_of
from fidelity_engine.stages.load import Clock, Evidence, begun_evidence, load_evidence, load_roster_and_calendar

CASES = YAML(typ="safe").load((Path(__file__).parent / "evidence.yaml").read_text(encoding="utf-8"))
ROSTER = {
    "schools.csv": "school,name,grades,day_start,day_end,timezone\nlincoln,Lincoln,3;4,08:15,15:10,\nroosevelt,Roosevelt,1,08:00,15:00,\n",
    "teams.csv": (
        "team,name,school,kind,grades\ng3,Grade 3,lincoln,grade-level,3\ng4,Grade 4,lincoln,grade-level,4\n"
        "r1,Grade 1,roosevelt,grade-level,1\n001902,Numbered,lincoln,department,\n"
    ),
    "staff.csv": (
        "staff,name,school,roles,grades,from,until\nann,A,lincoln,general_ed,3,,\nbob,B,roosevelt,principal,,,\n"
        "cy,C,lincoln,special_ed;coach,3;4,,2025-10-31\ncy,C,roosevelt,coach,1,2025-11-01,\ndee,D,lincoln,general_ed,4,,\n"
        "00123,E,lincoln,,,,\n"
    ),
}
RULES = {
    "fidelity": 1, "timezone": "America/Detroit", "year": "2025-26", "period": {"from": "2025-09-01", "until": "2025-12-19"},
    "roster": {"schools": {"read": "schools.csv"}, "teams": {"read": "teams.csv"}, "staff": {"read": "staff.csv"}},
    "calendar": {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "closed_for": {"roosevelt": ["2025-11-05"]}},
}
HEAD = """
fidelity: 1
name: Two months
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-10-31}
as_of: 2025-10-31
roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
"""
"""How a rule file begins, for a district that a test writes into a folder; its evidence and rules follow."""
SOURCE = {"read": "log.csv", "delivers": "meeting", "coverage": "always"}
KINDS_BY_NAME = {kind.name: kind for kind in KINDS}
READERS_BY_NAME = {reader.name: reader for reader in READERS}


@dataclass
class Loaded:
    """The evidence of a case."""

    db: Database
    evidence: Evidence

    def counts(self, source: str = "log") -> dict[str, Any]:
        """What became of the rows of a source, zeros left out."""
        row = self.db.records("select * exclude (source_no, source, optional) from source_state where source = $s", {"s": source})[0]
        readable = {} if row.pop("readable") else {"readable": False}
        return readable | {key: value for key, value in row.items() if value}

    def quarantine(self) -> list[list[Any]]:
        """Reason and row number of each row in quarantine."""
        return [list(row) for row in self.db.rows("select reason, row from quarantine order by row, reason")]

    def events(self, fields: list[str], kind: str = "meeting") -> list[list[Any]]:
        """The events of a type as texts, in the order of start and id. Fields come as filters read them."""
        columns = self.evidence.fields[kind]
        listed = ", ".join(f"({columns[f].sql if f in columns and f != 'participant_nos' else f})::varchar" for f in fields)
        return [list(row) for row in self.db.rows(f"select {listed} from {self.evidence.relations[kind]} order by start, id")]


def load(folder: Path, case: Mapping[str, Any], given: Any = None) -> Loaded:
    """Write the files of a case and load them. `uses`: fields that its rule asks for."""
    for name, text in {**ROSTER, **case.get("files", {})}.items():
        raw = text if isinstance(text, bytes) else base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    rules = {**RULES, **case.get("said", {}), "evidence": case.get("sources") or {"log": {**SOURCE, **case.get("source", {})}}}
    rules["rules"] = case.get("rules") or [_rule(case)]
    document = document_of(_yaml(folder, rules), "rules.yaml", folder)
    ruleset = rules_of(document, KINDS_BY_NAME, READERS_BY_NAME)
    clock = Clock.read(ruleset, case.get("as_of", "2025-12-19"))
    db = Database(threads=1)
    with begun_evidence(db, ruleset, READERS_BY_NAME, {}, given, KINDS_BY_NAME) as begun:
        load_roster_and_calendar(db, ruleset, READERS_BY_NAME, clock)
    return Loaded(db, load_evidence(begun, clock))


def _rule(case: Mapping[str, Any]) -> dict[str, Any]:
    measure: dict[str, Any] = {"kind": "count", "event": case.get("type", "meeting")}
    uses = [f for f in case.get("uses", []) if f not in ("start", "id", "end")]
    if uses:
        measure["distinct"] = uses
    if case.get("people"):
        measure["link"] = "participants"
    return {"id": "r.x", "title": "x", "expect": {"of": "team", "each": "week"}, "measure": measure, "judge": {"at_least": 1}}


def _yaml(folder: Path, value: Any) -> str:
    target = folder / "rules.yaml"
    YAML(typ="safe").dump(value, target)
    return target.read_text(encoding="utf-8")


def as_said(loaded: Loaded, case: Mapping[str, Any]) -> None:
    """Nothing in the evidence is other than the case says; every row is accepted, a duplicate, quarantined, merged or skipped."""
    wrong = loaded.db.rows("select * from source_state where read <> accepted + duplicates + quarantined + merged + skipped")
    assert wrong == []
    assert loaded.evidence.problems == []
    found = loaded.counts()
    cause = found.pop("cause", "")
    if "counts" in case:
        assert found == case["counts"]
    assert case.get("cause", "") in cause
    assert bool(cause) == ("cause" in case)
    if "counts" in case or "quarantine" in case:
        assert loaded.quarantine() == case.get("quarantine", loaded.quarantine() if "cause" in case else [])
    if "fields" in case:
        assert loaded.events(case["fields"]) == case["events"]
