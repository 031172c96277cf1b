"""`fidelity explain`: why a finding or a cell is what it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, aside, opened, plugins_option, rules_argument, store_option
from fidelity_engine.cli.screen import page_of, show
from fidelity_engine.cli.stores import handed_out, told
from fidelity_engine.errors import FidelityError

_CELL = 3


@click.command("explain")
@rules_argument
@click.argument("about", nargs=-1, required=True, metavar="FINDING_ID | RULE SUBJECT DATE")
@as_of_option
@click.option("--show-people", is_flag=True, help="Also the ids of people.")
@store_option
@plugins_option
def command(rules: Path, about: tuple[str, ...], as_of: Any, show_people: bool, store: str | None, no_plugins: bool) -> None:
    """Say why a finding or a cell is what it is."""
    asked = _asked(about)
    engine = opened(rules, no_plugins)
    from fidelity_engine.views.explain import explain

    known, found = _known(rules, store, engine.ruleset.year, asked.get("finding_id"))
    page = page_of()
    with aside():
        pieces = list(explain(engine, page, as_of=as_of, show_people=show_people, handed_out=known, reported=found, **asked))
    for piece in pieces:
        show(piece)


def _known(rules: Path, store: str | None, year: str, finding_id: str | None) -> Any:
    """What the store remembers. A cell can be explained without it: a lost store only costs ids that were kept."""
    try:
        return handed_out(rules, store, year), told(rules, store, year, finding_id) if finding_id else ()
    except FidelityError:
        if finding_id is not None:
            raise
        return (), ()


def _asked(about: tuple[str, ...]) -> dict[str, Any]:
    if len(about) == 1:
        return {"finding_id": about[0]}
    if len(about) != _CELL:
        raise click.UsageError("Give a finding's id, or a rule, a subject and a date of the window.")
    rule, subject, day = about
    try:
        return {"rule": rule, "subject": subject, "day": date.fromisoformat(day)}
    except ValueError:
        raise FidelityError(f"`{day}` is no date", mend="Write it as 2026-01-30.") from None
