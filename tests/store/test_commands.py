"""The commands that look at the store, or answer it in files."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from fidelity_engine.cli import exit_code
from fidelity_engine.store import address_of
from fidelity_engine.store.opening import look_up, open_store
from fidelity_engine.store.tables import AUDIT, RUN

from .conftest import District

Fidelity = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fidelity(district: District, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fidelity:
    """The command line in the folder of a district with two open findings and one that is over."""
    district.meetings -= {("g1", 2), ("g1", 3), ("g2", 3), ("g3", 2)}
    district.write()
    district.night(2)
    district.night(3)
    monkeypatch.chdir(district.folder)

    def called(*arguments: str) -> tuple[int, str, str]:
        code = exit_code(arguments)
        return code, *capsys.readouterr()

    return called


def found(fidelity: Fidelity, *arguments: str) -> dict[str, str]:
    """subject → state"""
    return {one["subject"]: one["state"] for one in json.loads(fidelity("findings", "--format", "json", *arguments)[1])}


def test_findings_are_listed(fidelity: Fidelity) -> None:
    """Living ones by default; by state, rule, subject and more."""
    assert found(fidelity) == {"g1": "open", "g2": "open"}
    assert found(fidelity, "--all") == {"g1": "open", "g2": "open", "g3": "resolved"}
    assert list(found(fidelity, "--all")) == ["g2", "g3", "g1"]          # the newest change first
    assert found(fidelity, "--state", "resolved") == {"g3": "resolved"}
    assert found(fidelity, "--subject", "g1", "--rule", "meets", "--school", "lincoln") == {"g1": "open"}
    assert found(fidelity, "--severity", "critical") == {}
    code, text, _ = fidelity("findings", "district.yaml")
    assert code == 0 and text.count("\n") == 2 and "Team g1" in text
    assert fidelity("findings", "--format", "csv")[1].startswith("finding_id,about,")


@pytest.mark.parametrize("command", [["findings"], ["status"], ["purge", "--before", "2025-09-01"], ["decide", "x", "note", "--who", "y"],
                                     ["waive", "--permanent", "--reason", "x", "--approved-by", "y"]], ids=lambda command: command[0])  # fmt: skip
def test_which_rule_file_can_be_said_as_one_is_told(command: list[str], fidelity: Fidelity, district: District) -> None:
    """Of several rule files the mend names one in the way that this command takes it."""
    for path in (district.rules, district.rules.with_name("other.yaml")):
        path.write_bytes(district.rules.read_bytes())
    for name in ("state.db", "lock"):
        (district.folder / ".fidelity" / name).unlink(missing_ok=True)
    code, _, err = fidelity(*command)
    assert code == 2 and "several rule files are near: district.yaml, other.yaml. Say which" in err
    said = err.split("`")[1].replace("FILE", "district.yaml").split()
    again = said[1:] if said[0] == "fidelity" else [*command, *said]
    again += [] if command[0] != "purge" else command[1:]
    assert "No such option" not in fidelity(*again)[2] and "several rule files" not in fidelity(*again)[2]


@pytest.mark.parametrize("option", [["--severity", "grave"], ["--about", "practise"], ["--state", "closed"]])
def test_a_filter_that_nothing_can_pass_is_a_mistake(fidelity: Fidelity, option: list[str]) -> None:
    """An unknown word among few does not look like an empty list."""
    code, out, err = fidelity("findings", *option)
    assert (code, out) == (2, "") and "is not one of" in err


def test_a_decision_is_a_line_of_the_file(fidelity: Fidelity, district: District) -> None:
    """With the moment, in the order of the header; formulas are guarded; the next run knows it."""
    (id, _) = sorted(one["finding_id"] for one in json.loads(fidelity("findings", "--format", "json")[1]))
    assert fidelity("decide", id, "note", "--who", "Ana", "--note", "=1+1, we know")[0] == 0
    assert fidelity("decide", id, "note", "--who", "Ana")[0] == 0
    first, second = csv.DictReader((district.folder / "decisions.csv").open(encoding="utf-8"))
    assert (first["who"], first["about"], first["action"], first["note"]) == ("Ana", id, "note", "'=1+1, we know")
    assert datetime.fromisoformat(first["at"]) and second["note"] == ""
    assert int(district.night(3).exit_code) == 0


def test_what_was_agreed_can_be_done(fidelity: Fidelity, district: District) -> None:
    """A late record moved the first missed week: the adjustment has the id that was agreed on, and `done` knows it."""
    text = district.rules.read_text("utf-8").replace("period:", "as_of: 2025-09-28\nperiod:")
    district.rules.write_text(text + "    adjust: [{propose: Share three periods}]\n", "utf-8")
    district.night(3)
    (one,) = json.loads(fidelity("findings", "--format", "json", "--subject", "g1")[1])
    agreed = one["proposed_adjustment"]["id"]
    assert fidelity("decide", agreed, "accept", "--who", "Ana")[0] == 0
    district.meetings |= {("g1", 2)}
    district.write()
    district.night(3)
    assert fidelity("decide", agreed, "done", "--who", "Ana") == (0, f"decisions.csv: done {agreed}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuchfinding", "note", "--who", "Ana"], "there is no finding, adjustment or cycle `nosuchfinding`"),
        (["ID", "acept", "--who", "Ana"], "Did you mean `accept`?"),
        (["ID", "accept", "--who", " "], "a decision says whose it is"),
        (["ID", "accept", "--who", "Ana", "--value", "9/30/2025"], "'9/30/2025' is no date, which the value of `accept` is. Write dates as 2025-09-02."),
    ],
)
def test_what_cannot_be_decided(fidelity: Fidelity, district: District, arguments: list[str], said: str) -> None:
    """One line, exit code 2, and nothing is written."""
    id = json.loads(fidelity("findings", "--format", "json")[1])[0]["finding_id"]
    code, out, err = fidelity("decide", *[id if one == "ID" else one for one in arguments])
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
    assert not (district.folder / "decisions.csv").exists()


def test_other_headers_are_kept(fidelity: Fidelity, district: District) -> None:
    """A file of somebody's spreadsheet: other order, semicolons, Windows line ends, no last line end."""
    path = district.folder / "decisions.csv"
    path.write_bytes(b"action;about;who;at;note;value\r\nnote;x;Bo;2025-09-01;;")
    id = json.loads(fidelity("findings", "--format", "json")[1])[0]["finding_id"]
    assert fidelity("decide", id, "accept", "--who", "Ana", "--note", "a; b")[0] == 0
    last = path.read_bytes().splitlines(keepends=True)[-1]
    assert last.startswith(f"accept;{id};Ana;".encode()) and last.endswith(b';"a; b";\r\n')


def test_a_waiver_pauses_the_finding(fidelity: Fidelity, district: District) -> None:
    """One line more, and the next run excuses the cells."""
    assert fidelity("waive", "--rule", "meets", "--subject", "g1", "--from", "2025-09-15", "--until", "2025-09-28", "--reason", "flood",
                    "--approved-by", "Ana")[0] == 0  # fmt: skip
    assert district.states(3)["g1"] == "paused"


def test_an_answer_to_what_nobody_proposed_says_so(fidelity: Fidelity, district: District) -> None:
    """Who accepts for a rule without a playbook learns that nothing follows; a note is a note."""
    rules = district.folder / "district.yaml"
    rules.write_text("".join(line for line in rules.read_text().splitlines(keepends=True) if "adjust" not in line and "propose" not in line))
    id = json.loads(fidelity("findings", "--format", "json")[1])[0]["finding_id"]
    told = f"decisions.csv: accept {id}\nNothing follows from it: rule `meets` proposes nothing (it has no `adjust:`).\n"
    assert fidelity("decide", id, "accept", "--who", "Ana") == (0, told, "")
    assert fidelity("decide", id, "note", "--who", "Ana") == (0, f"decisions.csv: note {id}\n", "")


def test_a_waiver_names_nobody(fidelity: Fidelity, district: District) -> None:
    """Ids of people are not offered for one that the roster does not have."""
    (district.folder / "staff.csv").write_text("staff,school\ng99,lincoln\n")
    rules = district.folder / "district.yaml"
    rules.write_text(rules.read_text().replace("roster: {", "roster: {staff: staff.csv, "))
    err = fidelity("waive", "--subject", "g98", "--permanent", "--reason", "x", "--approved-by", "y")[2]
    assert "nobody on the roster is called `g98`" in err and "g99" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--until", "2025-10-01"], "waives everything at once"),
        (["--rule", "meets"], "A waiver has an end: say --until DATE, or --permanent."),
        (["--rule", "meet", "--permanent"], "Did you mean `meets`?"),
        (["--subject", "g9", "--permanent"], "nobody on the roster"),
    ],
)
def test_what_cannot_be_waived(fidelity: Fidelity, district: District, arguments: list[str], said: str) -> None:
    """One line, exit code 2, and the file stays as it is."""
    before = (district.folder / "waivers.csv").read_bytes()
    code, _, err = fidelity("waive", *arguments, "--reason", "x", "--approved-by", "y")
    assert code == 2 and said in err
    assert (district.folder / "waivers.csv").read_bytes() == before


def test_explain_knows_a_kept_id(fidelity: Fidelity, district: District) -> None:
    """A late record moved the first missed week: the id that the owner has still leads to the finding."""
    (id,) = [one["finding_id"] for one in json.loads(fidelity("findings", "--format", "json", "--subject", "g1")[1])]
    district.meetings |= {("g1", 2)}
    district.write()
    district.night(3)
    code, text, _ = fidelity("explain", "district.yaml", id, "--as-of", "2025-09-28")
    assert code == 0 and text.count(f"Finding {id}") == 2
    assert f"Finding {id}, open" in fidelity("explain", "district.yaml", "meets", "g1", "2025-09-23", "--as-of", "2025-09-28")[1]


def test_explain_knows_what_was_withdrawn(fidelity: Fidelity, district: District) -> None:
    """Who was told that we were wrong can ask about the id: of what the evaluation has no more, it says what was last told."""
    (id,) = [one["finding_id"] for one in json.loads(fidelity("findings", "--format", "json", "--subject", "g1")[1])]
    district.meetings |= {("g1", week) for week in range(16)}
    district.write()
    district.night(4)
    code, text, _ = fidelity("explain", "district.yaml", id, "--as-of", "2025-10-05")
    assert code == 0 and f"Finding {id} (withdrawn)" in text and "we were wrong" in text and "Required in this window: 1" in text
    district.teams = ("g2", "g3")
    district.meetings = {(team, week) for team, week in district.meetings if team != "g1"}
    district.write()
    assert fidelity("explain", "district.yaml", id, "--as-of", "2025-10-05")[0] == 0


def test_a_cell_is_explained_without_the_store(fidelity: Fidelity, district: District) -> None:
    """A lost store keeps nobody from asking why; only the id of a finding needs it."""
    (id,) = [one["finding_id"] for one in json.loads(fidelity("findings", "--format", "json", "--subject", "g1")[1])]
    (district.folder / ".fidelity" / "state.db").write_bytes(b"no database " * 100)
    assert fidelity("explain", "district.yaml", "meets", "g1", "2025-09-23", "--as-of", "2025-09-28")[0] == 0
    code, _, err = fidelity("explain", "district.yaml", id, "--as-of", "2025-09-28")
    assert code == 2 and "the store cannot be opened" in err


LISTENS = """from pathlib import Path
from fidelity_engine.plugin import hookimpl
@hookimpl
def fidelity_run_started(run):
    Path({0!r}).open("a").write("started ")
@hookimpl
def fidelity_finding_changed(finding, before):
    Path({0!r}).open("a").write("changed ")
@hookimpl
def fidelity_run_finished(run, result):
    Path({0!r}).open("a").write("finished ")
"""


def test_a_look_is_no_news_for_plugins(fidelity: Fidelity, district: District) -> None:
    """A plugin that tells a chat room what changed hears of runs, and of nothing when somebody explains, reports or decides."""
    heard, plugins = district.folder / "heard", district.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "chat.py").write_text(LISTENS.format(str(heard)))
    district.rules.write_text(district.rules.read_text("utf-8") + "plugins: [./plugins]\n", "utf-8")
    id = json.loads(fidelity("findings", "--format", "json", "--subject", "g1")[1])[0]["finding_id"]
    for look in (["explain", "district.yaml", id], ["explain", "district.yaml", "meets", "g1", "2025-09-23"], ["report", "district.yaml", "-o", "r.html"]):
        assert fidelity(*look, "--as-of", "2025-09-28")[0] == 0
    assert fidelity("decide", "a-nobody", "note", "--who", "Ana")[0] == 2
    assert not heard.exists()
    district.meetings |= {("g1", week) for week in range(16)}
    district.write()
    district.night(4)
    assert heard.read_text().split() == ["started", "changed", "changed", "finished"]


WRITES = """from fidelity_engine.plugin import hookimpl
@hookimpl
def fidelity_run_finished(run, result):
    result.quarantine_write({!r})
"""


@pytest.mark.parametrize("store", [[], ["--no-store"]], ids=["store", "no store"])
def test_a_plugin_may_ask_for_the_quarantine(store: list[str], fidelity: Fidelity, district: District) -> None:
    """What it is told of has the rows that could not be used, also where the command line does not ask for them."""
    written, plugins = district.folder / "set-aside.csv", district.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "keeper.py").write_text(WRITES.format(str(written)))
    district.rules.write_text(district.rules.read_text("utf-8") + "plugins: [./plugins]\n", "utf-8")
    log = district.folder / "log.csv"
    log.write_text(log.read_text("utf-8") + "\nx1,nobody,2025-09-02T10:00,\n", "utf-8")
    code, _, err = fidelity("run", "district.yaml", "--as-of", "2025-10-05", *store)
    assert code == 0 and not err
    assert "unknown_team" in written.read_text("utf-8")


def test_status(fidelity: Fidelity, district: District) -> None:
    """0 while the last run is young and was complete, 3 where it is too old."""
    code, text, _ = fidelity("status", "--max-age", "26h")
    assert code == 0 and "2 open, 1 resolved" in text and "as of 2025-09-28" in text
    with open_store(address_of(district.rules)) as memory, memory.connection.begin():
        memory.connection.execute(update(RUN).values(finished=datetime.now() - timedelta(days=3)))
    assert fidelity("status", "--max-age", "26h")[0] == 3
    assert fidelity("status", "--max-age", "10d")[0] == 0
    assert fidelity("status", "--max-age", "soon")[0] == 2


def test_purge_forgets_and_says_so(fidelity: Fidelity, district: District) -> None:
    """What ended before the date goes, with its runs and snapshots; what is open stays; the audit knows."""
    district.night(8)
    code, text, _ = fidelity("purge", "--before", "2025-10-15")
    assert (code, text) == (0, "Forgotten: 2 changes, 0 messages, 1 findings, 2 runs, 2 snapshots.\n")
    assert sorted(found(fidelity, "--all").values()) == ["resolved", "resolved"]
    with look_up(address_of(district.rules)) as memory:
        assert memory is not None
        with memory.connection.begin():
            (note,) = memory.connection.execute(select(AUDIT.c.detail).where(AUDIT.c.what == "purge")).scalars()
    assert note == {"before": "2025-10-15", "changes": 2, "messages": 0, "findings": 1, "runs": 2}
    assert len(list((district.folder / ".fidelity" / "snapshots").iterdir())) == 1


@pytest.mark.parametrize(("before", "forgotten"), [
    ("2025-09-21", "0 changes, 0 messages, 0 findings, 0 runs"), ("2025-09-22", "0 changes, 0 messages, 0 findings, 1 runs"),
    ("2025-09-28", "0 changes, 0 messages, 0 findings, 1 runs"), ("2025-09-29", "2 changes, 0 messages, 1 findings, 1 runs"),
])  # fmt: skip
def test_what_is_of_the_day_itself_stays(fidelity: Fidelity, before: str, forgotten: str) -> None:
    """Runs as of Sunday the 21st and the 28th, as the district counts days, and what ended then, go from the Monday on; never the newest run."""
    assert fidelity("purge", "--before", before)[1].startswith(f"Forgotten: {forgotten}, ")


def test_what_is_forgotten_is_no_news(fidelity: Fidelity, district: District) -> None:
    """The evaluation finds the ended episode again every night: it is neither told nor kept; what opens later is."""
    district.night(8)
    assert fidelity("purge", "--before", "2025-11-10")[1].startswith("Forgotten: 6 changes, 0 messages, 3 findings")
    fidelity("purge", "--before", "2025-09-01")                          # which changes nothing of that
    district.meetings -= {("g3", 10)}
    district.write()
    for week in (9, 10, 11):
        ran = district.night(week)
        assert [(one.finding.subject, one.finding.state) for one in ran.changes] == {10: [("g3", "open")], 11: [("g3", "resolved")]}.get(week, [])
    assert found(fidelity, "--all") == {"g3": "resolved"}


def test_nothing_was_stored_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no rule file, or no run, one line says what to do."""
    monkeypatch.chdir(tmp_path)
    assert exit_code(["findings"]) == 2 and "there is no rule file" in capsys.readouterr().err
    District(tmp_path)
    for command in ("findings", "status"):
        assert exit_code([command]) == 2 and "Run `fidelity run district.yaml` first." in capsys.readouterr().err


@pytest.mark.parametrize(("lost", "command", "code", "told"), [
    ("finding", ["findings", "district.yaml"], 2, "cannot be opened"), ("run", ["status", "district.yaml"], 2, "cannot be opened"),
    ("run", ["purge", "district.yaml", "--before", "2025-09-01"], 4, "could not be written"),
    ("audit", ["run", "district.yaml", "--as-of", "2025-10-05", "--output", "told"], 4, "could not be written"),
])
def test_what_shows_only_later_to_be_damaged(fidelity: Fidelity, district: District, lost: str, command: list[str], code: int, told: str) -> None:
    """A store that opens and is damaged, or lost, when it is asked: one sentence, and no output takes its name."""
    with sqlite3.connect(district.folder / ".fidelity" / "state.db") as store:
        store.execute(f"alter table fidelity_{lost} rename to something_else")
    store.close()
    given, out, err = fidelity(*command)
    assert (given, out) == (code, "") and err.count("\n") == 1
    assert f"the store {told}: OperationalError SQLITE_ERROR." in err
    assert not Path("told").exists()
