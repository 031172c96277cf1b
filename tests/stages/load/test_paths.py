"""Paths: sorted, bounded, and never outside the rule file's roots."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.stages.load import paths


@pytest.fixture
def ruleset(tmp_path: Path) -> RuleSet:
    """A rule set in a folder `rules` that may read its parent folder, beside one that it may not."""
    for name in ("district/rules", "district/evidence", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("district/evidence/b.csv", "district/evidence/a.csv", "district/evidence/[x].csv", "district/evidence/~$a.csv", "elsewhere/c.csv"):
        (tmp_path / name).write_text("a\n")
    root = tmp_path / "district"
    return RuleSet.model_validate({
        "root": str(root / "rules"), "roots": (str(root),), "timezone": "UTC", "year": "2025-26", "evidence": {}, "rules": (),
        "period": {"from": "2025-09-01", "until": "2025-10-31"},
    })


@pytest.mark.parametrize(("written", "found"), [
    ("../evidence/a.csv", ["a.csv"]),
    ("../evidence/?.csv", ["a.csv", "b.csv"]),
    ("../evidence/*.csv", ["[x].csv", "a.csv", "b.csv"]),
    ("../**/b.csv", ["b.csv"]),
    ("../evidence/[x].csv", ["[x].csv"]),
])
def test_files_that_are_found(written: str, found: list[str], ruleset: RuleSet) -> None:
    """A path, or what a pattern matches in order; a file whose name looks like a pattern is that file.

    What Office keeps beside an open document is none of them.
    """
    assert [path.name for path in paths.resolve(ruleset, written)] == found


@pytest.mark.parametrize(("written", "message"), [
    ("../../elsewhere/c.csv", "lies outside"),
    ("../../elsewhere/*.csv", "lies outside"),
    ("link.csv", "lies outside"),
    ("../evidence/l*.csv", "lies outside"),
    ("../evidence", "is no file"),
    ("../evidence/z.csv", "cannot be found"),
    ("../evidence/z*.csv", "no file matches"),
    ("loop.csv", "cannot be found"),
    ("a\0b.csv", "cannot be found"),
])
def test_files_that_are_refused(written: str, message: str, ruleset: RuleSet, tmp_path: Path) -> None:
    """Links are followed before it is asked where a file lies."""
    rules = tmp_path / "district" / "rules"
    (rules / "link.csv").symlink_to(tmp_path / "elsewhere" / "c.csv")
    (rules.parent / "evidence" / "l.csv").symlink_to(tmp_path / "elsewhere" / "c.csv")
    (rules / "loop.csv").symlink_to(rules / "loop.csv")
    with pytest.raises(FidelityError, match=message):
        paths.resolve(ruleset, written)


def test_a_folder_stands_for_its_files(ruleset: RuleSet, tmp_path: Path) -> None:
    """For readers that take folders; each file in it is looked at by itself, links followed."""
    assert [path.name for path in paths.resolve(ruleset, "../evidence", folders=True)] == ["[x].csv", "a.csv", "b.csv"]
    (tmp_path / "district" / "evidence" / "l.csv").symlink_to(tmp_path / "elsewhere" / "c.csv")
    with pytest.raises(FidelityError, match="lies outside"):
        paths.resolve(ruleset, "../evidence", folders=True)


def test_too_many_files(ruleset: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that matches more files than anybody means is refused."""
    monkeypatch.setattr(paths, "MOST_FILES", 1)
    with pytest.raises(FidelityError, match="matches more than 1 files"):
        paths.resolve(ruleset, "../evidence/?.csv")


def test_packed_files_want_more_memory_than_they_take_on_disk(ruleset: RuleSet, tmp_path: Path) -> None:
    """Text counts as it is, what is compressed several times; what cannot be told wants nothing."""
    (tmp_path / "district/evidence/d.parquet").write_bytes(b"1234567890")
    for read, wanted in {"../evidence/a.csv": 2, "../evidence/d.parquet": 10 * paths.PACKED, "../evidence/none.csv": 0}.items():
        source = SourceSpec.model_construct(name="log", read=read)
        assert paths.size_of(ruleset.model_copy(update={"evidence": {"log": source}})).in_memory_bytes == wanted
