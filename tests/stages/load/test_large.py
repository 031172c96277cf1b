"""Large text files are staged the short way, and that way means what the careful one means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loaded import CASES, Loaded, as_said, load
from ruamel.yaml import YAML

from fidelity_engine.stages.load import feed, write_quarantine

CELLS = YAML(typ="safe").load((Path(__file__).parent / "large.yaml").read_text(encoding="utf-8"))
STAFF = """staff,name,school,roles,grades,from,until
101,A,lincoln,general_ed,3,,
102,B,roosevelt,special_ed,,,
7,C,lincoln,coach,,,2025-11-03
ann,D,lincoln,,4,,
00123,E,lincoln,coach,,,
"""
COLUMNS = {
    "flag": {"column": "flag", "type": "boolean"}, "day": {"column": "day", "type": "date"}, "score": {"column": "score", "type": "number"},
    "whole": {"column": "whole", "type": "integer"}, "seen": {"column": "seen", "type": "timestamp"}, "word": "word",
    "tags": {"column": "tags", "split": ";"},
}
USES = ["participants", "roles", "grades", "team", "recorded_at", *COLUMNS]
FIELDS = ["id", "start", "end", "minutes", "status", "team_no", "school_no", "unknown_participants", *USES]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text file counts as large."""
    monkeypatch.setattr(feed, "LARGE_BYTES", 0)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    """The rows of a source become what the case says, however large it is."""
    as_said(load(tmp_path, case), case)


def told(loaded: Loaded, fields: Sequence[str] = FIELDS) -> dict[str, Any]:
    """All that loading made of a source."""
    loaded.db.fence()
    write_quarantine(loaded.db, loaded.db.outbox / "q.csv")
    found = {
        "counts": loaded.counts(), "quarantine": loaded.db.rows("select * from quarantine order by all"),
        "bad": loaded.db.rows("select * from bad_value order by all"), "kept": (loaded.db.outbox / "q.csv").read_text(encoding="utf-8"),
        "days": loaded.db.rows("select * from source_day order by all"), "events": loaded.events(list(fields)),
        "kinds": {field: column.type for field, column in loaded.evidence.fields["meeting"].items()},
    }
    loaded.db.close()
    return found


def case_of(text: str, **source: Any) -> dict[str, Any]:
    """A source with a field of every type."""
    return {"files": {"log.csv": text, "staff.csv": STAFF}, "source": {"columns": COLUMNS, **source}, "uses": USES, "people": True}


def both_ways(folder: Path, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same source the careful way and the short way."""
    found = []
    for ceiling in (feed.LARGE_BYTES, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(feed, "LARGE_BYTES", ceiling)
            found.append(told(load(folder, case)))
    return found[0], found[1]


@pytest.mark.parametrize("form", CELLS, ids=lambda form: form["type"])
def test_cells(form: dict[str, Any], tmp_path: Path) -> None:
    """A cell has the value that the table says, whichever way is taken."""
    kind = form["type"]
    rows = "".join(f'{place},g3,2025-11-03T10:00,"{cell}"\n' for place, (cell, _) in enumerate(form["cells"], 10))
    case = {"files": {"log.csv": f"id,team,start,x\n{rows}"}, "source": {"columns": {"x": {"column": "x", "type": kind}}}, "uses": ["x"]}
    for ceiling in (feed.LARGE_BYTES, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(feed, "LARGE_BYTES", ceiling)
            loaded = load(tmp_path, case)
        assert [cell for _, cell in loaded.events(["id", "x"])] == [value for _, value in form["cells"]]
        missing = sum(bool(cell.strip()) and value is None for cell, value in form["cells"])
        assert loaded.counts().get("bad_values", 0) == missing


@pytest.mark.parametrize("start", ["9999-12-31 23:59:59", "0001-01-01 00:00:00"])
def test_at_the_ends_of_the_calendar(start: str, tmp_path: Path) -> None:
    """Where all events are of the first or the last day that there is, nobody asks for the day beyond."""
    more = ",".join(COLUMNS)
    text = "".join(f"{number},g3,{start},{who}{',' * len(COLUMNS)}\n" for number, who in enumerate(("ann", "7")))
    careful, quick = both_ways(tmp_path, case_of(f"id,team,start,participants,{more}\n{text}"))
    assert quick == careful and careful["counts"]["accepted"] == 2


STARTS = ["2025-11-03 10:00:00", "2025-11-04 09:30:00", "2025-11-05 23:59:59"]
ODD_STARTS = [
    "", " ", "2025-11-03", " 2025-11-03 10:00:00", "2025-11-03 10:00:00 ", "2025-11-03T10:00:00", "2025-11-03T10:00", "2025-11-03 10:00:00Z",
    "2025-11-03 10:00:00+02", "2025-11-3 10:00:00", "2025-1-003 10:00:00", "0025-11-03 10:00:00", "12025-11-3 10:00:00", "infinity", "epoch",
    "2025/11/03 10:00:00", "2025-11-03 10:00:60",
    "2025-11-03 24:00:00", "2025-11-03 10:00:00.5", "9999-12-31 23:59:59", "-025-11-03 10:00:00", "x",
]  # fmt: skip
ODD_NUMBERS = [
    "", " ", "030", " 30", "30 ", "+5", "-5", "-0", "1_0", "0x1F", "1e2", "30.5", ".5", "5.", "29.9999995", "84.0", "1e400", "9" * 10, "9" * 19,
    "9" * 30, "x", "٣", "1,5",
]  # fmt: skip
POOLS: dict[str, tuple[list[str], list[str]]] = {
    "id": (["1", "2", "3", "40", "41"], ["01", "'01", "a", "", " 1", "1.0", "+1", "-1", "9" * 20, "1e3", "0", "é"]),
    "start": (STARTS, ODD_STARTS), "end": (["", "2025-11-05 23:59:59"], ODD_STARTS), "recorded_at": (["", *STARTS], ["2026-01-20 10:00:00", *ODD_STARTS]),
    "minutes": (["30", "45", "0"], ODD_NUMBERS), "score": (["1", "-3", "1000000"], ODD_NUMBERS), "whole": (["1", "-3", "9" * 18], ODD_NUMBERS),
    "flag": (["true", "false"], ["TRUE", "t", "1", "yes", "", " true ", "falsE"]), "seen": (STARTS, ODD_STARTS),
    "day": (["2025-11-03", "1999-01-31"], ["", "2025-11-3", "2025-11-31", " 2025-11-03", "infinity", "2025-11-03 10:00:00", "12025-1-03", "0001-01-01", "x"]),
    "word": (["a", "b c"], ["'007", "'a", "''", "", " ", "#", "!x", "=1", "é", "(", '""']),
    "team": (["g3", "001902"], ["'001902", "1902", "", " g3", "nobody"]), "school": (["lincoln", ""], ["Lincoln", "nowhere", " "]),
    "participants": (
        ["101", "101;102", "7;101;999", "999;999;998", "102;102"],
        ["", "ann", "0101", "'00123;ann", "101; 102", "101;;102", ";", "x;y;x", "101,102", "1e2", "00123"],
    ),
    "grades": (["3", "K;01"], ["", "03; K ;;", "'3"]), "tags": (["a;b", ""], ["'1;2", "; a ;b;", " "]), "status": (["held", ""], ["cancelled", "Held", " "]),
}  # fmt: skip


ALWAYS = {"start", "participants", *COLUMNS}


@st.composite
def files(draw: st.DrawFn) -> str:
    """A CSV file: some of its columns hold only what most cells look like, others odd cells too."""
    names = [name for name in POOLS if name in ALWAYS or draw(st.integers(0, 3))]
    cells = {name: st.sampled_from(POOLS[name][0] + (POOLS[name][1] if draw(st.booleans()) else [])) for name in names}
    rows = draw(st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=40))
    rows += draw(st.lists(st.sampled_from(rows), max_size=2))        # rows that stand twice
    quoted = lambda cell: f'"{cell}"' if "," in cell else cell  # noqa: E731
    damaged = ["short,row"] if draw(st.integers(0, 9)) == 0 else []
    return "\n".join([",".join(names), *(",".join(quoted(row[name]) for name in names) for row in rows), *damaged]) + "\n"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=files(), zone=st.sampled_from([None, "UTC"]))
def test_both_ways_give_the_same(text: str, zone: str | None, tmp_path: Path) -> None:
    """Random files with odd cells become the same events, the same quarantine and the same account either way."""
    careful, quick = both_ways(tmp_path, case_of(text, **({"timezone": zone} if zone else {})))
    assert quick == careful
