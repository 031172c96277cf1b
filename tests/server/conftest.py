"""One small district behind the service, with a decisions file of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.server import House

RULES = Path(__file__).parent.parent.parent / "docs/demonstration/rules.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration of chapter 1, in a folder of its own."""
    made = Path(shutil.copytree(RULES.parent, tmp_path_factory.mktemp("served") / "district", ignore=shutil.ignore_patterns(".fidelity", "__pycache__")))
    rules = made / RULES.name
    text = rules.read_text("utf-8")
    rules.write_text(text if "\ndecisions:" in text else f"{text.rstrip()}\ndecisions: decisions.csv\n", "utf-8")
    return made


@pytest.fixture(scope="module")
def decisions(folder: Path) -> Path:
    """Where what was decided is written down."""
    return folder / "decisions.csv"


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    """The district, evaluated once."""
    made = House(partial(Engine.from_file, folder / RULES.name))
    yield made
    made.close()
