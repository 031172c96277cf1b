"""The pages in a real browser: quiet, within the screen, usable by keyboard, without scripts and by screen readers."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile import SCHOOLS, strings

from fidelity_engine.escape import visible
from fidelity_engine.views.report.heat import WORDS

Opened = Callable[..., Any]
EVIDENCE = Path(__file__).parents[3] / "evidence"
SHOWN = "[data-finding]:not([hidden])"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["index.html", "school-marsh.html", "school-birch.html"])
def test_a_page_is_quiet_and_fits(pages: Path, opened: Opened, name: str, width: int) -> None:
    """No word on the console, no address asked for but its own, nothing wider than the screen, unfolded or not."""
    page = opened(pages / name, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert page.trouble == []
    assert page.asked == [(pages / name).as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("folder, name", [("pages", "index.html"), ("pages", "school-marsh.html"), ("hostile", "school-arabic.html")])
def test_axe_finds_nothing(request: pytest.FixtureRequest, opened: Opened, folder: str, name: str, width: int) -> None:
    """The accessibility check has no violation to report."""
    page = opened(request.getfixturevalue(folder) / name, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    found = Axe().run(page).response
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
    assert len(found["passes"]) > 20


def test_filters_by_keyboard(pages: Path, opened: Opened) -> None:
    """Tab to the school, type its name: only its findings are left, it is said how many, and one key brings all back."""
    page = opened(pages / "index.html")
    every = page.locator(SHOWN).count()
    page.locator("#by-school").focus()
    page.keyboard.type("Marsh")
    page.keyboard.press("Tab")
    left = page.locator(SHOWN)
    assert 0 < left.count() < every
    assert all("Marsh Lake" in text for text in left.all_inner_texts())
    assert page.locator("#shown").inner_text() == f"{left.count()} of {every} findings shown"
    assert not page.get_by_role("rowheader", name="Cedar Hollow Elementary").first.is_visible()
    page.locator("#clear").focus()
    page.keyboard.press("Enter")
    assert page.locator(SHOWN).count() == every and page.locator("#shown").inner_text() == ""


def test_filters_by_practice_and_routine(pages: Path, opened: Opened) -> None:
    """A practice leaves its routines, one routine only itself; together with a school only what both allow."""
    page = opened(pages / "index.html")
    routines = page.locator("details.routine:not([hidden])")
    page.locator("#by-practice").select_option(label="Instructional leadership routines")
    assert routines.count() == 8 and all("ilr." in text for text in routines.locator("p code").all_text_contents())
    page.locator("#by-practice").select_option(label="– The leader visits each team")
    assert routines.count() == 1
    assert [text.split("\n")[0] for text in page.locator(SHOWN).all_inner_texts()] == ["LOW The leader visits each team"]
    page.locator("#by-school").select_option(label="Cedar Hollow Elementary")
    assert page.locator(SHOWN).count() == 0 and page.locator("#shown").inner_text().startswith("0 of ")


def test_without_scripts(pages: Path, opened: Opened) -> None:
    """Where scripts are off nothing is hidden but the filters, which could do nothing."""
    page = opened(pages / "index.html", scripts=False)
    assert page.locator(SHOWN).count() == page.locator("[data-finding]").count() > 20
    assert not page.locator("#filters").is_visible()
    page.locator("details.account summary").first.click()
    assert page.locator("details.account h4").first.is_visible()


def test_a_cell_is_told_without_its_colour(pages: Path, opened: Opened) -> None:
    """Each verdict has a sign of its own to see and a word of its own to hear; no school and not expected differ too."""
    page = opened(pages / "index.html")
    signs = {
        letter: page.locator(f".legend .{letter}").evaluate("(one) => getComputedStyle(one, '::before').content.split(' /')[0]") for letter in WORDS
    }
    assert len(set(signs.values())) == len(WORDS)
    for letter in "mxdwrhn":
        cells = page.locator(f".heat td.{letter}")
        assert cells.count() and set(cells.all_text_contents()) == {WORDS[letter]}


def test_the_example_shows_what_it_is_made_for(pages: Path, opened: Opened) -> None:
    """The dead feed is no data, the snow week no school, the team without a log missed; the late team is not expected."""
    page = opened(pages / "index.html")
    heat = page.locator("details.routine", has=page.locator("code", has_text=re.compile(r"^tcr\.collaboration-time$"))).locator(".heat")
    columns = heat.locator("thead tr:nth-child(2) th").all_text_contents()

    def row(school: str, team: str) -> dict[str, str]:
        body = heat.locator("tbody", has=page.locator("th[scope=rowgroup]", has_text=school))
        cells = body.locator("tr", has=page.locator("th[scope=row]", has_text=re.compile(f"^{team}$"))).locator("td").all_text_contents()
        return dict(zip(columns[1:], cells, strict=True))

    assert row("Birchwood", "Grade 1")["15 Dec"] == "no data" and row("Birchwood", "Grade 1")["15 Sep"] == "met"
    assert row("Marsh Lake", "Science")["8 Dec"] == "no school" and row("Marsh Lake", "Science")["1 Dec"] == "missed"
    assert row("North Point", "Grade 9")["8 Sep"] == "not expected"


def test_the_fence_stops_what_gets_in(pages: Path, opened: Opened) -> None:
    """A script that found its way into the page is not run, though the page's own is; a picture from outside is not fetched."""
    page = opened(pages / "index.html")
    assert page.locator("#filters").is_visible()
    refused: list[str] = []
    page.on("requestfailed", lambda request: refused.append(request.failure))
    page.evaluate("""() => {
        const script = document.createElement('script'); script.textContent = 'window.hacked = 1'; document.body.append(script);
        const style = document.createElement('style'); style.textContent = 'h1 {display: none}'; document.head.append(style);
        const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image); }""")
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None and page.locator("h1").is_visible()
    assert refused == ["csp"]
    assert len(page.trouble) == 3 and all("Content Security Policy" in text for text in page.trouble)


@pytest.mark.parametrize("name", ["index.html", "school-picture.html", "school-long.html", "school-arabic.html"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_hostile_district_is_only_text(hostile: Path, opened: Opened, name: str, width: int) -> None:
    """Markup, scripts, templates, marks of direction, emoji and 300 letters are shown, obeyed by nobody, and fit."""
    page = opened(hostile / name, width)
    assert page.trouble == [] and page.asked == [(hostile / name).as_uri()]
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 1 and page.locator("img, iframe, object, embed, video, audio, base").count() == 0
    assert page.locator("a").evaluate_all("(all) => all.every((one) => one.getAttribute('href').startsWith('#'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_naughty_name_arrives(hostile: Path, opened: Opened) -> None:
    """Each name stands on the page letter by letter, control characters as escapes."""
    page = opened(hostile / "index.html")
    shown = set(page.locator(".heat th[scope=row] bdi, .heat th[scope=rowgroup] bdi").all_text_contents())
    read = {" ".join(text.split()) for text in shown}
    wanted = {" ".join(visible(text.strip()).split()) for text in (*strings(), *SCHOOLS.values())}
    assert len(wanted) > 450
    assert len(wanted - read) <= len(wanted) // 50, sorted(wanted - read)[:20]


def test_no_page_names_a_person_of_the_roster(pages: Path) -> None:
    """Neither ids nor names of staff stand in any page; owners are named, because they answer."""
    with (EVIDENCE / "staff.csv").open(encoding="utf-8-sig") as file:
        people = {row["staff"] for row in csv.DictReader(file)}
    assert len(people) > 200
    for page in pages.glob("*.html"):
        assert not people & set(re.findall(r"[\w-]+", page.read_text("utf-8"))), page.name


def test_the_tone(pages: Path) -> None:
    """Nobody has failed or violated anything."""
    for page in pages.glob("*.html"):
        text = re.sub(r"<style>.*?</style>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"violat|offend|\bfail(?:ed|ure|s)?\b|delinquen|non-complian", text, re.IGNORECASE), page.name


def test_on_paper(pages: Path, opened: Opened) -> None:
    """Printed, the filters, menus and small print are gone, and the sentences, signs and charts are there."""
    page = opened(pages / "school-marsh.html")
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible() and not page.locator("nav").is_visible()
    assert not page.locator("details.account").first.is_visible()
    assert page.locator(".card .message").first.is_visible() and page.locator(".chart svg").first.is_visible()
    assert page.locator(".heat td.x").first.is_visible()
    assert page.pdf(format="Letter").count(b"/Type /Page\n") <= 16
