"""`fidelity report`: the pages people look at."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, aside, opened, plugins_option, rules_argument, store_option
from fidelity_engine.cli.stores import handed_out
from fidelity_engine.errors import FidelityError


@click.command("report")
@rules_argument
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write; with --each the folder.")
@click.option("--for", "one", metavar="school:ID", help="The page of one school, for its principal.")
@click.option("--each", type=click.Choice(["school"]), help="A folder of pages: the district's, and one of each school.")
@as_of_option
@store_option
@plugins_option
def command(
    rules: Path, output: Path | None, one: str | None, each: str | None, as_of: Any, store: str | None, no_plugins: bool
) -> int:  # fmt: skip
    """Write the page of the district, or of its schools, as HTML."""
    from fidelity_engine.cli import files, screen

    _can_be_made(output, one, each)
    engine = opened(rules, no_plugins)
    if not each:
        files.must_not_replace(output, engine.ruleset)
    with aside(), screen.progress() as progress:
        result = engine.evaluate(as_of=as_of, handed_out=handed_out(rules, store, engine.ruleset.year), progress=progress, telling=False)
    with closing(result):
        if each and output:
            _folder(result, output)
        else:
            _file(result, output, _school(one))
        return int(result.exit_code)


def _can_be_made(output: Path | None, one: str | None, each: str | None) -> None:
    from fidelity_engine.cli import files

    if one and each:
        raise click.UsageError("--for is one page, --each a folder of pages: take one of them.")
    if one is not None:
        _school(one)
    if not each:
        files.can_be_written(output)
    elif output is None:
        raise click.UsageError("--each needs a folder: -o DIR.")
    elif output.exists() and not output.is_dir():
        raise FidelityError(f"`{output}` is a file", mend="With --each name a folder.")


def _school(one: str | None) -> str | None:
    if one is None:
        return None
    kind, _, school = one.partition(":")
    if kind != "school" or not school:
        raise FidelityError(f"there is no page for `{one}`", "--for", "Write school:ID, as --for school:lincoln.")
    return school


def _file(result: Any, output: Path | None, school: str | None) -> None:
    from fidelity_engine.cli import files, screen
    from fidelity_engine.views.report import district_page, school_page

    page = school_page(result, school) if school else district_page(result)
    if output:
        files.written(output, lambda path: files.write_text(path, [page]))
    else:
        screen.show(page)


def _folder(result: Any, folder: Path) -> None:
    """Each page whole or not at all; pages of schools that are gone stay until somebody removes them."""
    from fidelity_engine.cli import files
    from fidelity_engine.views.report import all_pages

    files.written(folder, lambda path: path.mkdir(parents=True, exist_ok=True))
    for name, page in all_pages(result):
        files.written(folder / name, lambda path, text=page: files.write_text(path, [text]))  # type: ignore[misc]
