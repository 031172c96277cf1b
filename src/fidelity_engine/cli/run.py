"""`fidelity run`: the main job."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, opened, plugins_option, rules_argument
from fidelity_engine.cli.ping import pinged
from fidelity_engine.errors import ExitCode, FidelityError, worst

SEVERITIES = ("low", "medium", "high", "critical")
VERDICT_FILES = (".csv", ".jsonl", ".parquet")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("run")
@pinged
@rules_argument
@as_of_option
@click.option("--rule", "rules_wanted", multiple=True, metavar="ID", help="Only this rule; repeatable.")
@click.option("--subject", "subjects", multiple=True, metavar="ID", help="Only this subject; repeatable.")
@click.option("--format", "form", default="text", show_default=True, help="text, json, jsonl, csv, md, or a plugin's.")
@click.option("--output", type=_FILE, help="Write the result to this file, whole or not at all.")
@click.option("--verdicts", type=_FILE, help="Write every cell to this file: .csv, .jsonl or .parquet.")
@click.option("--quarantine", type=_FILE, help="Write the rows that could not be used to this file.")
@click.option("--fail-on", type=click.Choice(["never", "missed", *SEVERITIES]), default="never", show_default=True,
              help="Exit with 1 on missed cells, or on open findings of this severity or above.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print nothing unless a finding is open or something broke.")
@click.option("--no-store", is_flag=True, help="Remember nothing of this run.")
@plugins_option
def command(
    rules: Path, as_of: Any, rules_wanted: Sequence[str], subjects: Sequence[str], form: str, output: Path | None,
    verdicts: Path | None, quarantine: Path | None, fail_on: str, quiet: bool, no_store: bool, no_plugins: bool,
) -> int:  # fmt: skip
    """Evaluate a rule file and say what did not happen."""
    from fidelity_engine.cli import files, screen

    files.can_be_written(output)
    files.can_be_written(verdicts, VERDICT_FILES)
    files.can_be_written(quarantine)
    engine = opened(rules, no_plugins)
    report = _report(engine, form)
    with screen.progress() as progress:
        result = engine.evaluate(as_of=as_of, rules=rules_wanted, subjects=subjects, progress=progress)
    with closing(result):
        files.written(verdicts, result.verdicts.write)
        files.written(quarantine, result.quarantine_write)
        _deliver(report, result, output, quiet)
        _complain(result, told=form == "text" and not output and not quiet)
        return worst([ExitCode(result.exit_code), *_failed(engine, result, fail_on)])


def _report(engine: Any, form: str) -> Any:
    known = engine.host.reports
    if form in known:
        return known[form]
    from difflib import get_close_matches

    near = get_close_matches(form, known, 1)
    mend = f"Did you mean `{near[0]}`?" if near else f"Formats: {', '.join(known)}."
    raise FidelityError(f"there is no format `{form}`", "--format", mend)


def _deliver(report: Any, result: Any, output: Path | None, quiet: bool) -> None:
    from fidelity_engine.cli import files, screen

    if output:
        files.written(output, lambda path: files.write_text(path, report.render(result, screen.file_page())))
    elif not quiet or _eventful(result):
        for piece in report.render(result, screen.page_of()):
            screen.show(piece)


def _eventful(result: Any) -> bool:
    return result.exit_code != ExitCode.COMPLETE or any(one.state == "open" for one in result.findings)


def _complain(result: Any, told: bool) -> None:
    """What made the run incomplete is said on stderr too, unless the person at the terminal has just read it."""
    if told and sys.stdout.isatty():
        return
    from fidelity_engine.log import logger

    for text in result.summary.unfinished:
        logger("run").error("run.incomplete", cause=text)


def _failed(engine: Any, result: Any, fail_on: str) -> list[ExitCode]:
    if fail_on == "never":
        return []
    if fail_on == "missed":
        return [ExitCode.FINDINGS] if _any_missed(engine, result) else []
    return [ExitCode.FINDINGS] if _any_open(result, SEVERITIES[SEVERITIES.index(fail_on) :]) else []


def _any_open(result: Any, severities: Sequence[str]) -> bool:
    return any(one.state == "open" and one.severity in severities for one in result.findings)


def _any_missed(engine: Any, result: Any) -> bool:
    """A missed cell of a rule that is not on trial; waived and disputed ones are counted apart."""
    trial = {rule.id for rule in engine.ruleset.rules if rule.mode == "trial"}
    return any(counts.get("missed") for rule, counts in result.summary.verdicts.items() if rule not in trial)
