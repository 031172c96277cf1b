"""The state between runs: what is damaged is noticed, told and made anew, and a killed run leaves the former state whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine.carry import kept

from .conftest import District


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


@pytest.mark.parametrize("harm", [cut, flip, Path.unlink], ids=["cut", "flipped", "gone"])
@pytest.mark.parametrize("file", ["list.json", "*-ruling.parquet", "*-verdict_cell.parquet", "*-place.parquet", "*-odd.parquet", "*-stranger.parquet"])
def test_damage_is_noticed_told_and_mended(district: District, harm: Callable[[Path], None], file: str) -> None:
    """Whatever is cut, changed or missing: the run is full, says so, and the next one carries over again."""
    district.run(9).result.close()
    (path,) = district.carried.glob(file)
    harm(path)
    carried, said = district.night(9)
    assert carried == 0
    assert ("Nothing is kept" if (file, harm) == ("list.json", Path.unlink) else "damaged") in said
    assert district.night(9)[0] > 0


def test_a_foreign_file_is_not_taken_for_ours(district: District) -> None:
    """A table of another run under the right name is another table."""
    district.run(9).result.close()
    facts = json.loads((district.carried / "list.json").read_text())
    facts["facts"]["day"] = "2025-12-01"
    (district.carried / "list.json").write_text(json.dumps(facts))
    assert "its list was changed" in district.night(9)[1]


@pytest.mark.parametrize("moment", range(7))
def test_a_run_that_is_killed_leaves_the_former_state(district: District, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after so many files: the list still names the former ones, and the next run carries over from them."""
    district.run(9).result.close()
    before = (district.carried / "list.json").read_bytes()
    left = [moment]
    synced = kept._synced

    def killed(path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        synced(path)

    monkeypatch.setattr(kept, "_synced", killed)
    district.weeks[10] = [district.row("g1", 10)]
    with pytest.raises(KeyboardInterrupt):
        district.run(10)
    assert (district.carried / "list.json").read_bytes() == before
    monkeypatch.setattr(kept, "_synced", synced)
    assert district.night(10)[0] > 0
    assert len(list(district.carried.glob("*.parquet"))) == 6


def test_damage_is_told_on_stderr(district: District, capfd: pytest.CaptureFixture[str]) -> None:
    """The command line says that it made the state anew; the run itself is whole."""
    from fidelity_engine.cli import exit_code

    asked = ["run", str(district.rules), "--as-of", "2025-11-07", "--incremental", "--quiet"]
    district.write()
    assert exit_code(asked) == 0
    cut(district.carried / "list.json")
    capfd.readouterr()
    assert exit_code(asked) == 0
    assert "is damaged" in capfd.readouterr().err
    assert exit_code([*asked, "--profile"]) == 0
    assert "cells were carried over from the last run." in capfd.readouterr().err


def test_without_a_store_nothing_can_be_kept(district: District, capfd: pytest.CaptureFixture[str]) -> None:
    """`--incremental --no-store` is a contradiction."""
    from fidelity_engine.cli import exit_code

    assert exit_code(["run", str(district.rules), "--incremental", "--no-store"]) == 2
    assert "leave out --no-store" in capfd.readouterr().err


@pytest.mark.parametrize(("before", "stays"), [("2025-11-01", True), ("2025-11-08", False)])
def test_purge_forgets_what_is_of_an_earlier_day(district: District, before: str, stays: bool) -> None:
    """What the last run left goes with what it was about."""
    from fidelity_engine.cli import exit_code

    district.run(9).result.close()
    assert exit_code(["purge", str(district.rules), "--before", before]) == 0
    assert (district.carried / "list.json").exists() is stays
