"""`fidelity run`: the main job."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, aside, opened, plugins_option, rules_argument, store_option
from fidelity_engine.cli.ping import pinged
from fidelity_engine.course import Course
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
@click.option("--changed-only", is_flag=True, help="Tell only findings that opened or changed their state since the last run.")
@click.option("--quiet", is_flag=True, help="Print nothing unless a finding changed (--no-store: is open) or something broke.")
@store_option
@click.option("--no-store", is_flag=True, help="Remember nothing of this run, and know of no other.")
@click.option("--lock", type=click.Choice(["wait", "skip", "fail"]), default="wait", show_default=True,
              help="Where another run is under way: wait for its end, end quietly with 0, or end with 75.")
@click.option("--profile", is_flag=True, help="Tell on stderr how many seconds and rows each stage, source and rule took.")
@click.option("--incremental", is_flag=True, help="Work out only what can have changed since the last such run; the result is the same.")
@click.option("--accept-shrink", multiple=True, metavar="NAME",
              help="Let this listing (schools, teams, staff, members, calendar, terms) or source lose rows, once; repeatable.")
@plugins_option
def command(rules: Path, no_plugins: bool, no_store: bool, **asked: Any) -> int:
    """Evaluate a rule file and say what did not happen."""
    from fidelity_engine.cli import files, screen
    from fidelity_engine.cli.outputs import Outputs

    if no_store and asked["changed_only"]:
        raise click.UsageError("--changed-only compares with the store: leave out --no-store.")
    if no_store and asked["incremental"]:
        raise click.UsageError("--incremental keeps what it carries over beside the store: leave out --no-store.")
    files.can_be_written(asked["output"])
    files.can_be_written(asked["verdicts"], VERDICT_FILES)
    files.can_be_written(asked["quarantine"])
    made = {f"--{option}": asked[option] for option in ("output", "verdicts", "quarantine")}
    files.must_differ(made, rules)
    start = Course(profile=asked["profile"])
    start.at("rule file")
    engine = opened(rules, no_plugins)
    _must_suit(engine.ruleset, made, asked["accept_shrink"] if no_store else ())
    start.count(lambda: len(engine.ruleset.rules))
    opening = start.spent()
    report = _report(engine, asked["form"])
    page = screen.page_of()          # of stdout, which is not at hand while plugins may print
    early = no_store and asked["form"] == "text" and not (asked["output"] or asked["quiet"])
    told_early = (lambda told: report.render(told, page)) if early else None
    with closing(Outputs(_wanted(report, asked), lambda result, changes: _shown(result, changes, asked["changed_only"]), told_early)) as outputs:
        with aside(), screen.progress(asked["quiet"]) as progress:
            ran = (_evaluated if no_store else _ran)(engine, outputs, progress, asked)
        with _until_told(ran.result):
            code = _told(engine, report, ran, asked, outputs.page)
            if asked["profile"]:
                _account([*opening, *ran.result.profile], ran.result.carried)
            return code


def _must_suit(ruleset: Any, made: Mapping[str, Path | None], may_shrink: Sequence[str]) -> None:
    """Refuse options that this rule file stands against. `may_shrink`: what may lose rows, where no store tells what there was."""
    from fidelity_engine.cli import files
    from fidelity_engine.stages.load import inputs_of, must_shrink

    files.must_be_none_of(made, lambda: inputs_of(ruleset))
    if may_shrink:
        must_shrink(may_shrink, ruleset)
        raise click.UsageError("--accept-shrink compares with the store: leave out --no-store.")


@contextmanager
def _until_told(result: Any) -> Iterator[None]:
    """In use until all is told. Where the process ends then, the result stays: to give it back table by table takes a hundredth of a small run."""
    kept = click.get_current_context().obj
    try:
        yield
    finally:
        if kept is None:
            result.close()
        else:
            result.leave()
            kept.append(result)


def _wanted(report: Any, asked: Mapping[str, Any]) -> list[Any]:
    """The files that are wanted, and what writes each."""
    from fidelity_engine.cli import files, screen

    return [
        (asked["output"], lambda result, path: files.write_text(path, report.render(result, screen.file_page()))),
        (asked["verdicts"], lambda result, path: result.verdicts.write(path)),
        (asked["quarantine"], lambda result, path: result.quarantine_write(path)),
    ]


def _profiled(asked: Mapping[str, Any]) -> dict[str, bool]:
    return {"profile": True} if asked["profile"] else {}


def _may_ask(engine: Any, asked: Mapping[str, Any]) -> bool:
    """Whether anybody may want the rows in quarantine: who runs it, or a plugin that is told of the result."""
    return bool(asked["quarantine"]) or bool(engine.host.has_strangers)


def _is_parquet(path: Path | None) -> bool:
    return path is not None and path.suffix == ".parquet"


def _evaluated(engine: Any, outputs: Any, progress: Any, asked: Mapping[str, Any]) -> Any:
    """Evaluated without a store: every open finding is news."""
    result = engine.evaluate(as_of=asked["as_of"], rules=asked["rules_wanted"], subjects=asked["subjects"], progress=progress,
                             keep_quarantine=_may_ask(engine, asked), write_ahead=_is_parquet(asked["verdicts"]), **_profiled(asked))
    try:
        result.course.at("output")
        outputs.write(result, ())
        outputs.place()
    except BaseException:
        result.close()
        raise
    return SimpleNamespace(result=result, changes=(), news=_any_open(result, SEVERITIES), undelivered=(), exit_code=result.exit_code)


def _ran(engine: Any, outputs: Any, progress: Any, asked: Mapping[str, Any]) -> Any:
    from fidelity_engine.log import logger

    return engine.run(
        as_of=asked["as_of"], store=asked["store"], rules=asked["rules_wanted"], subjects=asked["subjects"], lock=asked["lock"],
        accept_shrink=asked["accept_shrink"], outputs=outputs, progress=progress, incremental=asked["incremental"],
        keep_quarantine=_may_ask(engine, asked), **_profiled(asked),
        waiting=lambda holder: logger("run").warning("run.waits", holder=holder))


def _shown(result: Any, changes: Sequence[Any], changed_only: bool) -> Any:
    """The result as it is told: whole, or only with the findings that are news."""
    if not changed_only:
        return result
    shown = copy(result)
    shown.standing = result.findings
    shown.findings = [change.finding for change in changes if change.reported]
    return shown


def _told(engine: Any, report: Any, ran: Any, asked: Mapping[str, Any], page: Sequence[str]) -> int:
    """What stdout and stderr say of a run, and the exit code. `page`: what stdout says, if it was made before."""
    from fidelity_engine.cli import screen

    told = _shown(ran.result, ran.changes, asked["changed_only"])
    ran.result.course.at("output")
    if not asked["output"] and not (asked["quiet"] and ran.exit_code == ExitCode.COMPLETE and not ran.news):
        for piece in page or report.render(told, screen.page_of()):
            screen.show(piece)
    _complain(ran, told=asked["form"] == "text" and not asked["output"] and not asked["quiet"])
    return worst([ExitCode(ran.exit_code), *_failed(engine, ran.result, asked["fail_on"])])


def _account(spent: Sequence[Any], carried: str) -> None:
    """Where the time went, and what was carried over, on stderr."""
    from fidelity_engine.cli import screen, streams, times

    for line in times.lines(spent, screen.page_of(sys.stderr)):
        streams.tell(line)
    if carried:
        streams.tell(carried)


def _report(engine: Any, form: str) -> Any:
    known = engine.host.reports
    if form in known:
        return known[form]
    from difflib import get_close_matches

    near = get_close_matches(form, known, 1)
    mend = f"Did you mean `{near[0]}`?" if near else f"Formats: {', '.join(known)}."
    if engine.host.broken:
        mend += f" It may be one of {', '.join(engine.host.broken)}, which is not loaded: `fidelity plugins` says why."
    raise FidelityError(f"there is no format `{form}`", "--format", mend)


def _complain(ran: Any, told: bool) -> None:
    """What made the run incomplete is said on stderr too, unless the person at the terminal has just read it."""
    from fidelity_engine.log import logger

    for text in ran.undelivered:
        logger("run").error("run.undelivered", cause=text)
    if ran.result.damage:
        logger("run").warning("run.damaged", cause=ran.result.damage)
    if not (told and sys.stdout.isatty()):
        for text in ran.result.summary.unfinished:
            logger("run").error("run.incomplete", cause=text)


def _failed(engine: Any, result: Any, fail_on: str) -> list[ExitCode]:
    if fail_on == "never":
        return []
    if fail_on == "missed":
        return [ExitCode.FINDINGS] if _any_missed(engine, result) else []
    return [ExitCode.FINDINGS] if _any_open(result, SEVERITIES[SEVERITIES.index(fail_on) :]) else []


def _any_open(result: Any, severities: Sequence[str]) -> bool:
    from fidelity_engine.model.finding import tally

    return any(state == "open" and severity in severities for _, state, severity in tally(result.findings))


def _any_missed(engine: Any, result: Any) -> bool:
    """A missed cell of a rule that is not on trial; waived and disputed ones are counted apart."""
    trial = {rule.id for rule in engine.ruleset.rules if rule.mode == "trial"}
    return any(counts.get("missed") for rule, counts in result.summary.verdicts.items() if rule not in trial)
