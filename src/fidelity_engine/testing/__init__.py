"""For those who write rules and plugins: rule tests, and the contract that a plugin keeps.

    from fidelity_engine.testing import run_tests
    assert run_tests(["rules/district.test.yaml"]).passed

With pytest installed, files `*.test.yaml` are collected by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fidelity_engine.testing.runner import TestRun, run_tests

__all__ = ["TestRun", "run_tests"]


def __getattr__(name: str) -> Any:
    # pytest imports this package at its start: the engine is imported when somebody asks for it
    if name in __all__:
        from fidelity_engine.testing import runner

        return getattr(runner, name)
    raise AttributeError(f"module 'fidelity_engine.testing' has no attribute {name!r}")
