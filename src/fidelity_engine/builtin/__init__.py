"""What ships in the box: measures, readers, reports and notifiers, registered through the same hooks as a stranger's plugin."""

from __future__ import annotations

from importlib import import_module
from typing import Any

PARTS = ("measures", "readers", "reports", "notifiers")


def plugins() -> list[Any]:
    """The modules whose hooks are the house's own."""
    return [import_module(f"{__name__}.{part}") for part in PARTS]
