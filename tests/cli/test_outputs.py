"""Files that a run writes are no files that it reads, and none takes the place of another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code

EXAMPLE = Path(__file__).parents[2]


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """The example, and a link to its log."""
    for folder in ("rules", "evidence", "plugins"):
        shutil.copytree(EXAMPLE / folder, tmp_path / folder)
    (tmp_path / "link.csv").symlink_to(tmp_path / "evidence" / "meetings.csv")
    return tmp_path


@pytest.mark.parametrize(("options", "told"), [
    (["--output", "x.csv", "--verdicts", "x.csv"], "--verdicts: `x.csv` is the file of --output too. Give each its own file."),
    (["--verdicts", "x.csv", "--quarantine", "rules/../x.csv"], "`rules/../x.csv` is the file of --verdicts too"),
    (["--output", "rules/district.yaml"], "--output: `rules/district.yaml` is a file that the run reads, and would be lost. Name another file."),
    (["--quarantine", "evidence/meetings.csv"], "--quarantine: `evidence/meetings.csv` is a file that the run reads"),
    (["--verdicts", "link.csv"], "`link.csv` is a file that the run reads"),
    (["--verdicts", "evidence/schools.csv"], "`evidence/schools.csv` is a file that the run reads"),
    (["--verdicts", "evidence/calendar.csv"], "`evidence/calendar.csv` is a file that the run reads"),
    (["--verdicts", "evidence/owners.csv"], "`evidence/owners.csv` is a file that the run reads"),
    (["--verdicts", "rules/decisions.csv"], "`rules/decisions.csv` is a file that the run reads"),
])
def test_a_file_that_would_be_lost(
    district: Path, options: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told before anything is read, with exit code 2, and every file is as it was."""
    monkeypatch.chdir(district)
    before = {path: path.read_bytes() for path in district.rglob("*") if path.is_file()}
    assert exit_code(["run", "rules/district.yaml", "--no-store", *options]) == 2
    assert told in capsys.readouterr().err
    assert {path: path.read_bytes() for path in district.rglob("*") if path.is_file()} == before


def test_what_is_neither_is_written(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of an earlier run is replaced, and a device may be named twice."""
    monkeypatch.chdir(district)
    Path("x.csv").write_text("old", "utf-8")
    assert exit_code(["run", "rules/district.yaml", "--no-store", "--verdicts", "x.csv", "--output", "/dev/null", "--quarantine", "/dev/null"]) == 0
    assert Path("x.csv").read_text("utf-8").startswith("rule,")
