"""From the names under `plugins:` to loaded modules: folders below the rule file's roots, installed distributions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin import folder
from fidelity_engine.plugin.loaded import LoadedPlugin
from fidelity_engine.plugin.spec import PROJECT

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Located = tuple[LoadedPlugin, Callable[[], Any]]
UNTOLD = "(no version)"


def discover(name: str, root: Path, roots: Sequence[Path], load: bool = True) -> list[LoadedPlugin]:
    """The plugins that one name stands for, loaded; a broken one is among them with what it raised.

    A name with a slash, or that of a folder beside the rule file, is a folder; any other a distribution.
    `load=False` finds and names them only.
    """
    is_folder = "/" in name or "\\" in name or name.startswith(".") or (root / name).is_dir()
    found = _in_folder(root / name, roots) if is_folder else _installed(name)
    return [_loaded(plugin, loader) if load else _switched_off(plugin) for plugin, loader in found]


def _switched_off(plugin: LoadedPlugin) -> LoadedPlugin:
    plugin.enabled = False
    plugin.fail("import", "was not done, because plugins are switched off", "Leave out --no-plugins.")
    return plugin


def _loaded(plugin: LoadedPlugin, loader: Callable[[], Any]) -> LoadedPlugin:
    try:
        plugin.module = loader()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        plugin.fail_with("import", error)
        return plugin
    told = getattr(plugin.module, "__version__", None)
    if isinstance(told, str) and plugin.version == UNTOLD:
        plugin.version = told
    return plugin


def _in_folder(path: Path, roots: Sequence[Path]) -> Iterator[Located]:
    for found in folder.find(path, roots):
        plugin = LoadedPlugin(found.name, found.version or UNTOLD, str(found.path))
        yield plugin, partial(folder.load, found)


def _installed(name: str) -> Iterator[Located]:
    # Twenty milliseconds that a rule file without distributions does not pay.
    from importlib.metadata import entry_points

    points = [point for point in entry_points(group=PROJECT) if _same(point, name)]
    if not points:
        mend = f"Install it, or write a folder with a slash, such as ./{name}."
        raise FidelityError(f"no folder and no installed distribution `{name}` offers plugins", mend=mend)
    for point in sorted(points, key=lambda point: point.name):
        version = point.dist.version if point.dist else UNTOLD
        yield LoadedPlugin(point.name, version, f"distribution {name}"), point.load


def _same(point: EntryPoint, name: str) -> bool:
    return point.dist is not None and _normal(point.dist.name) == _normal(name)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
