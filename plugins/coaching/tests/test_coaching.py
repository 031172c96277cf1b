"""The plugin by itself, and as the engine loads it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.plugin import Cell, Event, Unknown
from fidelity_engine.plugin.host import Host

PROJECT = Path(__file__).parent.parent
DAY = date(2026, 1, 30)
CELL = Cell("ilr.coaching-balance", "school", "lincoln", "lincoln", DAY, DAY, 20, DAY, DAY, True, DAY)


@pytest.fixture
def balance() -> Any:
    """The function, found the way the engine finds it."""
    return Host.load(plugins=["./coaching"], root=PROJECT.parent).measures["coaching-balance"].function


def contacts(*who: str | None) -> list[Event]:
    """Coaching contacts that these people asked for."""
    return [Event(requested_by=one) for one in who]


@pytest.mark.parametrize(
    ("who", "expected"),
    [(("teacher", "teacher", "coach", "coach"), 0.5), (("coach",) * 3, 0.0), (("teacher",) * 2, None), ((), None)],
)
def test_share(balance: Any, who: tuple[str, ...], expected: float | None) -> None:
    """The share of contacts that teachers asked for; too few say nothing."""
    assert balance(contacts(*who), CELL) == expected


def test_unknown(balance: Any) -> None:
    """A contact that does not say who asked makes the share unknown."""
    with pytest.raises(Unknown, match="requested_by"):
        balance(contacts("teacher", None, "coach"), CELL)


def test_loaded_by_the_engine() -> None:
    """The folder gives one plugin with its version, and nothing is broken."""
    (plugin,) = Host.load(plugins=["./coaching"], root=PROJECT.parent).loaded
    assert (plugin.title, plugin.adds, plugin.failed) == (
        "fidelity_coaching 0.1.0",
        ("measure coaching-balance",),
        None,
    )
