"""`fidelity serve`: findings, verdicts and reasons for other services, over HTTP."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import click

from fidelity_engine.cli.options import as_of_option, opened, plugins_option, rules_argument, store_option
from fidelity_engine.cli.stores import handed_out
from fidelity_engine.errors import FidelityError

TOKEN = "FIDELITY_TOKEN"


@click.command("serve")
@rules_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="The port to listen on.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="A further name under which it may be asked; repeatable.")
@click.option("--fresh-minutes", type=click.FloatRange(0), default=15, show_default=True, help="So old a result may be before it is made anew.")
@as_of_option
@store_option
@plugins_option
def command(
    rules: Path, host: str, port: int, names: tuple[str, ...], fresh_minutes: float, as_of: Any, store: str | None, no_plugins: bool
) -> None:
    """Answer questions over HTTP; needs the extra `server`.

    Read-only, but for /decisions, which asks for the token in the environment variable FIDELITY_TOKEN.
    """
    house_of, app_of, listen, loopback = _server()
    with closing(house_of(partial(opened, rules, no_plugins), as_of, fresh_minutes, partial(handed_out, rules, store))) as house:
        app = app_of(house, os.environ.get(TOKEN), (*loopback, host, *names))
        click.echo(f"http://{host}:{port}/openapi.json says what can be asked. Ctrl-C ends it.", err=True)
        listen(app, host, port)


def _server() -> Any:
    try:
        from fidelity_engine.server import LOOPBACK, House, app_of, serve
    except ModuleNotFoundError as error:
        raise FidelityError(f"`{error.name}` is not installed", mend="Install it: pip install 'fidelity-engine[server]'.") from None
    return House, app_of, serve, LOOPBACK
