"""For those who write rules and plugins: rule tests, and the contract that a plugin keeps.

    from fidelity_engine.testing import run_tests
    assert run_tests(["rules/district.test.yaml"]).passed

With pytest installed, files `*.test.yaml` are collected by themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fidelity_engine.testing.contract import MeasureContract
    from fidelity_engine.testing.runner import TestRun, run_tests

__all__ = ["MeasureContract", "TestRun", "run_tests"]
_HOMES = {"MeasureContract": "contract", "TestRun": "runner", "run_tests": "runner"}


def __getattr__(name: str) -> Any:
    # pytest imports this package at its start: the engine is imported when somebody asks for it
    if name in _HOMES:
        return getattr(import_module(f"fidelity_engine.testing.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'fidelity_engine.testing' has no attribute {name!r}")
