"""The pages people look at: of the whole district, and of one school. Each is one file that asks nobody for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from fidelity_engine.builtin.reports import account
from fidelity_engine.builtin.reports.wording import clock_text, counted
from fidelity_engine.errors import FidelityError
from fidelity_engine.markup import fenced, rendered
from fidelity_engine.result import Result
from fidelity_engine.stages.emit.notes import waiver_notes
from fidelity_engine.views.report.attention import cards, unseen
from fidelity_engine.views.report.evidence import health
from fidelity_engine.views.report.heat import WORDS
from fidelity_engine.views.report.routines import routines
from fidelity_engine.views.report.scene import Scene, School, schools
from fidelity_engine.views.report.week import possible

TEMPLATES = Path(__file__).parent / "templates"
INDEX = "index.html"
FULL = 40
"""So many findings stand as cards; the others follow as a list."""


def district_page(result: Result, pages: Mapping[str, str] | None = None) -> str:
    """The page of the district as HTML; `pages`: school id → file name of its own page, which it links."""
    if result.scope is None:
        return _nothing(result)
    return _page(Scene(result, pages=pages), "district.html", account.headline(result))


def school_page(result: Result, school: str, index: str | None = None) -> str:
    """The principal's page of one school; `index`: file name of the district's page, which it links."""
    if result.scope is None:
        return _nothing(result)
    scene = Scene(result, _school(result, school))
    return _page(scene, "school.html", _state(scene), index=index)


def all_pages(result: Result) -> Iterator[tuple[str, str]]:
    """File name and HTML of the district's page and of each school's, the district's first."""
    pages = {school.id: file_name(school.id) for school in schools(result)}
    yield INDEX, district_page(result, pages)
    for school, name in pages.items():
        yield name, school_page(result, school, INDEX)


def file_name(school: str) -> str:
    """`school-lincoln.html`; an id that is no plain file name gets a mark of its own."""
    plain = re.sub(r"[^a-z0-9]+", "-", school.lower()).strip("-")[:60]
    mark = "" if plain == school else f"-{sha256(school.encode()).hexdigest()[:8]}"
    return f"school-{plain}{mark}.html"


def _school(result: Result, school: str) -> School:
    known = schools(result)
    found = next((one for one in known if one.id == school), None)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(school, [one.id for one in known], 1)
        mend = f"Did you mean `{near[0]}`?" if near else f"Schools: {', '.join(one.id for one in known[:20])}."
        raise FidelityError(f"there is no school `{school}` on the roster", "--for", mend)
    return found


def _state(scene: Scene) -> str:
    """The state of one school in one sentence."""
    return account.state_of(scene.school.name if scene.school else "", scene.result.summary.as_of, _counts(scene), scene.findings())


def _counts(scene: Scene) -> dict[str, dict[str, int]]:
    rows = scene.scope.db.rows(f"""select case when disposition = 'active' then verdict else disposition end, count(*) from verdict
        where subject_no in ({scene.subjects()}) group by 1""")
    return {"": dict(rows)}  # type: ignore[arg-type]


def _page(scene: Scene, template: str, headline: str, index: str | None = None) -> str:
    summary, found = scene.result.summary, cards(scene)
    values: dict[str, Any] = {
        "scene": scene, "summary": summary, "headline": headline, "day": clock_text(summary.as_of), "index": index,
        "cards": found[:FULL], "more": found[FULL:], "unseen": unseen(scene), "routines": routines(scene), "possible": possible(scene),
        "health": health(scene), "waiting": account.waiting(summary), "endings": account.endings(scene.findings()),
        "words": WORDS, "counted": counted, "closing": account.closing(summary), "outcomes": scene.result.outcomes,
        "notes": _notes(scene),
        "holding": [one for one in scene.result.holding if one.subject_kind != "staff" and scene.concerns(one.school)],
    }
    return rendered(TEMPLATES, template, **values, **fenced(TEMPLATES, "page.css", "filter.js"))


def _notes(scene: Scene) -> list[str]:
    """What else the reader should know: on the page of a school nothing of others, and of no person."""
    summary, rules = scene.result.summary, scene.scope.ruleset.rules
    shown = [rule for rule in rules if rule.id in summary.verdicts]
    return list(waiver_notes(scene.scope, shown, scene.subjects())) if scene.school and shown else summary.notes


def _nothing(result: Result) -> str:
    """Before the period, or long after it."""
    return rendered(TEMPLATES, "nothing.html", summary=result.summary, **fenced(TEMPLATES, "page.css"))
