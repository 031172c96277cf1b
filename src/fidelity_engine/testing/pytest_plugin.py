"""For pytest: files `*.test.yaml` with rule tests are collected, one item per test.

Loaded by the entry point `pytest11`. `-p no:fidelity` leaves it out; pytest's `-k` finds tests by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ENDING = ".test.yaml"
_OURS = re.compile(r"^(rules|tests)[ ]*:", re.MULTILINE)
_BOTH = 2


class WrongVerdict(Exception):
    """A rule test that did not pass."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files of rule tests; others of that name, which have no `rules:` and `tests:`, are left alone."""
    if not file_path.name.endswith(ENDING):
        return None
    text = file_path.read_text("utf-8", "replace")
    if len(set(_OURS.findall(text))) < _BOTH:
        return None
    return RuleTests.from_parent(parent, path=file_path)  # type: ignore[no-any-return]


class RuleTests(pytest.File):
    """One file of rule tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item per test; a mistake in the file, or in its rule file, ends the collection with our own sentence."""
        from fidelity_engine.engine import Engine
        from fidelity_engine.errors import FidelityError
        from fidelity_engine.testing.suite import read_suite

        try:
            suite = read_suite(self.path)
            engine = Engine.from_file(suite.rules)
        except FidelityError as error:
            raise self.CollectError(str(error)) from None
        for number, case in enumerate(suite.cases):
            yield RuleTest.from_parent(self, name=case.name, suite=suite, engine=engine, number=number)


class RuleTest(pytest.Item):
    """One rule test."""

    def __init__(self, *, suite: Any, engine: Any, number: int, **more: Any) -> None:
        super().__init__(**more)
        self.suite, self.engine, self.number = suite, engine, number

    def runtest(self) -> None:
        """Run it; raises what differs."""
        from fidelity_engine.testing.account import diff
        from fidelity_engine.testing.runner import run_case

        outcome = run_case(self.engine, self.suite, self.number)
        if not outcome.passed:
            raise WrongVerdict("\n".join([*outcome.errors, *(line for one in outcome.differences for line in diff(one))]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The differences without a traceback; anything else is a bug and keeps it."""
        if isinstance(excinfo.value, WrongVerdict):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the test stands."""
        place = self.suite.place(self.number)
        return self.path, (place.line or 1) - 1, self.name
