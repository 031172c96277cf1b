"""One pluggy manager with its plugins: registration checked, and each plugin asked by itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pluggy

from fidelity_engine.plugin.loaded import BUILT_IN, LoadedPlugin
from fidelity_engine.plugin.spec import PROJECT, Hooks

HOOKS = tuple(name for name in vars(Hooks) if name.startswith("fidelity_"))


class Registry:
    """The plugins of one engine in the order in which they were registered."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(Hooks)
        self.plugins: list[LoadedPlugin] = []

    def register(self, plugin: LoadedPlugin) -> None:
        """Take a plugin in; what is wrong with its hooks is recorded in it."""
        self.plugins.append(plugin)
        if plugin.failed:
            return
        try:
            for name in HOOKS:
                _marked(plugin, name)
            self.manager.register(plugin.module, name=_key(plugin))
            self._known(plugin)
        except pluggy.PluginValidationError:
            mend = "Its parameters must be among those that fidelity_engine/plugin/spec.py names."
            plugin.fail("a hook", "does not fit its specification", mend)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            plugin.fail_with("register", error)

    def answers(self, hook: str, values: dict[str, Any]) -> Iterator[tuple[LoadedPlugin, Any, BaseException | None]]:
        """Each plugin's own answer, or what it raised; whatever one does, the others are asked."""
        impls = {impl.plugin_name: impl for impl in getattr(self.manager.hook, hook).get_hookimpls()}
        for plugin in self.plugins:
            if (impl := impls.get(_key(plugin))) is None:
                continue
            try:
                answer = impl.function(*(values[name] for name in impl.argnames))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                if plugin.where == BUILT_IN:
                    raise
                yield plugin, None, error
            else:
                yield plugin, answer, None

    def _known(self, plugin: LoadedPlugin) -> None:
        for caller in self.manager.get_hookcallers(plugin.module) or ():
            wrappers = [impl for impl in caller.get_hookimpls() if impl.wrapper or impl.hookwrapper]
            if not caller.has_spec():
                plugin.fail(caller.name, "is no hook of this engine", f"The hooks are: {', '.join(HOOKS)}.")
            elif any(impl.plugin_name == _key(plugin) for impl in wrappers):
                mend = "Write a plain hook: each plugin is asked by itself."
                plugin.fail(caller.name, "wraps the hooks of others", mend)


def _key(plugin: LoadedPlugin) -> str:
    return f"{plugin.name} {plugin.where}"


def _marked(plugin: LoadedPlugin, name: str) -> None:
    """A hook without its mark would be passed over in silence."""
    function = getattr(plugin.module, name, None)
    if inspect.isfunction(function) and not hasattr(function, f"{PROJECT}_impl"):
        plugin.fail(name, "is not marked as a hook", "Put @hookimpl above it.")
