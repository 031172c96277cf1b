"""The engine and the hand-tuned SQL of the benchmarks say the same of every cell."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from fidelity_engine import Engine

FORMS = ("", "_csv")
answers = pytest.importorskip("benchmarks.answers", reason="run from the root of the repository")


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small district, with the answers of both beside it."""
    from benchmarks import make, reference

    folder = tmp_path_factory.mktemp("bench") / "S"
    make.make("S", folder)
    for form in FORMS:
        reference.run(folder, folder / f"reference{form}", csv=bool(form))
        with Engine.from_file(folder / f"rules_five{form}.yaml").evaluate() as result:
            result.verdicts.write(folder / f"verdicts{form}.parquet")
    return folder


@pytest.mark.parametrize("form", FORMS, ids=["Parquet", "CSV"])
def test_engine_and_hand_tuned_sql_agree(form: str, district: Path) -> None:
    """No cell of the five rules differs, in its numbers or its verdict, wherever both read the events from."""
    found = answers.differences(district / f"verdicts{form}.parquet", district / f"reference{form}")
    assert {rule: wrong for rule, (_, wrong, _) in found.items()} == dict.fromkeys(found, 0)
    assert all(cells for cells, _, _ in found.values())


def test_a_changed_answer_is_seen(district: Path, tmp_path: Path) -> None:
    """One verdict turned around is one difference, so that agreement means something."""
    changed = tmp_path / "verdicts.parquet"
    duckdb.connect().execute(f"""copy (select * replace (case when rule = 'r1.collaboration' and subject = '16' and verdict = 'met'
        and window_start = (select min(window_start) from '{district}/verdicts.parquet' where rule = 'r1.collaboration' and subject = '16'
          and verdict = 'met') then 'missed' else verdict end as verdict) from '{district}/verdicts.parquet') to '{changed}'""")
    assert answers.differences(changed, district / "reference")["r1.collaboration"][1] == 1


def test_the_same_size_gives_the_same_district(district: Path, tmp_path: Path) -> None:
    """The generator is seeded: two makings hold the same rows."""
    from benchmarks import make

    make.make("S", tmp_path / "again")
    one, two = (f"read_parquet('{folder}/events/*.parquet')" for folder in (district, tmp_path / "again"))
    assert duckdb.connect().execute(f"select count(*) from (from {one} except all from {two})").fetchall() == [(0,)]
