"""The service keeps what its description says, and answers what the engine found."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

from fidelity_engine.server import House, app_of

TOKEN = "a-token-for-tests"
ASKED = {"about": "5f3a9c2e11ab", "action": "accept", "who": "K. Moss", "value": "", "note": ""}


def client(house: House, token: str | None = TOKEN) -> TestClient:
    """Somebody who asks from this machine."""
    return TestClient(app_of(house, token), base_url="http://localhost")


def test_every_door_keeps_to_its_description(house: House) -> None:
    """Whatever is asked, the answer has a status and a shape that the OpenAPI description names."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app_of(house, TOKEN, hosts=("*",)))
    doors = [found.ok() for found in schema.get_all_operations()]
    assert len(doors) == 9
    for door in doors:
        kept = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        kept(given(case=door.as_strategy())(_keeps_to_it))()


def _keeps_to_it(case: schemathesis.Case) -> None:
    case.call_and_validate()


def test_findings_and_cells_are_the_engines(house: House) -> None:
    """Filters, pages and counts agree with the result behind them."""
    ask = client(house)
    with house.result() as result:
        open_ones = [one.finding_id for one in result.findings if one.state == "open"]
        cells = len(result.verdicts)
    answer = ask.get("/findings", params={"state": "open"}).json()
    assert ([one["finding_id"] for one in answer["findings"]], answer["count"]) == (open_ones, len(open_ones))
    every = ask.get("/verdicts").json()
    assert every["count"] == len(every["verdicts"]) == cells
    missed = ask.get("/verdicts", params={"verdict": "missed", "limit": 1}).json()
    assert missed["count"] == sum(one["verdict"] == "missed" for one in every["verdicts"]) > 0
    assert [one["verdict"] for one in missed["verdicts"]] == ["missed"]
    late = ask.get("/verdicts", params={"since": "2025-11-01", "until": "2025-11-30"}).json()["verdicts"]
    assert late and {one["window_start"][:7] for one in late} == {"2025-11"}


@pytest.mark.parametrize(("door", "given", "told"), [
    ("/findings", "scool=north", "There is no filter `scool`. Did you mean `school`?"),
    ("/verdicts", "team=g3", "There is no filter `team`. Known are rule, subject, school,"),
    ("/report", "shool=north", "Did you mean `school`?"),
])
def test_a_filter_that_is_none_is_refused(door: str, given: str, told: str, house: House) -> None:
    """A misspelt filter would leave everything in, as if it had been asked for."""
    answer = client(house).get(f"{door}?{given}")
    assert answer.status_code == 422 and told in answer.json()["detail"][0]["msg"]


def test_reasons(house: House) -> None:
    """A finding and a cell are explained; what is not there is a 404 with a sentence."""
    ask = client(house)
    first = ask.get("/findings").json()["findings"][0]
    assert ask.get(f"/findings/{first['finding_id']}").json() == first
    assert first["message"][:20] in ask.get(f"/findings/{first['finding_id']}/explain").json()["text"]
    cell = ask.get("/verdicts", params={"verdict": "missed"}).json()["verdicts"][0]
    asked = {"rule": cell["rule"], "subject": cell["subject"], "day": cell["closes_on"]}
    assert "missed" in ask.get("/explain", params=asked).json()["text"]
    lost = ask.get("/findings/0123456789ab")
    assert (lost.status_code, lost.json()) == (404, {"detail": "There is no finding `0123456789ab`."})
    assert ask.get("/explain", params=asked | {"rule": "no.rule"}).status_code == 404


def test_the_page_people_look_at(house: House) -> None:
    """The page of the district, and of one school, as HTML with its own fences; an unknown school is a 404."""
    ask = client(house)
    whole, one = ask.get("/report"), ask.get("/report", params={"school": "alpha"})
    assert (whole.status_code, one.status_code) == (200, 200)
    assert whole.headers["content-type"].startswith("text/html") and "Content-Security-Policy" in whole.text
    assert whole.text != one.text
    assert ask.get("/report", params={"school": "nowhere"}).status_code == 404


def test_health(house: House) -> None:
    """The state of the newest evaluation: whole, or why not."""
    answer = client(house).get("/health").json()
    with house.result() as result:
        assert (answer["ok"], answer["causes"]) == (not result.summary.unfinished, result.summary.unfinished)


def test_decisions_need_the_token(house: House, decisions: Path) -> None:
    """Without the token nothing is written; with it the decision is one line more of the file."""
    with house.result() as result:
        said = ASKED | {"about": result.findings[0].finding_id}
    ask = client(house)
    assert ask.post("/decisions", json=said).status_code == 401
    assert ask.post("/decisions", json=said, headers={"Authorization": "Bearer another"}).status_code == 401
    assert client(house, token=None).post("/decisions", json=said, headers={"Authorization": "Bearer "}).status_code == 403
    assert not decisions.exists()
    done = ask.post("/decisions", json=said, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (done.status_code, done.json()) == (201, said)
    header, line = decisions.read_text("utf-8").splitlines()
    assert header == "at,who,about,action,value,note" and line.endswith(f",K. Moss,{said['about']},accept,,")


@pytest.mark.parametrize(("change", "told"), [({"about": "0123456789ab"}, "there is no finding"), ({"action": "shout"}, "there is no action `shout`")])
def test_a_decision_that_cannot_be_written(change: dict[str, str], told: str, house: House, decisions: Path) -> None:
    """An unknown id and an unknown action are a 400 with a sentence, and the file stays as it was."""
    with house.result() as result:
        said = ASKED | {"about": result.findings[0].finding_id} | change
    before = decisions.read_bytes() if decisions.exists() else b""
    answer = client(house).post("/decisions", json=said, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 400 and told in answer.json()["detail"]
    assert (decisions.read_bytes() if decisions.exists() else b"") == before


def test_another_name_is_refused(house: House) -> None:
    """A page of another site that points its own name at this machine gets no answer."""
    assert TestClient(app_of(house), base_url="http://evil.example").get("/health").status_code == 400


@pytest.mark.parametrize("body", [
    '{"about": NaN}', '{"who": -Infinity}', '{"about": 1e999}', '{"about": "\\ud800", "action": "note", "who": "x"}', '{"\\ud800": 1}',
])
def test_a_body_that_json_cannot_say_back_is_a_mistake_of_the_asker(body: str, house: House) -> None:
    """It is refused with what does not fit and where, and what was sent is not repeated."""
    answer = client(house).post("/decisions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert all(set(one) == {"type", "loc", "msg"} for one in answer.json()["detail"])


@pytest.mark.parametrize("pieces", [[b"x" * 200_000], [b"x" * 50_000] * 3])
def test_a_large_body_is_not_held(pieces: list[bytes], house: House) -> None:
    """Whoever sends it: with a length, or piece by piece."""
    answer = client(house).post("/decisions", content=iter(pieces), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (413, {"detail": "The body is larger than 100,000 bytes."})
