"""A district's folder to put plugins in."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine.plugin.host import Host

Write = Callable[[str, str], Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The rule file's folder, writable by its owner only."""
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def write(root: Path) -> Write:
    """Write a file of a plugin, with the folders that it needs."""

    def written(name: str, text: str) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        path.chmod(0o644)
        for folder in path.relative_to(root).parents:
            (root / folder).chmod(0o755)
        return path

    return written


@pytest.fixture
def load(root: Path) -> Callable[..., Host]:
    """Load the folder `plugins`, or what is named."""

    def loaded(*names: str, **options: object) -> Host:
        return Host.load(plugins=names or ["./plugins"], root=root, **options)  # type: ignore[arg-type]

    return loaded
