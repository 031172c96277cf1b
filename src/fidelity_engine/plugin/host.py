"""The plugin host: one per engine. Finds what the rule file names, checks it, sorts it, and calls the hooks.

In process there is no sandbox and no timeout: a plugin can do what the user can.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.plugin import folder
from fidelity_engine.plugin.declarations import ADDING, NotDeclarations, checked, claims, read_twice
from fidelity_engine.plugin.discover import discover
from fidelity_engine.plugin.loaded import BUILT_IN, Failure, LoadedPlugin, check_api
from fidelity_engine.plugin.registry import Registry
from fidelity_engine.plugin.spec import MeasureKind, Notifier, Reader, Report


class Host:
    """What the plugins of one engine add, and which of them are broken."""

    def __init__(self) -> None:
        self._registry = Registry()
        self.named: tuple[Any, ...] = ((), Path(), [])
        """Names, root and roots of the plugins that are no part of the house: what another process loads them by."""
        self.measures: dict[str, MeasureKind] = {}
        self.readers: dict[str, Reader] = {}
        self.reports: dict[str, Report] = {}
        self.notifiers: dict[str, Notifier] = {}
        self._owners: dict[tuple[str, str], LoadedPlugin] = {}

    @classmethod
    def load(
        cls,
        builtins: Iterable[Any] = (),
        plugins: Sequence[str] = (),
        root: Path | str = ".",
        roots: Sequence[Path | str] = (),
        *,
        enabled: bool = True,
        places: Mapping[str, Place] | None = None,
    ) -> Host:
        """The host of a rule file: `builtins` are modules of the house, `plugins` the names under `plugins:`.

        `root` is the rule file's folder, `roots` what folders may lie under. `enabled=False` (`--no-plugins`) runs
        none of their code and keeps their names in `broken`. Mistakes of the user's (no such folder, not trusted, one
        kind claimed twice) are raised together; a broken plugin is not one of them.
        """
        host = cls()
        host.named = tuple(plugins), Path(root).absolute(), [Path(one).absolute() for one in roots or [root]]
        for module in builtins:
            host._registry.register(LoadedPlugin(module.__name__.rpartition(".")[2], "", BUILT_IN, module=module))
        mistakes = host._find(plugins, Path(root), [Path(one) for one in roots or [root]], enabled, places or {})
        if mistakes := mistakes + host._collect():
            raise Mistakes(mistakes)
        return host

    @property
    def loaded(self) -> list[LoadedPlugin]:
        """All plugins, the house's own first, then by name."""
        return self._registry.plugins

    @property
    def failures(self) -> list[Failure]:
        """What is wrong with the broken plugins, in the order of their names."""
        return [plugin.failed for plugin in self.loaded if plugin.failed and plugin.enabled]

    @property
    def broken(self) -> tuple[str, ...]:
        """Name and version of each plugin that is broken or switched off: an unknown kind may be one of theirs."""
        return tuple(plugin.title for plugin in self.loaded if plugin.failed)

    @property
    def absent(self) -> str:
        """Why a kind that the rule file uses is in no loaded plugin, as a cell's reason says it."""
        causes = [f"{one.plugin}: {one.hook} {one.cause}" for one in self.failures]
        return f"its plugin could not be loaded, {'; or '.join(causes)}" if causes else "its plugin is switched off"

    @property
    def has_strangers(self) -> bool:
        """Whether any plugin is not the house's own."""
        return any(plugin.where != BUILT_IN for plugin in self.loaded)

    @property
    def warnings(self) -> list[str]:
        """What somebody should look at: plugins written for an older API."""
        return [warning for plugin in self.loaded for warning in plugin.warnings]

    def plugin_of(self, name: str, word: str = "measure") -> LoadedPlugin:
        """The plugin that a measure (reader, report, notifier) comes from."""
        return self._owners[word, name]

    def call(self, hook: str, **values: Any) -> list[Failure]:
        """Call a lifecycle hook of every plugin, one by one; gives what failed now."""
        return [plugin.fail_with(hook, error) for plugin, _, error in self._registry.answers(hook, values) if error]

    def _find(
        self, names: Sequence[str], root: Path, roots: list[Path], enabled: bool, places: Mapping[str, Place]
    ) -> list[FidelityError]:
        found: dict[tuple[str, str], LoadedPlugin] = {}
        mistakes = []
        for name in dict.fromkeys(names):
            try:
                # Two names may lead to one plugin (a folder, and a folder in it).
                found |= {(one.name, one.where): one for one in discover(name, root, roots, enabled)}
            except FidelityError as error:
                mistakes.append(FidelityError(error.message, places.get(name), error.mend, f"plugins: {name}"))
        for _, plugin in sorted(found.items()):
            check_api(plugin)
            self._registry.register(plugin)
        weakref.finalize(self, folder.forget, [folder.private(plugin.module) for plugin in found.values()])
        return mistakes

    def _collect(self) -> list[FidelityError]:
        mistakes: list[FidelityError] = []
        for hook, (word, _) in ADDING.items():
            given = [(plugin, item) for plugin, items in self._declared(hook) for item in items]
            found, owners, twice = claims(word, given)
            getattr(self, f"{word}s").update(sorted(found.items()))
            self._owners.update({(word, name): plugin for name, plugin in owners.items()})
            mistakes += twice if word != "reader" else twice or read_twice(given)
        return mistakes

    def _declared(self, hook: str) -> Iterator[tuple[LoadedPlugin, list[Any]]]:
        word, _ = ADDING[hook]
        for plugin, answer, error in self._registry.answers(hook, {}):
            if error is not None:
                plugin.fail_with(hook, error)
                continue
            try:
                items = checked(hook, answer)
            except NotDeclarations as wrong:
                plugin.fail(hook, str(wrong), wrong.mend)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:
                plugin.fail_with(hook, raised)
            else:
                plugin.adds += tuple(f"{word} {item.name}" for item in items)
                yield plugin, items if plugin.where == BUILT_IN else _held(plugin, items)


def _held(plugin: LoadedPlugin, items: list[Any]) -> list[Any]:
    """A stranger's declarations, whose mistakes are told of it; read only where there is a stranger."""
    from fidelity_engine.plugin.strangers import guarded

    return [guarded(plugin.title, item) for item in items]
