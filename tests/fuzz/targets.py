"""What is fuzzed: any bytes give a result whose counts add up, or a refusal that names the file. Anything else is a bug."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from fidelity_engine import Engine
from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError, Mistakes

HEAD = """fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-10-05}
as_of: 2025-10-05
calendar: {weekdays: [mon, tue, wed, thu, fri], day: ["08:00", "15:00"]}
"""
ROSTER = """roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv}
"""
RULE = """rules:
- {id: a.rule, title: T, expect: {of: team, each: week}, measure: {kind: count, event: meeting, where: {in_school_day: true}}, judge: {at_least: 1}}
"""
SOURCE = """evidence:
  log: {{read: {file}, delivers: meeting, {more}coverage: always}}
"""
FILES = {
    "schools.csv": "school,name\nlincoln,Lincoln\n", "teams.csv": "team,name,school,kind\ng2,Grade 2,lincoln,grade-level\n",
    "staff.csv": "staff,name,school,roles\nt1,T. One,lincoln,general_ed\n", "log.csv": "id,team,start\n1,g2,2025-09-02\n",
}  # fmt: skip
LOG = SOURCE.format(file="log.csv", more="")


class District:
    """A folder with a small district, and one file in it that the fuzzer writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).write_text(text, "utf-8")

    def evidence(self, file: str, raw: bytes, more: str = "") -> None:
        """Bytes as a source: the counts add up, or it is unreadable and the source is named."""
        self.run(HEAD + ROSTER + SOURCE.format(file=file, more=more) + RULE, file, raw)

    def roster(self, file: str, raw: bytes, section: str) -> None:
        """Bytes as a part of roster or calendar."""
        self.run(section + LOG + RULE, file, raw)

    def run(self, rules: str, file: str, raw: bytes) -> None:
        """Evaluate, and check what came of it."""
        (self.folder / file).write_bytes(raw)
        try:
            with Engine.from_text(rules, self.folder, "rules.yaml", threads=1).evaluate() as result:
                for source in result.summary.sources:
                    together = source.accepted + source.duplicates + source.quarantined + source.merged + source.skipped
                    assert source.read == together, source
                    assert source.readable or source.cause, source
                assert all("log" in told for told in result.summary.unfinished)
                result.quarantine_write(self.folder / "quarantine-of-all")
        except FidelityError as error:
            named(error, file)


def named(error: FidelityError, file: str) -> None:
    """Each mistake has a sentence, and says where."""
    for one in error.errors if isinstance(error, Mistakes) else [error]:
        assert one.message and one.where, one
        assert any(word in str(one) for word in (file, "rules.yaml", *FILES)), one


def rule_file(district: District, raw: bytes) -> None:
    """Bytes as the rule file itself."""
    (district.folder / "fuzzed.yaml").write_bytes(raw)
    try:
        with Engine.from_file(district.folder / "fuzzed.yaml", threads=1).evaluate():
            pass
    except FidelityError as error:
        for one in error.errors if isinstance(error, Mistakes) else [error]:
            assert one.message and one.where, one


def filters(district: District, raw: bytes) -> None:
    """Bytes as JSON, which is YAML, in place of a filter."""
    try:
        said = json.dumps(json.loads(raw))
    except (ValueError, RecursionError):
        return
    rule = RULE.replace("{in_school_day: true}", said)
    try:
        with Engine.from_text(HEAD + ROSTER + LOG + rule, district.folder, "rules.yaml", threads=1).evaluate():
            pass
    except FidelityError as error:
        named(error, "rules.yaml")


def roster_by(reader: str, file: str) -> Callable[[District, bytes], None]:
    """A target for a reader of rosters: schools and staff from one file."""
    read = f"{{read: {file}, reader: {reader}}}"
    section = f"{HEAD}roster: {{schools: {read}, staff: {read}, teams: teams.csv}}\n"
    return lambda district, raw: district.roster(file, raw, section)


def calendar_by(reader: str, file: str) -> Callable[[District, bytes], None]:
    """A target for a reader of calendars: days and terms from one file."""
    head = "\n".join(line for line in HEAD.splitlines() if not line.startswith("calendar"))
    section = f"{head}\ncalendar: {{read: {file}, reader: {reader}, terms: {{read: {file}, reader: {reader}}}}}\n{ROSTER}"
    return lambda district, raw: district.roster(file, raw, section)


CALENDAR = "\n".join(line for line in HEAD.splitlines() if not line.startswith("calendar")) + f"\ncalendar: {{read: fuzzed.parquet}}\n{ROSTER}"


def many_rows(district: District, raw: bytes) -> None:
    """Bytes as evidence, read as if there were many rows."""
    with patch.object(Database, "plan_less"):
        district.evidence("fuzzed.parquet", raw)


WORKBOOK = Path(__file__).parents[2] / "docs" / "formats" / "walkthroughs.xlsx"
SHEET = "xl/worksheets/sheet1.xml"


def sheet(district: District, raw: bytes) -> None:
    """Bytes as a sheet of a workbook that is whole otherwise: the checksums of an archive let nothing else through."""
    made = io.BytesIO()
    with zipfile.ZipFile(WORKBOOK) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            target.writestr(name, raw if name == SHEET else source.read(name))
    district.evidence("fuzzed.xlsx", made.getvalue(), "sheet: Fall, columns: {team: Team, start: Visited}, ")


TARGETS: dict[str, Callable[[District, bytes], None]] = {
    "rule-file": rule_file,
    "filters": filters,
    "csv": lambda district, raw: district.evidence("fuzzed.csv", raw),
    "csv-roster": lambda district, raw: district.roster("teams.csv", raw, HEAD + ROSTER),
    "jsonl": lambda district, raw: district.evidence("fuzzed.jsonl", raw),
    "json": lambda district, raw: district.evidence("fuzzed.json", raw),
    "parquet": lambda district, raw: district.evidence("fuzzed.parquet", raw),
    "parquet-many": many_rows,
    "parquet-roster": lambda district, raw: district.roster("fuzzed.parquet", raw, HEAD + ROSTER.replace("teams.csv", "fuzzed.parquet")),
    "parquet-calendar": lambda district, raw: district.roster("fuzzed.parquet", raw, CALENDAR),
    "xapi": lambda district, raw: district.evidence("fuzzed.jsonl", raw, "reader: xapi, "),
    "xapi-sessions": lambda district, raw: district.evidence("fuzzed.json", raw, "reader: xapi, rows: sessions, one_event_per: session, "),
    "xlsx": lambda district, raw: district.evidence("fuzzed.xlsx", raw),
    "xlsx-sheet": sheet,
    "ics": lambda district, raw: district.evidence("fuzzed.ics", raw),
    "oneroster": roster_by("oneroster", "fuzzed.zip"),
    "edfi-staff": roster_by("edfi", "fuzzed.xml"),
    "edfi-calendar": calendar_by("edfi", "fuzzed.xml"),
}


@contextmanager
def district() -> Iterator[District]:
    """A district in a folder of its own."""
    with TemporaryDirectory(prefix="fidelity-fuzz-") as folder:
        yield District(Path(folder))
