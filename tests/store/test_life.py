"""The life of findings, night by night, in a file and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fidelity_engine.stages.emit import practice
from fidelity_engine.store import address_of, memory
from fidelity_engine.store.opening import look_up
from fidelity_engine.store.tables import AUDIT, CHANGE, FINDING, RUN

from .conftest import MONDAY, District

Store = Callable[[], str | None]


@pytest.fixture(autouse=True, params=[practice.MANY, 0], ids=["made at once", "made when asked for"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every life is the same where findings are many."""
    monkeypatch.setattr(practice, "MANY", request.param)


def rows(district: District, table: Any, said: str | None = None) -> list[Any]:
    """All rows of a table of the store."""
    with look_up(address_of(district.rules, said)) as known:
        assert known is not None
        with known.connection.begin():
            return list(known.connection.execute(select(table)).mappings())


def news(ran: Any) -> list[tuple[str, str | None, str]]:
    """(subject, before, after) of the changes that are told."""
    return [(one.finding.subject, one.before, one.finding.state) for one in ran.changes if one.reported]


def test_a_finding_opens_once_and_resolves(district: District, store: Store) -> None:
    """Opened in the night after the missed week, silent the next night, resolved when the team met again."""
    district.meetings -= {("g1", 2)}
    district.write()
    assert news(district.night(1, store=store())) == []
    assert news(district.night(2, store=store())) == [("g1", None, "open")]
    again = district.night(2, store=store())
    assert news(again) == [] and [one.state for one in again.result.findings] == ["open"]
    assert news(district.night(3, store=store())) == [("g1", "open", "resolved")]
    assert [row["after"] for row in rows(district, CHANGE, store())] == ["open", "resolved"]
    assert len(rows(district, RUN, store())) == len(rows(district, AUDIT, store())) == 4


def test_the_first_run_is_quiet(district: District, store: Store) -> None:
    """What had ended before the store began is remembered, and never told."""
    district.meetings -= {("g1", 2), ("g2", 5)}
    district.write()
    ran = district.night(5, store=store())
    assert news(ran) == [("g2", None, "open")]
    assert [one.subject for one in ran.result.findings] == ["g2"]
    assert {row["subject"]: row["reported"] for row in rows(district, FINDING, store())} == {"g1": False, "g2": True}
    assert sorted((row["number"], row["before"], row["after"]) for row in rows(district, CHANGE, store())) == [(1, None, "open"), (1, None, "resolved")]
    assert district.states(5, store=store()) == {"g2": "open"}


def test_a_late_record_keeps_the_id(district: District, store: Store) -> None:
    """The first missed week turns out met: the finding goes on under the id that its owner knows."""
    district.meetings -= {("g1", 2), ("g1", 3)}
    district.write()
    (first,) = district.night(3, store=store()).result.findings
    district.meetings |= {("g1", 2)}
    district.write()
    ran = district.night(3, store=store())
    (second,) = ran.result.findings
    assert news(ran) == []
    assert (second.finding_id, second.windows_missed) == (first.finding_id, 1) and second.since > first.since


def test_a_late_record_withdraws(district: District, store: Store) -> None:
    """The only missed week turns out met: the owner is told that we were wrong, once."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(2, store=store())
    district.meetings |= {("g1", 2)}
    district.write()
    ran = district.night(2, store=store())
    assert news(ran) == [("g1", "open", "withdrawn")]
    assert "we were wrong" in ran.result.findings[0].message
    assert district.night(2, store=store()).result.findings == []


def test_a_late_record_withdraws_what_was_over(district: District, store: Store) -> None:
    """A finding that is resolved was wrong all the same, and its owner is told so; one that nobody was told of goes without a word."""
    district.meetings -= {("g1", 2)}
    district.write()
    told = store(), str(district.folder / "began-later")
    for week in (2, 3):
        district.night(week, store=told[0])
    district.night(3, store=told[1])
    district.meetings |= {("g1", 2)}
    district.write()
    assert news(district.night(3, store=told[0])) == [("g1", "resolved", "withdrawn")]
    quiet = district.night(3, store=told[1])
    assert (news(quiet), quiet.result.findings) == ([], [])
    assert [row["state"] for row in rows(district, FINDING, told[1])] == ["withdrawn"]


def test_what_had_ended_before_the_first_run_is_told_when_it_goes_on(district: District, store: Store) -> None:
    """The record that ended it is taken back: now somebody must hear of it."""
    district.meetings -= {("g1", 2)}
    district.write()
    assert news(district.night(3, store=store())) == []
    district.meetings -= {("g1", 3)}
    district.write()
    ran = district.night(3, store=store())
    assert news(ran) == [("g1", "resolved", "open")] and [one.subject for one in ran.result.findings] == ["g1"]


def test_the_first_run_is_the_first_that_judges(district: District, store: Store) -> None:
    """A run before the year begins looks at nothing: the one after it is quiet still."""
    district.meetings -= {("g1", 2)}
    district.write()
    assert district.night(-1, store=store()).result.summary.cells == 0
    assert news(district.night(3, store=store())) == []


def test_what_was_withdrawn_keeps_its_id_to_itself(district: District, store: Store) -> None:
    """Two weeks turned out met; one of them was missed after all: that is another finding than the one that we took back."""
    district.meetings -= {("g1", 2), ("g1", 3)}
    district.write()
    (first,) = district.night(3, store=store()).result.findings
    district.meetings |= {("g1", 2), ("g1", 3)}
    district.write()
    district.night(3, store=store())
    district.meetings -= {("g1", 3)}
    district.write()
    ran = district.night(3, store=store())
    assert news(ran) == [("g1", None, "open")] and ran.result.findings[0].finding_id != first.finding_id


def test_the_store_knows_the_newest_of_what_stays_open(district: District, store: Store) -> None:
    """Another missed week is no news; what is kept of the finding has it all the same, and not the day on which it changed."""
    district.meetings -= {("g1", 2), ("g1", 3)}
    district.write()
    (opened, later) = (district.night(week, store=store()) for week in (2, 3))
    assert (len(opened.changes), later.changes) == (1, [])
    (row,) = rows(district, FINDING, store())
    assert (row["record"]["windows_missed"], row["until"]) == (2, MONDAY + timedelta(27))
    assert (row["opened_in"], row["changed_on"]) == (opened.result.summary.run_id, MONDAY + timedelta(20))


def test_on_the_last_day_of_the_period_something_can_be_open(district: District) -> None:
    """It expires with the day after it."""
    district.meetings -= {("g1", 14), ("g1", 15)}
    district.write()
    assert news(district.night(14)) == [("g1", None, "open")]
    assert news(district.night(15, 4)) == []
    assert news(district.night(15, 5)) == [("g1", "open", "expired")]


def test_a_snow_day_typed_in_late_withdraws(district: District, store: Store) -> None:
    """The week was closed: nothing was expected in it after all."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(2, store=store())
    district.closed = {MONDAY + timedelta(14 + day) for day in range(5)}
    district.write()
    (change,) = district.night(2, store=store()).changes
    assert (change.finding.state, "nothing was expected" in change.finding.message) == ("withdrawn", True)


def test_a_waiver_pauses(district: District, store: Store) -> None:
    """A waiver for the missed week pauses the finding; it goes on when the waiver is taken back."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(2, store=store())
    district.waivers = ["meets,team,g1,,2025-09-15,2025-09-21,A flood,principal,"]
    district.write()
    assert news(district.night(2, store=store())) == [("g1", "open", "paused")]
    assert district.states(2, store=store()) == {"g1": "paused"}
    district.waivers = []
    district.write()
    assert news(district.night(2, store=store())) == [("g1", "paused", "open")]


def test_a_waiver_wakes_nothing_that_is_over(district: District, store: Store) -> None:
    """The missed week of a resolved finding is waived afterwards: it stays resolved."""
    district.meetings -= {("g1", 2)}
    district.write()
    for week in (2, 3):
        district.night(week, store=store())
    district.waivers = ["meets,team,g1,,2025-09-15,2025-09-21,A flood,principal,"]
    district.write()
    assert news(district.night(3, store=store())) == []
    assert [row["state"] for row in rows(district, FINDING, store())] == ["resolved"]


def test_what_is_paused_expires_with_the_period(district: District, store: Store) -> None:
    """All its weeks are waived when the period ends: it does not wait for ever, and taking the waiver back reopens nothing."""
    district.meetings -= {("g1", 14), ("g1", 15)}
    district.write()
    district.night(14, store=store())
    district.waivers = ["meets,team,g1,,2025-12-08,2025-12-19,A flood,principal,"]
    district.write()
    assert news(district.night(14, store=store())) == [("g1", "open", "paused")]
    assert news(district.night(15, store=store())) == [("g1", "paused", "expired")]
    assert news(district.night(16, store=store())) == []
    district.waivers = []
    district.write()
    assert news(district.night(16, store=store())) == []


def test_a_missing_field_is_told_until_it_is_there_again(district: District, store: Store) -> None:
    """Two weeks without minutes open a finding of the school, one with them resolves it, and when it comes again it has its id."""
    rules = district.rules.read_text("utf-8").replace("recorded_at}", "recorded_at, minutes: minutes}")
    district.rules.write_text(rules.replace("event: meeting}", "event: meeting, where: {minutes: {gte: 30}}}"), "utf-8")
    log = district.folder / "log.csv"
    first, *lines = log.read_text("utf-8").splitlines()
    lack = ("-2,", "-3,", "-6,", "-7,")
    log.write_text("\n".join([f"{first},minutes", *(f"{line},{'' if any(week in line for week in lack) else 45}" for line in lines)]), "utf-8")
    told = [news(district.night(week, store=store())) for week in range(1, 9)]
    assert [[(subject, after) for subject, _, after in night] for night in told] == [
        [], [], [("log.minutes", "open")], [("log.minutes", "resolved")], [], [], [("log.minutes", "open")], [("log.minutes", "resolved")]]
    assert [(row["subject"], row["school"]) for row in rows(district, FINDING, store())] == [("log.minutes", "lincoln")]


def test_a_rule_that_is_switched_off_withdraws(district: District, store: Store) -> None:
    """Nothing is expected any more, and nobody was wrong."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(2, store=store())
    district.rules.write_text(district.rules.read_text("utf-8") + "    mode: trial\n", "utf-8")
    (change,) = district.night(2, store=store()).changes
    assert change.finding.state == "withdrawn" and "no longer in force" in change.finding.message


@pytest.mark.parametrize("harm", ["missing", "half"])
def test_what_cannot_be_seen_keeps_its_state(district: District, store: Store, harm: str) -> None:
    """A source that is not there, or only half there, withdraws nothing and accuses nobody; exit 3."""
    district.meetings -= {("g1", 2), ("g2", 3)}
    district.write()
    assert district.states(3, store=store()) == {"g2": "open"}
    log = district.folder / "log.csv"
    whole = log.read_text("utf-8")
    if harm == "missing":
        log.unlink()
    else:
        log.write_text("\n".join(whole.splitlines()[:20]) + "\n", "utf-8")
    ran = district.night(3, store=store())
    assert int(ran.exit_code) == 3
    assert news(ran) == [("log", None, "open")]
    assert {one.subject: one.state for one in ran.result.findings} == {"g2": "open", "log": "open"}
    log.write_text(whole, "utf-8")
    assert news(district.night(3, store=store())) == [("log", "open", "resolved")]


def test_a_smaller_source_is_let_through_once(district: District) -> None:
    """`--accept-shrink` lets a source pass, and the smaller number is the new measure."""
    district.night(3)
    district.meetings = {one for one in district.meetings if one[1] < 8}
    district.write()
    assert int(district.night(3).exit_code) == 3
    assert int(district.night(3, accept_shrink=["log"]).exit_code) == 0
    assert int(district.night(3).exit_code) == 0


def test_the_year_rolls_over(district: District, store: Store) -> None:
    """What is open when the period ends expires; the next year begins with nothing, and may be smaller."""
    district.meetings -= {("g1", week) for week in range(12, 16)} | {("g2", 15)}
    district.write()
    assert district.states(14, store=store()) == {"g1": "open"}
    ran = district.night(16, store=store())                                  # the first after the end: g2's last week is over
    assert sorted(news(ran)) == [("g1", "open", "expired"), ("g2", None, "open")]
    assert news(district.night(17, store=store())) == [("g2", "open", "expired")]
    new = district.rules.read_text("utf-8").replace("2025-26", "2026-27").replace("2025-09-01", "2025-12-22").replace("2025-12-19", "2026-03-27")
    district.rules.write_text(new, "utf-8")
    district.meetings = {(team, week) for team in district.teams for week in (16, 17)}
    district.write()
    ran = district.night(17, store=store())
    assert int(ran.exit_code) == 0 and news(ran) == []


def test_long_after_the_end_everything_is_over(district: District) -> None:
    """A run that finds nothing to do still ends what is open."""
    district.meetings -= {("g1", 12), ("g1", 13), ("g1", 14), ("g1", 15)}
    district.write()
    district.night(14)
    assert news(district.night(30)) == [("g1", "open", "expired")]


def test_what_ended_in_another_year_is_not_looked_at(district: District) -> None:
    """The store grows from year to year; what a night looks at does not, but for findings that still live."""
    district.meetings -= {("g1", 2), ("g2", 3)}
    district.write()
    for week in (2, 3):
        district.night(week)
    with look_up(address_of(district.rules, None)) as known:
        assert known is not None
        assert {one.subject: one.state for one in known.remembered(district.engine().ruleset.year)} == {"g1": "resolved", "g2": "open"}
        assert {one.subject: one.state for one in known.remembered("another")} == {"g2": "open"}


def test_rows_are_written_and_looked_up_in_parts(district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time: the store holds the same after every night, a withdrawn one among them."""
    district.meetings -= {("g1", 2), ("g2", 2), ("g2", 3), ("g2", 4)}
    told, stores = [], [str(tmp_path / "usual"), str(tmp_path / "parts")]
    for folder in stores:
        district.write()
        told.append([news(district.night(week, store=folder)) for week in (1, 2, 3, 4)])
        late = {("g2", 3)}
        district.meetings |= late
        district.write()
        told[-1].append(news(district.night(4, store=folder)))
        district.meetings -= late
        monkeypatch.setattr(memory, "AT_ONCE", 1)
    assert told[0] == told[1] and told[0][-1]
    for table, other in ((FINDING, "opened_in"), (CHANGE, "run_id")):
        usual, parts = ([{name: value for name, value in row.items() if name != other} for row in rows(district, table, folder)] for folder in stores)
        assert usual == parts and len(usual) > 2


def test_a_selection_is_not_remembered(district: District) -> None:
    """A run of some rules or subjects says what it sees; others' findings stay as they are, and so does the store."""
    district.meetings -= {("g1", 2), ("g2", 2)}
    district.write()
    district.night(2)
    for selection in ({"subjects": ["g1"]}, {"rules": ["meets"]}):
        ran = district.night(3, **selection)
        assert not ran.kept and "remembers nothing" in " ".join(ran.result.summary.notes)
    assert {row["subject"]: row["state"] for row in rows(district, FINDING)} == {"g1": "open", "g2": "open"}


def test_a_look_back_is_not_remembered(district: District) -> None:
    """A run as of an earlier day changes nothing; the same day again does."""
    district.meetings -= {("g1", 4)}
    district.write()
    assert district.night(4).kept
    assert not district.night(3).kept
    assert district.night(4).kept
    assert {row["state"] for row in rows(district, FINDING)} == {"open"}


def test_two_rule_files_share_a_folder(district: District, tmp_path: Path) -> None:
    """Each sees only its own findings: neither withdraws the other's."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(2)
    other = tmp_path / "other.yaml"
    other.write_text(district.rules.read_text("utf-8").replace("id: meets", "id: comes-together"), "utf-8")
    district.rules, kept = other, district.rules
    assert news(district.night(2)) == [("g1", None, "open")]
    district.rules = kept
    assert news(district.night(2)) == []


def test_snapshots_hold_every_cell(district: District) -> None:
    """One Parquet file per run, passes too; strays are swept."""
    district.night(2)
    stray = district.folder / ".fidelity" / "snapshots" / "feedfeedfeed.parquet"
    stray.write_bytes(b"half")
    ran = district.night(3)
    names = sorted(path.name for path in stray.parent.iterdir())
    assert names == sorted(row["snapshot"] for row in rows(district, RUN))
    import duckdb

    found = duckdb.sql(f"select count(*) from '{stray.parent / (ran.result.summary.run_id + '.parquet')}'").fetchall()
    assert found == [(ran.result.summary.cells,)]


def test_the_store_is_private(district: District) -> None:
    """The folder is its owner's (0700), and so are the files (0600)."""
    district.night(2)
    folder = district.folder / ".fidelity"
    modes = {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(mode == (0o700 if name == "snapshots" else 0o600) for name, mode in modes.items()), modes


def test_a_store_that_was_copied_here_becomes_private(district: District) -> None:
    """The database of a copied folder that everybody may read is its owner's after the next run."""
    district.night(2)
    database = district.folder / ".fidelity" / "state.db"
    database.chmod(0o644)
    district.night(3)
    assert database.stat().st_mode & 0o777 == 0o600


def test_a_store_of_somebody_else_is_used_as_it_is(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may read and write a database, and does not own it, cannot make it private: that ends no night."""
    district.night(2)
    database, chmod = district.folder / ".fidelity" / "state.db", Path.chmod
    database.chmod(0o660)

    def refuse(path: Path, mode: int) -> None:
        if path == database:
            raise PermissionError(1, "Operation not permitted")
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refuse)
    district.night(3)
    assert database.stat().st_mode & 0o777 == 0o660


def test_no_event_stands_in_the_store(district: District) -> None:
    """Ids of events are told, and not kept."""
    district.meetings -= {("g1", 2)}
    district.write()
    district.night(2)
    (row,) = rows(district, FINDING)
    assert not {"evidence_ids", "evidence_unlinked"} & set(row["record"])
