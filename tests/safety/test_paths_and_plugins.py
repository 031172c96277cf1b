"""Chapter 8, paths and plugins: what a rule file may reach, and what may run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.errors import FidelityError

from .conftest import RULES, District


@pytest.mark.parametrize("key", ["log", "schools", "teams", "staff", "members", "owners", "complete", "waivers", "decisions", "map_file", "terms"])
def test_no_file_outside_the_roots(key: str, district: District, tmp_path: Path) -> None:
    """A path, or a link, that leads outside of the roots is refused for whatever a rule file reads."""
    (tmp_path / "secret").mkdir()
    for name in ("x.csv", "y.csv"):
        (tmp_path / "secret" / name).write_text("a,b\n1,2\n")
    path = district(RULES)
    (path.parent / "link.csv").symlink_to(tmp_path / "secret" / "x.csv")
    for outside in ("../secret/x.csv", "link.csv", str(tmp_path / "secret" / "x.csv"), "../secret/*.csv"):
        if key == "decisions" and outside == "../secret/*.csv":
            continue
        path.write_text(f"{_with(key, outside)}roots: [.]\n", "utf-8")
        assert "lies outside" in _complaint(path), outside


def _with(key: str, value: str) -> str:
    said = repr(value)
    if key == "log":
        return RULES.replace("read: log.csv", f"read: {said}")
    if key == "map_file":
        return RULES.replace("coverage: always", f"columns: {{team: {{column: team, map_file: {said}}}}}, coverage: always")
    if key == "terms":
        days = "calendar: {weekdays: [mon, tue, wed, thu, fri]}"
        return RULES.replace(days, f"calendar: {{read: log.csv, terms: {said}}}")
    if f"{key}: {key}.csv" in RULES:
        return RULES.replace(f"{key}: {key}.csv", f"{key}: {said}")
    return f"{RULES}{key}: {said}\n"


def _complaint(path: Path) -> str:
    try:
        with Engine.from_file(path).evaluate() as result:
            return " ".join(result.summary.unfinished)
    except FidelityError as error:
        return str(error)


def test_an_empty_pattern_is_an_unreadable_source(district: District) -> None:
    """Nothing matched is not nothing happened."""
    with Engine.from_file(district(RULES.replace("read: log.csv", "read: 'logs/*.csv'"))).evaluate() as result:
        assert result.exit_code == 3
        assert {row["verdict"] for row in result.verdicts.rows()} == {"no_data"}


PLUGIN = """from pathlib import Path
Path({marker!r}).write_text('ran')
"""


@pytest.fixture
def plugin(district: District, tmp_path: Path) -> Path:
    """A rule file beside a plugin that leaves a mark when it runs."""
    path = district(RULES)
    (path.parent / "plugins").mkdir(mode=0o755)
    (path.parent / "plugins" / "evil.py").write_text(PLUGIN.format(marker=str(tmp_path / "ran")))
    return path


def test_nothing_runs_that_is_not_named(plugin: Path, tmp_path: Path) -> None:
    """A folder called plugins beside the rule file is not loaded by itself, and not where plugins are switched off."""
    Engine.from_file(plugin).evaluate().close()
    plugin.write_text(f"{RULES}plugins: [plugins]\n", "utf-8")
    Engine.from_file(plugin, load_plugins=False).evaluate().close()
    assert not (tmp_path / "ran").exists()
    before = list(sys.path)
    Engine.from_file(plugin).evaluate().close()
    assert (tmp_path / "ran").exists() and sys.path == before


@pytest.mark.parametrize("what", ["plugins", "plugins/evil.py"])
def test_nothing_runs_that_anybody_may_write(what: str, plugin: Path, tmp_path: Path) -> None:
    """A folder or file that everybody may write is not loaded."""
    plugin.write_text(f"{RULES}plugins: [plugins]\n", "utf-8")
    (plugin.parent / what).chmod(0o777)
    assert "everybody" in _complaint(plugin)
    assert not (tmp_path / "ran").exists()


def test_nothing_runs_from_outside(plugin: Path, tmp_path: Path) -> None:
    """A folder outside of the roots is not loaded, by name or by link."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "evil.py").write_text(PLUGIN.format(marker=str(tmp_path / "ran")))
    (plugin.parent / "link").symlink_to(tmp_path / "elsewhere")
    for folder in ("../elsewhere", "link"):
        plugin.write_text(f"{RULES}plugins: [{folder}]\nroots: [.]\n", "utf-8")
        assert _complaint(plugin)
        assert not (tmp_path / "ran").exists()
