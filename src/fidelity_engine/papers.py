"""People answer in files: one line appended to the decisions or waivers of a rule file."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.escape import formula_safe
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.spec import Reader
from fidelity_engine.selection import school_exists, subject_exists
from fidelity_engine.stages.load import ACTIONS, DATE_MEND, Clock, dated, load_roster_and_calendar, waiver_problem

DECISIONS = ("at", "who", "about", "action", "value", "note")
WAIVERS = ("rule", "subject_kind", "subject", "school", "from", "until", "reason", "approved_by", "permanent")
_SAID = ("who", "note", "reason", "approved_by")
"""What people write freely, and a spreadsheet might take for a formula."""


def decide(ruleset: RuleSet, about: str, action: str, who: str, value: str = "", note: str = "") -> Path:
    """Append a decision to the rule file's `decisions:`; gives the file. `about` is not looked up here."""
    if action not in ACTIONS:
        raise FidelityError(f"there is no action `{action}`", mend=_near(action, ACTIONS))
    if not who.strip():
        raise FidelityError("a decision says whose it is", "--who", "Write a name.")
    if not dated(action, value):
        raise FidelityError(f"'{value}' is no date, which the value of `{action}` is", "--value", DATE_MEND)
    if not ruleset.decisions:
        raise FidelityError("the rule file names no decisions", ruleset.path, "Add `decisions: decisions.csv`.")
    row = {"at": _now(ruleset), "who": who, "about": about, "action": action, "value": value, "note": note}
    return append(ruleset, ruleset.decisions, DECISIONS, row)


def waive(ruleset: RuleSet, readers: Mapping[str, Reader], row: Mapping[str, str]) -> Path:
    """Append a waiver to the rule file's `waivers:`; gives the file. `row`: the columns of WAIVERS, empty where any is meant."""
    if ruleset.waivers is None:
        raise FidelityError("the rule file names no waivers", ruleset.path, "Add `waivers: waivers.csv`.")
    ends = {f"{end}_date": date.fromisoformat(row[end]) if row.get(end) else None for end in ("from", "until")}
    problem = waiver_problem({**{name: row.get(name, "") for name in WAIVERS}, **ends})
    if problem:
        raise FidelityError(*problem[:1], mend=problem[1])
    rules = [rule.id for rule in ruleset.rules]
    if row.get("rule") and row["rule"] not in rules:
        raise FidelityError(f"there is no rule `{row['rule']}`", "--rule", _near(row["rule"], rules))
    on_roster(ruleset, readers, *([row[column]] if row.get(column) else [] for column in ("subject", "school")))
    return append(ruleset, str(ruleset.waivers.read), WAIVERS, row)


def on_roster(ruleset: RuleSet, readers: Mapping[str, Reader], subjects: Iterable[str], schools: Iterable[str]) -> None:
    """Refuse subjects and schools, as the options --subject and --school name them, that the roster does not have."""
    with closing(Database()) as db:
        load_roster_and_calendar(db, ruleset, readers, Clock.read(ruleset, ruleset.period.end))
        for subject in subjects:
            subject_exists(db, subject, "--subject", ruleset.privacy.person_level)
        for school in schools:
            school_exists(db, school, "--school")


def append(ruleset: RuleSet, name: str, columns: Sequence[str], row: Mapping[str, str]) -> Path:
    """One line more in a CSV file of a rule file, in the order of its own header; a file that is not there is begun."""
    path = Path(ruleset.root, name).resolve()
    if not any(path.is_relative_to(root) for root in ruleset.roots):
        raise FidelityError("the file lies outside the folders of the rule file", name, "Move it, or name its folder under `roots:`.")
    try:
        raw = path.read_bytes() if path.exists() else b""
        line = _line(raw, columns, row, name)
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FidelityError(f"cannot be written: {error.strerror or type(error).__name__}", name, "Make it writable.") from None
    return path


def _line(raw: bytes, columns: Sequence[str], row: Mapping[str, str], name: str) -> bytes:
    """The bytes to append: a header for an empty file, a line end where the last line lacks one."""
    head = raw.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8").rstrip("\r")
    end = "\r\n" if raw.partition(b"\n")[0].endswith(b"\r") else "\n"
    comma = max(",;\t", key=head.count)
    found = next(csv.reader([head], delimiter=comma)) if head.strip() else list(columns)
    lost = [column for column, value in row.items() if value and column not in found]
    if lost:
        raise FidelityError(f"the header lacks {', '.join(lost)}", name, f"It should be {','.join(columns)}.")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=comma, lineterminator=end)
    if not head.strip():
        writer.writerow(found)
    elif not raw.endswith(b"\n"):
        text.write(end)
    writer.writerow([_cell(column, row.get(column, "")) for column in found])
    return text.getvalue().encode()


def _cell(column: str, value: str) -> str:
    in_one_line = " ".join(value.split())
    return formula_safe(in_one_line) if column in _SAID else in_one_line


def _now(ruleset: RuleSet) -> str:
    """The moment of a decision: in an example that stands still, the moment at which it stands."""
    if ruleset.as_of is not None:
        return ruleset.as_of
    return datetime.now(ZoneInfo(ruleset.timezone)).replace(tzinfo=None).isoformat(timespec="seconds")


def _near(word: str, words: Iterable[str]) -> str:
    known = list(words)
    near = get_close_matches(word, known, 1)
    return f"Did you mean `{near[0]}`?" if near else f"Write one of {', '.join(known[:20])}."
