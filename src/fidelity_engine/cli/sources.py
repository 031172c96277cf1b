"""`fidelity sources`: what became of the evidence, source by source."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, opened, plugins_option, rules_argument
from fidelity_engine.errors import ExitCode, worst


@click.command("sources")
@rules_argument
@as_of_option
@click.option("--source", "wanted", multiple=True, metavar="NAME", help="Only this source; repeatable.")
@plugins_option
def command(rules: Path, as_of: Any, wanted: Sequence[str], no_plugins: bool) -> int:
    """Say what became of each source, and where it is silent.

    Per source: rows read and set aside with the first examples, the last event, silent and pending stretches, a map.
    Ends with 3 where a source cannot be used, as a run would.
    """
    from fidelity_engine.cli import screen
    from fidelity_engine.views.rehearse import nothing_to_do, rehearse
    from fidelity_engine.views.sources import accounts, page_of

    engine = opened(rules, no_plugins)
    with screen.progress() as progress:
        result = rehearse(engine, as_of, progress)
    if result is None:
        screen.show(f"{nothing_to_do(engine, as_of)}\n")
        return ExitCode.COMPLETE
    with closing(result):
        found = accounts(result, wanted)
        for piece in page_of(found, result.summary.as_of.date(), screen.page_of()):
            screen.show(piece)
        lost = any(not one.count.readable and not one.count.optional for one in found)
        return worst([ExitCode.INCOMPLETE if lost else ExitCode.COMPLETE])
