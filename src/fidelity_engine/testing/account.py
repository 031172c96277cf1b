"""What a run of rule tests tells: a diff per test that failed, the tests in numbers, what is never tested; and JUnit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.escape import visible
from fidelity_engine.page import Page
from fidelity_engine.testing.runner import Difference, Outcome, TestRun


def lines(run: TestRun, page: Page, verbose: bool = False) -> Iterator[str]:
    """The account as lines of text."""
    for suite in run.suites:
        for error in suite.errors:
            yield page.style(page.shown(f"ERROR {error}"), "critical")
        for outcome in suite.outcomes:
            if not outcome.passed:
                yield from _failed(outcome, page)
            elif verbose:
                yield page.style("ok    ", "good") + page.shown(outcome.name)
    for failure in run.failures:
        yield page.shown(f"Broken plugin: {failure}")
    yield from (page.shown(gap) for gap in run.gaps)
    yield from _totals(run, page)


def _failed(outcome: Outcome, page: Page) -> Iterator[str]:
    yield page.style("FAIL  ", "critical") + page.shown(f"{outcome.name}  ({outcome.place})")
    for error in outcome.errors:
        yield page.style(page.shown(f"      {error}"), "high")
    for difference in outcome.differences:
        for line in diff(difference):
            role = {"-": "high", "+": "good"}.get(line[:1])
            shown = page.shown(f"      {line}")
            yield page.style(shown, role) if role else shown  # type: ignore[arg-type]
    yield ""


def diff(difference: Difference) -> Iterator[str]:
    """A difference as lines: what it is about, `-` expected, `+` found."""
    yield f"{difference.about}" + (f"  ({difference.place})" if difference.place else "")
    yield from (f"- {line}" for line in difference.expected)
    yield from (f"+ {line}" for line in difference.found)


def _totals(run: TestRun, page: Page) -> Iterator[str]:
    passed, failed = sum(one.passed for one in run.outcomes), sum(not one.passed for one in run.outcomes)
    parts = [f"{passed} passed", *([f"{failed} failed"] if failed else []), *([f"{counted(len(run.broken), 'file')} unreadable"] if run.broken else [])]
    yield page.style(", ".join(parts), "critical" if failed or run.broken else "good")
    for one in run.coverage:
        told = sum(len(wanted) for wanted in one.wanted.values())
        yield page.shown(f"{one.rules}: {told - len(one.gaps)} of {told} verdicts of {len(one.wanted)} rule{'' if len(one.wanted) == 1 else 's'} are tested.")


KINDS_OF_TROUBLE = {"failure": "WrongVerdict", "error": "Mistake"}
"""What a build server groups troubles by: the rules say something else, or the test could not be run."""

# --- JUnit ------------------------------------------------------------------------------------------------------------


def junit(run: TestRun, gaps_fail: bool = False) -> str:
    """The run as JUnit XML; `gaps_fail`: what is never tested is a failed test case too."""
    root = ElementTree.Element("testsuites", name="fidelity test")
    for suite in run.suites:
        element = ElementTree.SubElement(root, "testsuite", name=visible(str(suite.path)))
        if suite.errors:
            _told(_element(element, "testcase", name=suite.path.name, classname=str(suite.path), time="0"), "error", suite.errors)
        for outcome in suite.outcomes:
            _case(element, str(suite.path), outcome)
    if gaps_fail and run.gaps:
        element = ElementTree.SubElement(root, "testsuite", name="coverage")
        for gap in run.gaps:
            _told(_element(element, "testcase", name=gap, classname="coverage", time="0"), "failure", [gap])
    for element in (*root, root):
        _sums(element)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _sums(element: ElementTree.Element) -> None:
    """The numbers of what is below, which build servers read in place of counting."""
    cases = list(element.iter("testcase"))
    sums = {"tests": len(cases), "failures": len(list(element.iter("failure"))), "errors": len(list(element.iter("error"))), "skipped": 0}
    element.attrib |= {key: str(value) for key, value in sums.items()} | {"time": f"{sum(float(case.get('time', 0)) for case in cases):.3f}"}


def _case(suite: ElementTree.Element, path: str, outcome: Outcome) -> None:
    case = _element(suite, "testcase", name=outcome.name, classname=path, file=path, line=outcome.place.line or 0, time=f"{outcome.seconds:.3f}")
    if outcome.errors:
        _told(case, "error", outcome.errors)
    elif outcome.differences:
        _told(case, "failure", [line for one in outcome.differences for line in diff(one)])


def _element(parent: ElementTree.Element, tag: str, **attributes: object) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {key: visible(str(value)) for key, value in attributes.items()})


def _told(case: ElementTree.Element, tag: str, told: Iterable[str]) -> None:
    texts = [visible(line) for line in told]
    _element(case, tag, message=texts[0], type=KINDS_OF_TROUBLE[tag]).text = "\n".join(texts)
