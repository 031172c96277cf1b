"""Running rule tests: each test a small evaluation, its verdicts compared with what the test expects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from fidelity_engine.course import QUIET
from fidelity_engine.engine import Engine
from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.evaluate import evaluate
from fidelity_engine.model.rule import Rule
from fidelity_engine.result import Result
from fidelity_engine.testing.coverage import Coverage, coverage_of
from fidelity_engine.testing.district import District, district_of
from fidelity_engine.testing.suite import ENDING, NO_CELL, Case, Expected, Suite, read_suite

AT_ONCE = 2
"""So many tests run beside each other."""
SHOWN = ("reason", "low", "high", "required", "days", "events")
"""What a difference tells of a cell beside its verdict."""

CELL_KEYS = ("rule", "subject", "window")
"""Which cell is meant; all other keys are asked of it."""

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the test expects: lines of what was expected, and of what was found."""

    about: str
    expected: Sequence[str]
    found: Sequence[str]
    place: Place | None = None


@dataclass
class Outcome:
    """What became of one test. `errors`: why it could not be run."""

    name: str
    place: Place
    differences: list[Difference] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences and not self.errors


@dataclass
class SuiteOutcome:
    """What became of one file of tests. `errors`: why nothing of it could be run."""

    path: Path
    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rules: Path | None = None

    @property
    def failed(self) -> list[Outcome]:
        """The tests that did not pass."""
        return [outcome for outcome in self.outcomes if not outcome.passed]


@dataclass
class TestRun:
    """All files of one run, and what they cover of each rule file. `failures`: plugins that are broken."""

    __test__ = False

    suites: list[SuiteOutcome]
    coverage: list[Coverage]
    failures: list[str] = field(default_factory=list)

    @property
    def outcomes(self) -> list[Outcome]:
        """The tests of all files."""
        return [outcome for suite in self.suites for outcome in suite.outcomes]

    @property
    def passed(self) -> bool:
        """Whether all tests ran, and passed."""
        return all(outcome.passed for outcome in self.outcomes) and not self.broken

    @property
    def broken(self) -> list[SuiteOutcome]:
        """Files that could not be run at all."""
        return [suite for suite in self.suites if suite.errors]

    @property
    def gaps(self) -> list[str]:
        """What is never tested: `tcr.norms-reviewed: never tested for no_data`."""
        return [gap for one in self.coverage for gap in one.gaps]


def find_tests(path: Path) -> list[Path]:
    """The files of tests at a path: itself, those in a folder, or the one beside a rule file."""
    if path.is_dir():
        found = sorted(path.rglob(f"*{ENDING}"))
        if not found:
            raise FidelityError(f"there is no file `*{ENDING}` in this folder", str(path), "Write one beside the rule file.")
        return found
    if path.name.endswith(ENDING) or not path.is_file():
        return [path]
    beside = path.with_name(path.stem + ENDING)
    if not beside.is_file():
        raise FidelityError("this rule file has no tests", str(path), f"Write `{beside.name}` beside it; `fidelity new rule` adds to it.")
    return [beside]


def run_tests(paths: Iterable[Path | str], load_plugins: bool = True, only: str = "") -> TestRun:
    """Run the tests at some paths. `only`: those whose name or rules hold this text."""
    engines: dict[Path, Engine] = {}
    suites: list[Suite] = []
    outcomes: list[SuiteOutcome] = []
    for path in dict.fromkeys(file for given in paths for file in find_tests(Path(given))):
        outcome = SuiteOutcome(path)
        outcomes.append(outcome)
        try:
            suite = read_suite(path)
            outcome.rules = suite.rules
            if suite.rules not in engines:
                engines[suite.rules] = Engine.from_file(suite.rules, load_plugins=load_plugins)
        except FidelityError as error:
            outcome.errors += _lines(error)
            continue
        suites.append(suite)
        outcome.outcomes += _run_suite(engines[suite.rules], suite, only)
    coverage = [coverage_of(engine.ruleset, [suite for suite in suites if suite.rules == rules]) for rules, engine in engines.items()]
    failures = [str(failure) for engine in engines.values() for failure in engine.host.failures]
    return TestRun(outcomes, coverage, failures)


def _run_suite(engine: Engine, suite: Suite, only: str) -> list[Outcome]:
    chosen = [n for n, case in enumerate(suite.cases) if not only or only in case.name or any(only in rule for rule in case.named)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda number: run_case(engine, suite, number), chosen))


def run_case(engine: Engine, suite: Suite, number: int) -> Outcome:
    """Run one test of a file."""
    case, began = suite.cases[number], time.perf_counter()
    outcome = Outcome(case.name, suite.place(number, "name"))
    try:
        district = district_of(suite, number, engine.ruleset, engine.host.measures)
        with _evaluated(engine, district) as result:
            outcome.errors += _unused(result)
            outcome.differences += _differences(suite, number, district, list(result.verdicts.rows()))
    except FidelityError as error:
        outcome.errors += _lines(error)
    outcome.seconds = time.perf_counter() - began
    return outcome


def _evaluated(engine: Engine, district: District) -> Result:
    return evaluate(
        engine.document, district.ruleset, engine.host, engine.settings._replace(threads=1), district.as_of, (), (), district.events, district.given,
        QUIET, district.rehearsal,
    )  # fmt: skip


def _lines(error: FidelityError) -> list[str]:
    return [str(one) for one in (error.errors if isinstance(error, Mistakes) else [error])]


def _unused(result: Result) -> Iterator[str]:
    """Events of the test that could not be used: with them it would show something else than it says."""
    if result.scope is None:
        return
    rows = result.scope.db.rows("select source, reason, sentence from quarantine where reason <> 'superseded' order by all")
    for source, reason, sentence in rows:
        yield f"an event could not be used ({source}, {reason}): {sentence}"


# --- comparing --------------------------------------------------------------------------------------------------------


def _differences(suite: Suite, number: int, district: District, cells: Sequence[Cell]) -> Iterator[Difference]:
    case = suite.cases[number]
    seen: list[Cell] = []
    for index, expected in enumerate(case.expect):
        ours = [cell for cell in cells if cell["rule"] == expected.rule and cell["subject"] == expected.subject]
        cell = next((cell for cell in ours if cell["window_start"] <= expected.window <= cell["window_end"]), None)
        if cell is not None:
            seen.append(cell)
        wrong = _compared(expected, cell, ours)
        if wrong:
            about = f"{expected.rule}, {expected.subject}, {expected.window}"
            yield Difference(about, *wrong, suite.place(number, "expect", index))
    if case.exhaustive:
        yield from _others(case, district, [cell for cell in cells if cell not in seen])


def _compared(expected: Expected, cell: Cell | None, ours: Sequence[Cell]) -> tuple[list[str], list[str]] | None:
    """The lines that differ; None where all is as expected."""
    if cell is None:
        windows = ", ".join(str(one["window_start"]) for one in ours[:12])
        found = f"no cell; windows of this rule and subject begin on {windows}" if ours else "no cell"
        return None if expected.verdict == NO_CELL else ([f"verdict: {expected.verdict}"], [found])
    asked = {key: value for key, value in dict(expected).items() if key not in CELL_KEYS and value is not None}
    differing = [key for key, value in asked.items() if not _same(key, value, cell[key])]
    if not differing:
        return None
    wanted = [f"{key}: {asked[key]}" for key in differing]
    return wanted, [f"{key}: {_shown(cell[key])}" for key in differing] + [_rest(cell, differing)]


def _same(key: str, wanted: Any, found: Any) -> bool:
    if key == "reason":
        return str(found or "").partition(":")[0] == wanted
    return bool(wanted == found)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").replace("-", "").isdigit() else text


def _rest(cell: Cell, told: Sequence[str]) -> str:
    """The numbers of a cell, so that one sees why."""
    parts = [f"{key} {_shown(cell[key])}" for key in SHOWN if key not in told and cell[key] not in (None, "")]
    return "(" + "; ".join(parts) + ")"


def _others(case: Case, district: District, cells: Sequence[Cell]) -> Iterator[Difference]:
    """Missed cells that the test does not name. Windows that the test's own period cuts off are not meant."""
    rules = {rule.id: rule for rule in district.ruleset.rules}
    for cell in cells:
        rule = rules[cell["rule"]]
        if cell["verdict"] != "missed" or cell["disposition"] != "active" or rule.id not in case.named:
            continue
        first, last = district.touched
        if cell["window_end"] < first or cell["window_start"] > last:
            continue
        if district.whole or not _is_cut(rule, cell):
            about = f"{rule.id}, {cell['subject']}, {cell['window_start']}"
            yield Difference(about, ["no other missed cell"], ["verdict: missed", _rest(cell, ())])


def _is_cut(rule: Rule, cell: Cell) -> bool:
    each, start, end = rule.expect.each, cell["window_start"], cell["window_end"]
    if each.unit == "month":
        return bool(start.day != 1 or (end + timedelta(1)).day != 1)
    return each.unit == "weeks" and (end - start).days + 1 < 7 * each.weeks
