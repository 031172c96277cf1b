"""Sources as the last run saw them and as they are now: what the rule file says of them, and their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fidelity_engine.carry.digest import digest, file_digest, said
from fidelity_engine.carry.kept import Kept
from fidelity_engine.carry.narrowing import can_be_parted, reads
from fidelity_engine.db import Database, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.model.source import SourceSpec, is_address
from fidelity_engine.stages.load.paths import resolve
from fidelity_engine.stages.load.staging import Staged


def source_facts(db: Database, ruleset: RuleSet, number: int, source: str, staged: Staged | None) -> dict[str, Any]:
    """What the next run compares of a source. `apart`: it could be read in part, and then `files` has their fingerprints.

    `staged`: None where it cannot be read.
    """
    spec = ruleset.evidence[source]
    files = _files(ruleset, spec.read) if staged is not None and can_be_parted(staged) else []
    apart = staged is not None and reads(staged, files) and _is_dated(ruleset) and not _zones_differ(db, ruleset)
    columns = [] if staged is None else [(made.field, made.type, made.sql_type, made.cell, made.sql) for made in staged.fields.values()]
    return {
        "no": number, "settings": digest(_settings(ruleset, spec), columns), "delivers": list(spec.delivers), "readable": True, "apart": apart,
        "files": {str(path): file_digest(path) for path in files} if apart else {},
    }


def _settings(ruleset: RuleSet, spec: SourceSpec) -> str:
    """What the rule file says of a source and of those that it lives with, and the tables that it looks values up in."""
    mapped = [file_digest(path) for column in spec.columns.values() if column.map_file for path in _files(ruleset, column.map_file)]
    other = spec.coverage.with_
    return digest(said(spec), mapped, _settings(ruleset, ruleset.evidence[other]) if other else "")


def _is_dated(ruleset: RuleSet) -> bool:
    """Whether coverage hangs on dates of events, not on when they were recorded."""
    return all(spec.coverage.through != "last_record" for spec in ruleset.evidence.values())


def _zones_differ(db: Database, ruleset: RuleSet) -> bool:
    return bool(db.one("select count(*) from school where zone <> $zone", {"zone": ruleset.timezone}))


def _files(ruleset: RuleSet, written: str) -> list[Path]:
    try:
        return [] if is_address(written) else resolve(ruleset, written)
    except FidelityError:
        return []


def read_former(db: Database, former: Kept, numbers: Mapping[str, int], rules: Mapping[str, int], now: Mapping[str, Any]) -> None:
    """Make former_place, former_odd and former_stranger, with the numbers that sources have now, and rule_map, source_map.

    `numbers`: source → number, `rules`: rule → number; `now`: the facts of the sources.
    """
    was = former.facts
    _map(db, "source_map", [(one["no"], numbers[name]) for name, one in was["sources"].items() if name in numbers])
    _map(db, "rule_map", [(was["rules"][id][0], no) for id, no in rules.items() if id in was["rules"]])
    for table in ("place", "stranger"):
        db.run(f"""create or replace temp table former_{table} as select p.* replace (m.now_no as source_no)
            from {former.table(table)} p join source_map m on m.then_no = p.source_no""")
    files = [(numbers[name], file, place) for name, one in now.items() for place, file in enumerate(one["files"])]
    db.run("create or replace temp table file_now (source_no integer, file varchar, file_no integer)")
    if files:
        db.run(f"insert into file_now values {', '.join(f'({number}, {text(file)}, {place})' for number, file, place in files)}")
    db.run(f"""create or replace temp table former_odd as select m.now_no as source_no, f.file_no, o.row_no, o.late
        from {former.table('odd')} o join source_map m on m.then_no = o.source_no
        join file_now f on f.source_no = m.now_no and f.file = o.file""")


def _map(db: Database, relation: str, pairs: Sequence[tuple[int, int]]) -> None:
    db.run(f"create or replace temp table {relation} (then_no integer, now_no integer)")
    if pairs:
        db.run(f"insert into {relation} values {', '.join(map(str, pairs))}")
