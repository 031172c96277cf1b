"""fidelity-engine: do the routines that a school district decided on really happen.

    from fidelity_engine import Engine
    result = Engine.from_file("rules/district.yaml").evaluate()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fidelity_engine.errors import FidelityError

if TYPE_CHECKING:
    from fidelity_engine.engine import Engine

__all__ = ["Engine", "FidelityError", "__version__"]


def __getattr__(name: str) -> Any:
    # the engine is imported when somebody asks for it: importing the package starts nothing
    if name == "Engine":
        from fidelity_engine.engine import Engine

        return Engine
    if name == "__version__":
        from importlib.metadata import version

        return version("fidelity-engine")
    raise AttributeError(f"module 'fidelity_engine' has no attribute {name!r}")
