"""One small district behind the service."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.server import House

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "docs/demonstration/rules.yaml"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """The demonstration of chapter 1, evaluated once."""
    made = House(partial(Engine.from_file, RULES))
    yield made
    made.close()
