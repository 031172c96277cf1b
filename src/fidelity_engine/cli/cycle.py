"""`fidelity cycle`: the rounds of plan, do, study and act beside a rule file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode, FidelityError, Mistakes
from fidelity_engine.escape import visible

cycle_argument = click.argument("cycle_id", metavar="ID")


@click.group("cycle")
def command() -> None:
    """Plan, do, study and act: cycles as files beside the rule file."""


@command.command("new")
@rules_argument
@cycle_argument
@click.option("--rule", required=True, metavar="ID", help="The rule whose cells show whether it helps.")
@click.option("--school", "schools", multiple=True, metavar="ID", help="For this school; repeatable.")
@click.option("--subject", "subjects", multiple=True, metavar="ID", help="For this team, grade or person; repeatable.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="The first day of doing. Default: today.")
@plugins_option
def new(
    rules: Path, cycle_id: str, rule: str, schools: tuple[str, ...], subjects: tuple[str, ...], start: datetime | None, no_plugins: bool
) -> None:
    """Write the file of a new cycle, with a comment behind every key."""
    from fidelity_engine.cli import files
    from fidelity_engine.scaffold.cycle import new_cycle

    engine = opened(rules, no_plugins)
    _must_exist(engine, rule, schools, subjects)
    text = new_cycle(cycle_id, rule, schools, subjects, start.date() if start else date.today())
    path = Path(engine.ruleset.root, "cycles", f"{cycle_id}.yaml")
    if path.exists():
        raise FidelityError("the file is there already", str(path), "Give the cycle another id.")
    path.parent.mkdir(exist_ok=True)
    files.written(path, lambda target: files.write_text(target, [text]))
    click.echo(f"wrote {visible(str(path))}")


@command.command("list")
@rules_argument
@plugins_option
def list_(rules: Path, no_plugins: bool) -> int:
    """List the cycles, and every mistake in their files."""
    from fidelity_engine.cli import streams

    found = _files(opened(rules, no_plugins))
    if not found:
        click.echo(f"{visible(str(rules))} has no cycles yet; `fidelity cycle new` writes the first one.")
    for file in found:
        one = file.cycle
        if one is None:
            click.echo(f"{visible(file.path.stem)}: cannot be read")
            continue
        decided = f", {one.decision}" if one.decision else ""
        click.echo(visible(f"{one.id}: {one.stage}{decided}, {one.start} to {one.last}, {', '.join(m.rule for m in one.measures)}"))
    for mistake in [mistake for file in found for mistake in file.mistakes]:
        streams.tell(visible(str(mistake)))
    return ExitCode.USAGE if any(file.mistakes for file in found) else ExitCode.COMPLETE


@command.command("show")
@rules_argument
@cycle_argument
@plugins_option
def show(rules: Path, cycle_id: str, no_plugins: bool) -> None:
    """Show one cycle as its file has it."""
    from fidelity_engine.rulefile.cycles import cycle_of

    file = cycle_of(_files(opened(rules, no_plugins)), cycle_id)
    _without_mistakes(file)
    click.echo(visible(str(file.path)))
    for line in file.path.read_text("utf-8").splitlines():
        click.echo(visible(line))


@command.command("study")
@rules_argument
@cycle_argument
@as_of_option
@plugins_option
def study(rules: Path, cycle_id: str, as_of: Any, no_plugins: bool) -> None:
    """Compare prediction and observation, and propose adopt, adapt or abandon."""
    from fidelity_engine.cli import screen
    from fidelity_engine.rulefile.cycles import cycle_of
    from fidelity_engine.views.study import study as studied
    from fidelity_engine.views.study.page import study_page
    from fidelity_engine.views.with_data.cycles import strangers

    engine = opened(rules, no_plugins)
    file = cycle_of(_files(engine), cycle_id)
    cycle = _without_mistakes(file)
    with engine.evaluate(as_of=as_of, rules=[one.rule for one in cycle.measures], telling=False) as result:
        if result.scope is None:
            raise FidelityError(" ".join(result.summary.notes), mend="Study it as of a day of the period: --as-of DATE.")
        if unknown := list(strangers(result.scope, [file])):
            raise Mistakes(unknown)
        for piece in study_page(studied(cycle, result), screen.page_of(), result.scope.as_of_date):
            screen.show(piece)


@command.command("close")
@rules_argument
@cycle_argument
@click.option("--decision", required=True, type=click.Choice(["adopt", "adapt", "abandon"]), help="What was decided.")
@click.option("--learning", required=True, help="What was learned, in a sentence.")
@click.option("--next", "next_id", metavar="ID", help="After adapt: the cycle that follows.")
@plugins_option
def close(rules: Path, cycle_id: str, decision: str, learning: str, next_id: str | None, no_plugins: bool) -> None:
    """Write the decision into the cycle's file; what else stands there stays, comments too."""
    from fidelity_engine.cli import files
    from fidelity_engine.rulefile.cycles import cycle_of, with_values

    if decision == "adapt" and not next_id:
        raise FidelityError("`adapt` wants a next cycle", "--next", "Name it: --next ID; `fidelity cycle new` writes its file.")
    file = cycle_of(_files(opened(rules, no_plugins)), cycle_id)
    if file.cycle is None:
        _without_mistakes(file)
    values = {"stage": "act", "decision": decision, "learning": learning, "next": next_id}
    text = with_values(file.path.read_text("utf-8"), values)
    files.written(file.path, lambda target: files.write_text(target, [text]))
    click.echo(f"wrote {visible(str(file.path))}")


def _must_exist(engine: Any, rule: str, schools: tuple[str, ...], subjects: tuple[str, ...]) -> None:
    from fidelity_engine.papers import on_roster
    from fidelity_engine.rulefile.problems import did_you_mean

    known = [one.id for one in engine.ruleset.rules]
    if rule not in known:
        raise FidelityError(f"there is no rule `{rule}`", "--rule", did_you_mean(rule, known, "`fidelity describe` lists the rules."))
    if schools or subjects:
        on_roster(engine.ruleset, engine.host.readers, subjects, schools)


def _files(engine: Any) -> Any:
    from fidelity_engine.rulefile.cycles import cycle_files

    return cycle_files(engine.document)


def _without_mistakes(file: Any) -> Any:
    from fidelity_engine.errors import Mistakes

    if file.mistakes:
        raise Mistakes(list(file.mistakes))
    return file.cycle
