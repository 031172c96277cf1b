"""`fidelity test`: do the rules say what their authors expect of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import plugins_option
from fidelity_engine.errors import ExitCode, FidelityError


@click.command("test")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--only", default="", metavar="TEXT", help="Only tests whose name, or a rule of which, holds this text.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the outcome to this file as JUnit XML.")
@click.option("--require-coverage", is_flag=True, help="Fail where a rule is never tested for a verdict.")
@click.option("--verbose", "-v", is_flag=True, help="Name the tests that passed too.")
@plugins_option
def command(paths: tuple[Path, ...], only: str, junit: Path | None, require_coverage: bool, verbose: bool, no_plugins: bool) -> int:
    """Run rule tests: *.test.yaml, a folder of them, or a rule file.

    Exit codes: 0 all passed, 1 a test failed (or a gap with --require-coverage), 2 a file cannot be read.
    """
    from fidelity_engine.cli import files, screen
    from fidelity_engine.testing import account, run_tests

    files.can_be_written(junit)
    files.must_be_none_of({"--junit": junit}, lambda: _rule_files(paths))
    run = run_tests(paths, load_plugins=not no_plugins, only=only)
    if only and not (run.outcomes or run.broken):
        raise FidelityError(f"no test holds `{only}` in its name or in a rule of its", "--only", "`--verbose` names the tests.")
    for line in account.lines(run, screen.page_of(), verbose):
        screen.show(f"{line}\n")
    files.written(junit, lambda path: files.write_text(path, [account.junit(run, require_coverage)]))
    return _code(run, require_coverage)


def _rule_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The rule files and tests that are asked for, and what lies beside them: no outcome may take the place of one."""
    for path in paths:
        yield from path.rglob("*.yaml") if path.is_dir() else path.parent.glob("*.yaml")


def _code(run: Any, require_coverage: bool) -> ExitCode:
    if run.broken:
        return ExitCode.USAGE
    return ExitCode.COMPLETE if run.passed and not (require_coverage and run.gaps) else ExitCode.FINDINGS
