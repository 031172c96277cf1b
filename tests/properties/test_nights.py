"""An incremental run gives what a full one gives, to the byte, whatever happened since the last night."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, FidelityError, evaluate
from fidelity_engine.carry import carrying
from fidelity_engine.course import Course
from properties.dice import Seeded
from properties.nights import nights_of, write_night


def told(engine: Engine, as_of: str, carry: carrying.Carry | None, folder: Path) -> Any:
    """Verdicts, findings and counts of one evaluation, without the id of the run; or its mistake."""
    moment = datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)
    with evaluate.evaluate(engine.document, engine.ruleset, engine.host, engine.settings, moment, (), (), None, {}, Course(), carry=carry) as result:
        result.verdicts.write(folder / "verdicts.csv")
        result.quarantine_write(folder / "quarantine.csv")
        summary = result.summary
        return (
            (folder / "verdicts.csv").read_text(), [asdict(replace(finding, run_id="")) for finding in result.findings], summary.verdicts,
            summary.sources, summary.quarantine, summary.unfinished, summary.notes, (folder / "quarantine.csv").read_text(), result.adjustments,
        )


def compared(folder: Path, seed: int) -> list[str]:
    """Run all nights of a seed both ways, and give the notes of the incremental runs."""
    notes = []
    for made, as_of in nights_of(Seeded(seed)):
        try:
            engine = Engine.from_file(write_night(made, folder))
            full = told(engine, as_of, None, folder)
        except FidelityError:
            return notes
        carry = carrying.Carry(folder / "carried")
        for one, other in zip(told(engine, as_of, carry, folder), full, strict=True):
            assert one == other
        notes.append(carry.note)
    return notes


CALM = (502, 511, 516, 517, 531)
"""Seeds of which many cells can be carried over, and sources be read in part."""
AT_HOME = (503, 513)
"""Seeds of which a source is read in part that was read whole: some of its rows are linked by those who took part alone."""


@pytest.mark.parametrize("seed", [*CALM, *AT_HOME, *range(1000, 1000 + int(os.environ.get("FIDELITY_NIGHTS", "0")))])
def test_an_incremental_run_gives_the_bytes_of_a_full_one(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three nights with new, late, changed and removed records. `FIDELITY_NIGHTS=200` tries so many seeds more."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    monkeypatch.setattr(carrying, "ODD", 0)
    notes = compared(tmp_path, seed)
    assert seed not in CALM or any(note[0].isdigit() and note[0] != "0" for note in notes)
