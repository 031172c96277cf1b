"""What became of a plugin: where it came from, what it adds, and what went wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import API_VERSION

BUILT_IN = "built in"


class Failure(NamedTuple):
    """Why a plugin is broken. `cause` is an exception's type or our own words; never a foreign message."""

    plugin: str
    hook: str
    cause: str
    mend: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}: {self.hook} {self.cause}. {self.mend}".rstrip()


@dataclass(eq=False, repr=False)
class LoadedPlugin:
    """One plugin: `adds` are words such as "measure coaching-balance"; `failed` is set when it is broken."""

    name: str
    version: str
    where: str
    adds: tuple[str, ...] = ()
    failed: Failure | None = None
    warnings: list[str] = field(default_factory=list)
    module: Any = None
    enabled: bool = True

    @property
    def title(self) -> str:
        """Name and version, as sentences name a plugin."""
        return f"{self.name} {self.version}".rstrip()

    def fail(self, hook: str, cause: str, mend: str) -> Failure:
        """Record what went wrong; the first failure stays, because the others often follow from it."""
        failure = Failure(self.title, hook, cause, mend)
        self.failed = self.failed or failure
        return failure

    def fail_with(self, hook: str, error: BaseException) -> Failure:
        """The failure that an exception is: its type, and its words where the exception is ours."""
        if isinstance(error, FidelityError):
            return self.fail(hook, f"was refused: {error.message.rstrip('.')}", error.mend)
        mend = "Run the plugin's own tests to see why, or take it out of `plugins:`."
        return self.fail(hook, f"raised {type(error).__name__}", mend)


def check_api(plugin: LoadedPlugin) -> None:
    """An older API version warns, a newer one is refused: the plugin counts on what is not here."""
    wanted = getattr(plugin.module, "FIDELITY_API", API_VERSION)
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        plugin.fail("FIDELITY_API", "is no number", f"Write FIDELITY_API = {API_VERSION}.")
    elif wanted > API_VERSION:
        mend = "Update fidelity-engine, or take an older version of the plugin."
        plugin.fail("FIDELITY_API", f"is {wanted}, and this engine has version {API_VERSION}", mend)
    elif wanted < API_VERSION:
        told = f"version {wanted} of the plugin API; this engine has {API_VERSION}"
        plugin.warnings.append(f"plugin {plugin.title} was written for {told}.")
