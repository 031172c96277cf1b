"""fidelity-engine: do the routines that a school district decided on really happen.

    from fidelity_engine import Engine
    result = Engine.from_file("rules/district.yaml").evaluate()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fidelity_engine.errors import FidelityError

if TYPE_CHECKING:
    from fidelity_engine.engine import Engine
    from fidelity_engine.model.finding import Finding
    from fidelity_engine.result import Result

    __version__: str
else:                    # hidden from type checkers: with it they would believe in any name
    def __getattr__(name: str) -> Any:
        # the engine is imported when somebody asks for it: importing the package starts nothing
        if name in _HOMES:
            from importlib import import_module

            return getattr(import_module(_HOMES[name]), name)
        if name == "__version__":
            from importlib.metadata import version

            return version("fidelity-engine")
        raise AttributeError(f"module 'fidelity_engine' has no attribute {name!r}")

_HOMES = {"Engine": "fidelity_engine.engine", "Finding": "fidelity_engine.model.finding", "Result": "fidelity_engine.result"}

__all__ = ["Engine", "FidelityError", "Finding", "Result", "__version__"]
