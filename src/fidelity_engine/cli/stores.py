"""Which rule file, and so which store, a command is about when it is not told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from fidelity_engine.errors import FidelityError

rules_option = click.option("--rules", type=click.Path(path_type=Path), envvar="FIDELITY_RULES", show_envvar=True,
                            help="The rule file. Default: the one in this folder or in rules/ that was run.")
MANY = 200
"""Files of a folder that are looked at."""


def rule_file(said: Path | None, store: str | None, fits: Callable[[Any], bool] = lambda memory: memory.last() is not None) -> Path:
    """The rule file that was named; else the only one near whose store fits; else the only one near."""
    if said is not None:
        return said
    near = list(_near())
    found = near if len(near) < 2 else [path for path in near if _remembered(path, store, fits)]
    if not found:
        found = [path for path in near if _remembered(path, store, lambda memory: memory.last() is not None)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(path) for path in (found or near)[:8])
    message = f"several rule files are near: {names}" if names else "there is no rule file in this folder or in rules/"
    context = click.get_current_context()
    if any("--rules" in option.opts for option in context.command.params):
        raise FidelityError(message, "--rules", "Say which with `--rules FILE`.")
    raise FidelityError(message, context.command_path, f"Say which, as in `{context.command_path} {(found or near or [Path('rules/district.yaml')])[0]}`.")


def _near() -> Iterator[Path]:
    """Files that begin like rule files."""
    for folder in (Path(), Path("rules")):
        for path in sorted(folder.glob("*.yaml"))[:MANY]:
            if not path.name.endswith(".test.yaml") and path.is_file():
                with path.open("rb") as file:
                    head = file.read(20_000)
                if head.startswith(b"fidelity:") or b"\nfidelity:" in head:
                    yield path


@contextmanager
def store_of(rules: Path, store: str | None) -> Iterator[Any]:
    """The store of a rule file, to look something up. Raises where nothing was ever stored."""
    from fidelity_engine.store import address_of
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(rules, store)) as memory:
        if memory is None:
            raise FidelityError("nothing was stored yet", str(rules), f"Run `fidelity run {rules}` first.")
        yield memory


def handed_out(rules: Path, store: str | None, year: str) -> Sequence[Any]:
    """The findings of a year whose ids may live on. Nothing where there is no store."""
    from fidelity_engine.store import address_of
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(rules, store)) as memory:
        return memory.former(memory.remembered(year), year).handed_out if memory is not None else ()


def told(rules: Path, store: str | None, year: str, id: str) -> Sequence[Any]:
    """The findings of a year whose ids begin so, as they were last told. Nothing where there is no store."""
    from fidelity_engine.store import address_of
    from fidelity_engine.store.history import beginning_with
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(rules, store)) as memory:
        return beginning_with(memory, year, id) if memory is not None else ()


def _remembered(rules: Path, store: str | None, fits: Callable[[Any], bool]) -> bool:
    from fidelity_engine.store import address_of
    from fidelity_engine.store.opening import look_up

    with look_up(address_of(rules, store)) as memory:
        return memory is not None and fits(memory)
