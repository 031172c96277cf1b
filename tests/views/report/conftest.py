"""A real browser, the pages of the example district, and those of a district whose every name means harm."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from fidelity_engine import Engine
from fidelity_engine.views.report import all_pages, district_page, file_name, school_page

sys.path.insert(0, str(Path(__file__).parent))

from hostile import write_district

ROOT = Path(__file__).parents[3]
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium of this machine, with an empty profile."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("The pages are tested in a real browser, and there is none. On Debian: apt-get install chromium")
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Open a file in a tab of its own; `trouble` is what it says on its console, `asked` the addresses that it asks for."""
    contexts = []

    def tab(path: Path, width: int = 1280, scripts: bool = True) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
        contexts.append(context)
        page: Any = context.new_page()
        page.trouble, page.asked = [], []
        page.on("console", lambda message: page.trouble.append(message.text))
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.on("dialog", lambda dialog: (page.trouble.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield tab
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all pages of the example district."""
    folder = tmp_path_factory.mktemp("pages")
    with Engine.from_file(ROOT / "rules" / "district.yaml").evaluate() as result:
        for name, page in all_pages(result):
            (folder / name).write_text(page, "utf-8")
    return folder


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with pages of the district that means harm: its own, and those of the schools that mean most of it."""
    folder = tmp_path_factory.mktemp("hostile")
    with Engine.from_file(write_district(tmp_path_factory.mktemp("district"))).evaluate() as result:
        (folder / "index.html").write_text(district_page(result), "utf-8")
        for school in ("picture", "long", "arabic"):
            (folder / file_name(school)).write_text(school_page(result, school), "utf-8")
    return folder
