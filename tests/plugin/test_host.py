"""The host: what it loads, what it refuses, and that a broken plugin takes nobody else with it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fidelity_engine.errors import FidelityError, Mistakes, Place
from fidelity_engine.plugin import MeasureKind, Parameters, hookimpl
from fidelity_engine.plugin.host import Host

Load = Callable[..., Host]
Write = Callable[[str, str], Path]

GOOD = """
from fidelity_engine.plugin import hookimpl, measure
__version__ = "1.2"
@measure("{name}", unit="share")
def one(events, cell):
    return len(events)
@hookimpl
def fidelity_measures():
    return [one]
"""


def good(name: str) -> str:
    """A plugin with one measure."""
    return GOOD.format(name=name)


def test_example_of_the_specification_runs_as_written(write: Write, load: Load) -> None:
    """The example that district IT starts from gives a measure with its parameters, fields and documentation."""
    write("plugins/coaching.py", '''\
        """plugins/coaching.py: measures of our district."""
        from fidelity_engine.plugin import hookimpl, measure, Cell, Event

        @measure("coaching-balance", unit="share", fields=["requested_by"])
        def coaching_balance(events: list[Event], cell: Cell, *, minimum: int = 3) -> float | None:
            """Share of coaching contacts that the teacher asked for. None: nothing to measure."""
            if len(events) < minimum:
                return None
            return sum(e["requested_by"] == "teacher" for e in events) / len(events)

        @hookimpl
        def fidelity_measures():
            return [coaching_balance]
        ''')  # fmt: skip
    kind = load().measures["coaching-balance"]
    assert (kind.unit, kind.fields, kind.parameters.model_fields["minimum"].default) == ("share", ("requested_by",), 3)
    assert kind.doc.startswith("Share of coaching contacts")


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["plugins/one.py", "plugins/two.py"], ["one", "two"]),
        (["plugins/pack/__init__.py"], ["pack"]),
        (["plugins/project/src/inner/__init__.py", "plugins/project/tests/test_inner.py"], ["inner"]),
        (["plugins/src/flat.py"], ["flat"]),
        (["plugins/__init__.py"], ["plugins"]),
        (["plugins/_private.py", "plugins/test_one.py", "plugins/conftest.py", "plugins/real.py"], ["real"]),
    ],
)
def test_layouts(write: Write, load: Load, files: list[str], names: list[str]) -> None:
    """Single files, packages, projects with `src/`, and a folder that is the package itself."""
    for number, file in enumerate(files):
        write(file, good(f"kind-{number}"))
    assert [plugin.name for plugin in load().loaded] == names


def test_private_names_and_relative_imports(write: Write, load: Load) -> None:
    """A package imports its parts relatively; `sys.path` and the public module names stay as they were."""
    write("plugins/pack/__init__.py", "from .inner import fidelity_measures\n")
    write("plugins/pack/inner.py", good("within"))
    write("plugins/single.py", "from .helper import fidelity_measures\n")
    write("plugins/helper.py", good("beside"))
    before = list(sys.path)
    with pytest.raises(Mistakes, match="beside"):
        load()  # single.py and helper.py both offer the measure of helper.py
    write("plugins/single.py", "from .helper import one\n")
    host = load()
    assert set(host.measures) == {"within", "beside"}
    assert sys.path == before
    assert not {"pack", "single", "helper"} & set(sys.modules)


def test_two_engines_have_their_own_modules(write: Write, load: Load) -> None:
    """A second engine sees the file as it is by then, and a host that is gone leaves no module behind."""
    path = write("plugins/one.py", good("first"))
    first = load()
    path.write_text(good("second-time"))
    second = load()
    assert (list(first.measures), list(second.measures)) == (["first"], ["second-time"])
    names = {name for name in sys.modules if name.startswith("_fidelity_plugin_") and name.endswith(".one")}
    del first, second
    gc.collect()
    assert not names & set(sys.modules)


def test_order_does_not_matter(write: Write, load: Load) -> None:
    """Plugins and kinds are sorted by name, whatever the rule file names first."""
    write("b/zebra.py", good("ant"))
    write("a/lion.py", good("zebra"))
    hosts = [load("./b", "./a"), load("./a", "./b")]
    assert [[plugin.name for plugin in host.loaded] for host in hosts] == [["lion", "zebra"]] * 2
    assert [list(host.measures) for host in hosts] == [["ant", "zebra"]] * 2


BROKEN = [
    ("raise ZeroDivisionError('secret value')", "import raised ZeroDivisionError"),
    ("import sys; sys.exit(0)", "import raised SystemExit"),
    ("raise BaseException('secret value')", "import raised BaseException"),
    ("@hookimpl\ndef fidelity_measures():\n    import asyncio; raise asyncio.CancelledError", "fidelity_measures raised CancelledError"),
    ("@hookimpl\ndef fidelity_measures():\n    yield 1; raise BaseException", "fidelity_measures raised BaseException"),
    ("def broken(:", "import raised SyntaxError"),
    ("import no_such_module_anywhere", "import raised ModuleNotFoundError"),
    ("@hookimpl\ndef fidelity_measures():\n    raise KeyError('secret value')", "fidelity_measures raised KeyError"),
    ("@hookimpl\ndef fidelity_measures():\n    return 'text'", "fidelity_measures returned a text"),
    ("@hookimpl\ndef fidelity_measures():\n    pass", "fidelity_measures returned nothing"),
    ("@hookimpl\ndef fidelity_measures():\n    return [len]", "a list with a builtin_function_or_method in it"),
    ("@hookimpl\ndef fidelity_measures():\n    return [lambda e, c: 1]", "a function without @measure"),
    ("@hookimpl\ndef fidelity_measures():\n    yield 1; raise OSError", "fidelity_measures raised OSError"),
    ("@hookimpl\ndef fidelity_measure():\n    return []", "fidelity_measure is no hook of this engine"),
    ("@hookimpl\ndef fidelity_measures(everything):\n    return []", "does not fit its specification"),
    ("@hookimpl(wrapper=True)\ndef fidelity_measures():\n    return (yield)", "wraps the hooks of others"),
    ("def fidelity_measures():\n    return []", "fidelity_measures is not marked as a hook"),
    ("@measure('x', unit='u')\ndef x(events):\n    return 1", "the function of `x` must take events and cell"),
    ("@measure('x', unit='u')\ndef x(events, cell, *, where=1):\n    return 1", "cannot have a parameter `where`"),
    ("@measure('Big Name', unit='u')\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x]", "whose name is not in small letters"),
    ("@measure('x', unit='u')\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x, x]", "returned measure x twice"),
    ("@measure('x', unit='u', grows='up')\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x]", "returned measure x, whose `grows` is none of raises, lowers"),
    ("@measure('x', unit='u', scales='half')\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x]", "returned measure x, whose `scales` is none of whole, exact"),
    ("@measure('x', unit=None)\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x]", "returned measure x, whose `unit` is no text"),
    ("@measure('x', unit='u', fields=[1])\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x]", "returned measure x, whose `fields` are no list of names"),
    ("@measure('x', unit='u', sentence=1)\ndef x(events, cell):\n    return 1\n"
     "@hookimpl\ndef fidelity_measures():\n    return [x]", "returned measure x, whose `sentence` cannot be called"),
    ("@hookimpl\ndef fidelity_readers():\n    return [Reader('x', ('.x',), len, schemes=None)]", "whose `schemes` are no list of names"),
    ("@hookimpl\ndef fidelity_readers():\n    return [Reader('x', ('.x',), len, doc=None)]", "returned reader x, whose `doc` is no text"),
    ("@hookimpl\ndef fidelity_readers():\n    return [Reader('x', ('x',), len)]", "whose `extensions` are no list of endings with a dot"),
    ("@hookimpl\ndef fidelity_readers():\n    return [Reader('x', '.x', len)]", "whose `extensions` are no list of endings with a dot"),
    ("@hookimpl\ndef fidelity_readers():\n    return [Reader('x', ('.x',), None)]", "returned reader x, whose `read` cannot be called"),
    ("@hookimpl\ndef fidelity_readers():\n    return [Reader('x', (), len, options=dict)]", "whose `options` are no model of Parameters"),
    ("@hookimpl\ndef fidelity_reports():\n    return [Report('x', 'x')]", "returned report x, whose `render` cannot be called"),
    ("@hookimpl\ndef fidelity_notifiers():\n    return [Notifier('x', 1)]", "returned notifier x, whose `deliver` cannot be called"),
    ("@hookimpl\ndef fidelity_notifiers():\n    return [Notifier('x', len, '', dict)]", "whose `parameters` are no model of Parameters"),
    ("FIDELITY_API = 2", "FIDELITY_API is 2, and this engine has version 1"),
    ("FIDELITY_API = 'one'", "FIDELITY_API is no number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cause"), BROKEN, ids=[cause for _, cause in BROKEN])
def test_broken_plugin_is_named_and_the_others_go_on(write: Write, load: Load, text: str, cause: str) -> None:
    """Name, version, hook and cause are told, with a mend and no foreign message; the good plugin is there."""
    write("plugins/bad.py", f"__version__ = '0.9'\nfrom fidelity_engine.plugin import Notifier, Reader, Report, hookimpl, measure\n{text}\n")
    write("plugins/good.py", good("fine"))
    host = load()
    (failure,) = host.failures
    assert cause in str(failure)
    assert str(failure).startswith("plugin bad") and failure.mend
    assert "secret" not in str(failure) and "Traceback" not in str(failure)
    assert list(host.measures) == ["fine"]
    assert [name.split()[0] for name in host.broken] == ["bad"]


def test_older_api_warns(write: Write, load: Load) -> None:
    """A plugin of an older API still loads, and somebody is told."""
    write("plugins/old.py", f"FIDELITY_API = 0\n{good('old')}")
    host = load()
    assert list(host.measures) == ["old"] and not host.failures
    assert "version 0 of the plugin API" in host.warnings[0]


def test_one_kind_in_two_plugins_is_refused(write: Write, load: Load) -> None:
    """Nobody guesses which of two is meant: both are named with version and place."""
    write("plugins/first.py", good("same"))
    write("plugins/second.py", good("same"))
    with pytest.raises(
        FidelityError, match=r"two plugins have a measure `same`: first 1\.2 .* and second 1\.2 .*Rename"
    ):
        load()


def test_a_kind_of_the_house_is_not_replaced(write: Write, root: Path) -> None:
    """A plugin that calls its measure as a built-in one is refused too."""
    write("plugins/mine.py", good("count"))
    house = ModuleType("builtin.measures")
    kind = MeasureKind("count", Parameters, "events", "", table=lambda ask: "")
    house.fidelity_measures = hookimpl(lambda: [kind], specname="fidelity_measures")  # type: ignore[attr-defined]
    with pytest.raises(FidelityError, match="measures \\(built in\\) and mine"):
        Host.load([house], ["./plugins"], root)


@pytest.mark.parametrize("what", ["plugins", "plugins/pack", "plugins/pack/inner.py", "plugins/pack/data.txt"])
def test_writable_by_everybody_is_refused(write: Write, load: Load, root: Path, what: str) -> None:
    """Neither the folder nor any file of a plugin may be one that anybody can change."""
    write("plugins/pack/__init__.py", good("one"))
    write("plugins/pack/inner.py", "")
    write("plugins/pack/data.txt", "")
    (root / what).chmod(0o777)
    with pytest.raises(FidelityError, match=r"writable by everybody.*chmod o-w"):
        load()


@pytest.mark.parametrize("what", ["plugins/_help.py", "plugins/_more/inner.py", "plugins/data.csv", "plugins/__pycache__", "plugins/__pycache__/one.pyc"])
def test_what_runs_beside_a_plugin_is_as_safe_as_it(write: Write, load: Load, root: Path, what: str) -> None:
    """What a single file can import or read from its folder, and what Python compiled of it, is not for everybody to change either."""
    write("plugins/one.py", good("one"))
    write("plugins/_help.py", "")
    write("plugins/_more/inner.py", "")
    write("plugins/__pycache__/one.pyc", "")
    write("plugins/data.csv", "")
    assert "one" in load().measures
    (root / what).chmod(0o777)
    with pytest.raises(FidelityError, match=r"writable by everybody.*chmod o-w"):
        load()


def test_folder_outside_the_roots_is_refused(write: Write, root: Path) -> None:
    """A folder lies under a root of the rule file, links followed."""
    write("elsewhere/one.py", good("one"))
    (root / "rules").mkdir()
    (root / "rules" / "link").symlink_to(root / "elsewhere")
    for name in ("../elsewhere", "./link"):
        with pytest.raises(FidelityError, match="outside the roots"):
            Host.load(plugins=[name], root=root / "rules")
    assert list(Host.load(plugins=["../elsewhere"], root=root / "rules", roots=[root]).measures) == ["one"]


def test_all_mistakes_at_once_with_their_places(load: Load) -> None:
    """A folder that is not there and a distribution that is not installed are told together, each at its place."""
    places = {"./nowhere": Place("rules.yaml", 3, 5), "no-such-thing": Place("rules.yaml", 3, 16)}
    with pytest.raises(Mistakes) as caught:
        load("./nowhere", "no-such-thing", places=places)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("rules.yaml:3:5: plugins: ./nowhere: there is no folder")
    assert lines[1].startswith("rules.yaml:3:16: plugins: no-such-thing: no folder and no installed distribution")


def test_installed_distribution(root: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution is found by its name, however it is written, and its entry points are loaded."""
    info = root / "site" / "My_Plugin-3.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: My_Plugin\nVersion: 3.1\n")
    (info / "entry_points.txt").write_text("[fidelity_engine]\nmine = my_plugin_module\n")
    (root / "site" / "my_plugin_module.py").write_text(good("installed"))
    monkeypatch.syspath_prepend(root / "site")
    host = load("my-plugin")
    assert [plugin.title for plugin in host.loaded] == ["mine 3.1"]
    assert list(host.measures) == ["installed"]


def test_switched_off(write: Write, load: Load) -> None:
    """Without plugins none of their code runs; their names are kept, because an unknown kind may be theirs."""
    write("plugins/one.py", "raise SystemExit('ran')")
    host = load(enabled=False)
    assert host.broken == ("one (no version)",) and not host.failures and not host.measures
    assert host.absent == "its plugin is switched off"


def test_why_a_kind_is_absent(write: Write, load: Load) -> None:
    """The reason of a cell names each plugin that may have given its kind, with version and exception."""
    write("plugins/one.py", "__version__ = '3'\nraise OSError\n")
    write("plugins/two.py", "FIDELITY_API = 7\n")
    assert load().absent == ("its plugin could not be loaded, one (no version): import raised OSError; or "
                             "two (no version): FIDELITY_API is 7, and this engine has version 1")  # fmt: skip


def test_lifecycle_hooks_are_called_one_by_one(write: Write, load: Load, root: Path) -> None:
    """One that raises is named; the others hear of the run all the same, in the order of their names."""
    told = root / "told"
    text = "from fidelity_engine.plugin import hookimpl\n@hookimpl\ndef fidelity_run_started(run):\n    {0}\n"
    for name in ("c", "a"):
        write(f"plugins/{name}.py", text.format(f"open({str(told)!r}, 'a').write({name!r} + run['run_id'])"))
    write("plugins/b.py", text.format("raise LookupError('secret value')"))
    host = load()
    (failure,) = host.call("fidelity_run_started", run={"run_id": "1"})
    assert "plugin b (no version): fidelity_run_started raised LookupError." in str(failure)
    assert told.read_text() == "a1c1"


def test_one_manager_per_host(write: Write, load: Load) -> None:
    """What one engine has loaded another does not see."""
    write("plugins/one.py", good("one"))
    assert list(load().measures) == ["one"]
    assert not Host.load().measures
