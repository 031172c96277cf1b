"""Photographs docs/report.png, parts of the district's page: `python docs/make_report_picture.py`. Needs Chromium."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from fidelity_engine import Engine
from fidelity_engine.views.report import district_page

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "report.png"
LEFT_OUT = """() => {
    const shown = [...document.querySelectorAll('code')].find((one) => one.textContent === 'tcr.collaboration-time').closest('.routine');
    const hide = (one) => { one.hidden = true; };
    document.querySelectorAll('#attention .card:nth-child(n+3), #week, #outcomes, #holding, #evidence, #answer, footer').forEach(hide);
    document.querySelectorAll('.routine').forEach((one) => { one.hidden = one !== shown; });
    document.querySelectorAll('.practice').forEach((one) => { one.hidden = !one.contains(shown); });
    shown.querySelectorAll('tbody:nth-of-type(n+4)').forEach(hide);
}"""


def main() -> None:
    """The first findings, and one routine with its chart and most of its teams."""
    with Engine.from_file(ROOT / "rules" / "district.yaml").evaluate() as result, tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(district_page(result), "utf-8")
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            tab = browser.new_page(viewport={"width": 940, "height": 800})
            tab.goto(page.as_uri())
            tab.evaluate(LEFT_OUT)
            tab.screenshot(path=TARGET, full_page=True)
            browser.close()


if __name__ == "__main__":
    main()
