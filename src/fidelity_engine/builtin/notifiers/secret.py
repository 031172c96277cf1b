"""Secrets that a notifier needs: they stand in the environment, and the rule file only says under which name."""

from __future__ import annotations

import os

from fidelity_engine.errors import FidelityError


def secret(name: str | None, what: str) -> str | None:
    """The value of an environment variable, None where no name is given. Raises where it is not set; its value is never shown."""
    if name is None:
        return None
    found = os.environ.get(name)
    if not found:
        raise FidelityError(f"the environment variable {name} is not set", mend=f"It holds the {what}.")
    return found
