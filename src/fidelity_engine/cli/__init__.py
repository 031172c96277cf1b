"""The command line: arguments in, exit code out. One module per command, imported when it is asked for."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from fidelity_engine.cli import stopping, streams
from fidelity_engine.errors import ExitCode, FidelityError, Mistakes
from fidelity_engine.escape import visible

COMMANDS = (
    "run", "check", "sources", "test", "describe", "explain", "backtest", "report", "findings", "decide", "waive", "cycle", "status", "purge",
    "kinds", "plugins", "calendar", "schema", "init", "new", "serve",
)
FEW_COLLECTIONS = 200_000
"""So many new objects until garbage is looked for: a run makes many at its start, and hardly any garbage."""
PIPE_CLOSED = 141
"""What shells use for a closed pipe (13)."""
Resolved = tuple[str | None, click.Command | None, list[str]]


class Commands(click.Group):
    """The commands, each in a module of its own name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"fidelity_engine.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Resolved:
        """An unknown word comes with the nearest known one."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            mend = f"Did you mean `{near[0]}`?" if near else f"The commands are: {', '.join(COMMANDS)}."
            ctx.fail(f"There is no command `{visible(args[0])}`. {mend}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader who has gone away is no trouble of ours."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            streams.let_go()
            return PIPE_CLOSED
        return code


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="fidelity-engine", message="%(package)s %(version)s")
@click.option("--log", "level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning",
              show_default=True, help="Which log lines go to stderr.")  # fmt: skip
def commands(level: Any) -> None:
    """Tells a school district whether the routines it decided on really happen.

    Results go to stdout, logs to stderr. Exit codes: 0 complete, 1 findings at or above --fail-on, 2 usage or rule
    file, 3 incomplete, 4 not delivered, 5 nothing is expected of anybody, 75 lock held.
    """
    from fidelity_engine import log

    eyes = sys.stderr.isatty()
    log.configure(level, console=eyes, colour=eyes and not os.environ.get("NO_COLOR"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `fidelity` and leave with its exit code."""
    stopping.listen()
    kept: list[Any] = []
    code = exit_code(arguments, kept)
    gc.freeze()      # at its exit Python would look through everything for garbage
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process in order: whoever asked is told that it ends, the streams are written out.

    What Python would do after that is to give memory back, object by object: a fiftieth of a small run.
    """
    if threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)
    os._exit(code)


def exit_code(arguments: Sequence[str] | None = None, kept: list[Any] | None = None) -> int:
    """The exit code of one call. A mistake of the user's is a line on stderr; anything else shows its trace.

    `kept`: given where the process ends next, for what need not be taken apart before.
    """
    streams.ready()
    gc.set_threshold(FEW_COLLECTIONS)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")     # else it reads the metadata of all that is installed
    try:
        given = commands.main(args=arguments, prog_name="fidelity", standalone_mode=False, obj=kept)
        return int(given or ExitCode.COMPLETE)
    except (click.Abort, KeyboardInterrupt):
        streams.tell("Stopped before the end; nothing is half-written.")
        return stopping.code()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        streams.tell(visible(_in_one_line(error)))
        return ExitCode.USAGE
    except FidelityError as error:
        for one in error.errors if isinstance(error, Mistakes) else [error]:
            streams.tell(visible(str(one)))
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    except OSError as error:
        streams.let_go()
        streams.tell(visible(str(FidelityError(streams.cause(error), mend="Make room or take another place, and run again."))))
        return ExitCode.UNDELIVERED


def _in_one_line(error: click.ClickException) -> str:
    """What is wrong with the arguments, after the command's name, and where its options are listed."""
    context = getattr(error, "ctx", None)
    name = context.command_path if context else "fidelity"
    return str(FidelityError(error.format_message(), name, f"`{name} --help` lists what it takes."))
