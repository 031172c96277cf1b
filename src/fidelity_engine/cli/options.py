"""What several commands take: the rule file, a moment, and whether plugins may load."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, redirect_stdout
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click


class Moment(click.ParamType[Any]):
    """A day (its end is meant) or a timestamp, in ISO 8601."""

    name = "date|timestamp"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime:
        """The date or datetime that was written."""
        if isinstance(value, date):
            return value
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                return date.fromisoformat(value)
            if re.match(r"\d{4}-\d{2}-\d{2}[T ]", value):      # 20260130 would be its midnight, not its end
                return datetime.fromisoformat(value)
        except ValueError:
            pass
        return self.fail(f"{value!r} is no moment. Write 2026-01-30, or 2026-01-30T06:00.", param, ctx)


rules_argument = click.argument("rules", type=click.Path(path_type=Path))
as_of_option = click.option("--as-of", type=Moment(), help="What was known then. Default: the rule file's, else now.")
plugins_option = click.option("--no-plugins", is_flag=True, help="Load no plugin; rules that need one get error cells.")
never_plugins_option = click.option("--no-plugins", is_flag=True, expose_value=False, help="Load no plugin; this command never does.")
"""For commands that need none, so that the option works on any command."""

store_option = click.option("--store", metavar="URL|FOLDER", envvar="FIDELITY_STORE", show_envvar=True,
                            help="A PostgreSQL URL, or a folder in place of `.fidelity` beside the rule file.")


def aside() -> AbstractContextManager[Any]:
    """While it lasts, what plugins print goes to stderr: stdout is for results. Around a progress bar, which gives back the stdout that it met."""
    return redirect_stdout(sys.stderr)


def opened(rules: Path, no_plugins: bool) -> Any:
    """The engine of a rule file; what is wrong with its plugins goes to the log."""
    from fidelity_engine.engine import Engine
    from fidelity_engine.log import logger

    with aside():
        engine = Engine.from_file(rules, load_plugins=not no_plugins)
    log = logger("plugin")
    for text in engine.host.warnings:
        log.warning("plugin.old", cause=text)
    return engine
