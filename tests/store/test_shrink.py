"""Half an upload of a listing or a source: refused, until somebody says that it is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code
from fidelity_engine.errors import ExitCode, FidelityError, Mistakes
from fidelity_engine.store.tables import FINDING, RUN

from .conftest import MONDAY, RULES, District
from .test_life import news, rows

Store = Callable[[], str | None]
SPARE = [f"{number:02}" for number in range(20)]
DAYS = [MONDAY + timedelta(7 * (number // 5) + number % 5) for number in range(20)]
WHOLE = {
    # twenty spare rows in each, which nobody refers to
    "schools": ["school,name", "lincoln,Lincoln", *(f"s{one},School {one}" for one in SPARE)],
    "teams": ["team,school,kind", *(f"g{one},lincoln,grade-level" for one in (1, 2, 3)), *(f"t{one},lincoln,spare" for one in SPARE)],
    "staff": ["staff,school", *(f"m{one},lincoln" for one in SPARE[:10]), *(f"p{one},lincoln" for one in SPARE)],
    "members": ["team,staff", *(f"{team},m{one}" for team in ("g1", "g2") for one in SPARE[:10])],
    "terms": ["school,term,from,until", ",autumn,2025-09-01,2025-12-19", *(f"lincoln,t{one},{day},{day}" for one, day in zip(SPARE, DAYS, strict=True))],
}
LISTINGS = [*WHOLE, "calendar"]


class Whole(District):
    """The small district with every kind of listing; the rule is about three of its teams."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        roster = "roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv, members: members.csv}"
        said = {"roster: {schools: schools.csv, teams: teams.csv}": roster, "{read: calendar.csv}": "{read: calendar.csv, terms: terms.csv}",
                "{of: team, each: week}": "{of: team, where: {kind: grade-level}, each: week}"}  # fmt: skip
        text = RULES
        for old, new in said.items():
            text = text.replace(old, new)
        self.rules.write_text(text, "utf-8")
        for name, lines in WHOLE.items():
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")

    def shrink(self, name: str) -> None:
        """The file ends before its end: eight rows, or of the calendar what lies beyond the period, are lost."""
        path = self.folder / f"{name}.csv"
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(lines[: 110 if name == "calendar" else -8]) + "\n", "utf-8")


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """One open finding, about g3."""
    district = Whole(tmp_path)
    log = district.folder / "log.csv"
    log.write_text("".join(line for line in log.read_text("utf-8").splitlines(keepends=True) if not line.startswith("g3-2,")), "utf-8")
    return district


@pytest.mark.parametrize("name", LISTINGS)
def test_half_a_listing_ends_the_run(whole: Whole, store: Store, name: str) -> None:
    """Exit 2 with its name and the mend; nothing is kept, findings stay as they are; it passes once, and is the new measure."""
    url = store()
    assert news(whole.night(2, store=url)) == [("g3", None, "open")]
    path = whole.folder / f"{name}.csv"
    before = path.read_text("utf-8")
    whole.shrink(name)
    with pytest.raises(FidelityError) as refused:
        whole.night(2, store=url)
    (error,) = refused.value.errors if isinstance(refused.value, Mistakes) else [refused.value]
    assert error.where == f"{name}.csv" and f"--accept-shrink {name}" in error.mend and "half a file" in error.message
    assert int(getattr(error, "exit_code", ExitCode.USAGE)) == 2
    assert (len(rows(whole, RUN, url)), [row["state"] for row in rows(whole, FINDING, url)]) == (1, ["open"])
    with pytest.raises(FidelityError, match=name):
        whole.night(2, store=url, accept_shrink=[other for other in LISTINGS if other != name])      # of others it says nothing
    ran = whole.night(2, store=url, accept_shrink=[name])
    assert int(ran.exit_code) == 0 and news(ran) == []
    assert int(whole.night(2, store=url).exit_code) == 0
    path.write_text(before, "utf-8")
    assert int(whole.night(2, store=url).exit_code) == 0
    whole.shrink(name)
    with pytest.raises(FidelityError, match=name):
        whole.night(2, store=url)


def test_half_a_source_is_unreadable(whole: Whole, store: Store) -> None:
    """Exit 3, findings keep their state; it passes once, then its number is the new measure, and late records come in."""
    url = store()
    whole.night(2, store=url)
    log = whole.folder / "log.csv"
    before = log.read_text("utf-8")
    whole.shrink("log")
    ran = whole.night(3, store=url)
    assert (int(ran.exit_code), news(ran)) == (3, [("log", None, "open")])
    (cause,) = ran.result.summary.unfinished
    assert "half a file" in cause and "--accept-shrink log" in cause
    assert int(whole.night(3, store=url).exit_code) == 3                 # a shrunk source is no new measure
    ran = whole.night(3, store=url, accept_shrink=["log"])
    assert int(ran.exit_code) == 0 and ("log", "open", "resolved") in news(ran)
    assert int(whole.night(3, store=url).exit_code) == 0
    log.write_text(before, "utf-8")
    assert int(whole.night(3, store=url).exit_code) == 0


def test_the_cause_is_told_before_what_follows_from_it(whole: Whole) -> None:
    """Half of the staff: one sentence, and not one for each member whom nobody knows any more; once it may shrink, those."""
    whole.night(2)
    whole.folder.joinpath("staff.csv").write_text("\n".join(WHOLE["staff"][:6]) + "\n", "utf-8")
    with pytest.raises(Mistakes) as refused:
        whole.night(2)
    assert [error.where for error in refused.value.errors] == ["staff.csv"]
    with pytest.raises(Mistakes) as refused:
        whole.night(2, accept_shrink=["staff"])
    assert len(refused.value.errors) == 10 and "unknown staff member 'm05'" in str(refused.value)


def test_a_listing_that_cannot_be_read_is_not_half_a_file(whole: Whole) -> None:
    """What is wrong with it is told, and that another one shrank."""
    whole.night(2)
    whole.folder.joinpath("teams.csv").unlink()
    with pytest.raises(Mistakes) as refused:
        whole.night(2)
    assert "half a file" not in str(refused.value) and "teams.csv" in str(refused.value)
    whole.shrink("staff")
    with pytest.raises(Mistakes) as refused:
        whole.night(2)
    assert [what in str(error) for what, error in zip(("teams.csv", "half a file"), refused.value.errors, strict=True)] == [True, True]


def test_several_shrink_at_once(whole: Whole) -> None:
    """All are told at once; `--accept-shrink` is repeatable."""
    whole.night(2)
    whole.shrink("staff")
    whole.shrink("calendar")
    with pytest.raises(Mistakes) as refused:
        whole.night(2)
    assert [error.where for error in refused.value.errors] == ["calendar.csv", "staff.csv"]
    with pytest.raises(FidelityError, match="calendar"):
        whole.night(2, accept_shrink=["staff"])
    assert int(whole.night(2, accept_shrink=["staff", "calendar"]).exit_code) == 0


@pytest.mark.parametrize(("lost", "code"), [(5, 0), (6, 2)])
def test_a_few_rows_may_go(whole: Whole, lost: int, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Five of thirty staff leave; six look like half a file, in one line on stderr."""
    arguments = ["run", str(whole.rules), "--as-of", "2025-09-21", "--quiet"]
    assert exit_code(arguments) == 0
    path = whole.folder / "staff.csv"
    path.write_text("\n".join(path.read_text("utf-8").splitlines()[:-lost]) + "\n", "utf-8")
    capsys.readouterr()
    assert exit_code(arguments) == code
    assert capsys.readouterr().err.count("\n") == (code == 2)


@pytest.mark.parametrize(("name", "mend"), [
    ("calender", "Did you mean `calendar`?"), ("zebra", "Write one of schools, teams, staff, members, calendar, terms, log."),
])  # fmt: skip
def test_a_name_that_nobody_has(whole: Whole, name: str, mend: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused before anything is read, with what is near."""
    assert exit_code(["run", str(whole.rules), "--as-of", "2025-09-21", "--accept-shrink", name]) == 2
    assert mend in capsys.readouterr().err
    assert exit_code(["status", str(whole.rules)]) == 2                  # nothing was kept


def test_the_next_year_may_be_smaller(whole: Whole) -> None:
    """Counts are compared within a year: a new one begins with what it has."""
    whole.night(2)
    whole.shrink("staff")
    whole.rules.write_text(whole.rules.read_text("utf-8").replace("year: 2025-26", "year: 2026-27"), "utf-8")
    assert int(whole.night(2).exit_code) == 0


@pytest.mark.parametrize(("name", "told"), [("lgo", "there is no listing or source `lgo`. Did you mean `log`?"), ("log", "leave out --no-store")])
def test_without_a_store_nothing_can_shrink(whole: Whole, name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that there is not is the mistake that it is with a store; of one that there is, nobody knows what it was."""
    assert exit_code(["run", str(whole.rules), "--no-store", "--accept-shrink", name]) == ExitCode.USAGE
    assert told in capsys.readouterr().err
