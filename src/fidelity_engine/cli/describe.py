"""`fidelity describe`: the rule book in plain language, to be read and signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from fidelity_engine.cli.options import opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode, FidelityError

FORMS = ("md", "html")


@click.command("describe")
@rules_argument
@click.option("--format", "form", type=click.Choice(FORMS), help="md or html. Default: by the ending of --output, else md.")
@click.option("--rule", "wanted", multiple=True, metavar="ID", help="Only this rule; repeatable.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write the book to this file.")
@plugins_option
def command(rules: Path, form: str | None, wanted: Sequence[str], output: Path | None, no_plugins: bool) -> int:
    """Print the rule book: a sentence per rule, and its basis."""
    from fidelity_engine.cli import files, screen

    files.can_be_written(output)
    engine = opened(rules, no_plugins)
    files.must_not_replace(output, engine.ruleset)
    for rule in wanted:
        _must_exist(rule, [one.id for one in engine.ruleset.rules])
    from fidelity_engine.views.describe import book_of, html, markdown

    book = book_of(engine.ruleset, engine.host.measures, wanted)
    asked = form or ("html" if output and output.suffix in (".html", ".htm") else "md")
    pieces = html(book) if asked == "html" else markdown(book)
    if output:
        files.written(output, lambda path: files.write_text(path, pieces))
    else:
        for piece in pieces:
            screen.show(piece)
    return ExitCode.INCOMPLETE if engine.host.failures else ExitCode.COMPLETE


def _must_exist(rule: str, known: Sequence[str]) -> None:
    if rule not in known:
        from difflib import get_close_matches

        near = get_close_matches(rule, known, 1)
        raise FidelityError(f"there is no rule `{rule}`", "--rule", f"Did you mean `{near[0]}`?" if near else "`fidelity describe` lists them.")
