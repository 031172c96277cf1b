"""CloudEvents, received by a real HTTP server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from fidelity_engine.builtin.notifiers import WEBHOOK
from fidelity_engine.errors import FidelityError


@pytest.fixture
def post_office() -> Iterator[HTTPServer]:
    """A server that keeps what it gets in `taken`, and refuses events whose id is in `refused`."""

    class Desk(BaseHTTPRequestHandler):
        """Takes one event at a time."""

        def do_POST(self) -> None:
            """Keep the event, or refuse it."""
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code = 503 if event["id"] in server.refused else server.code  # type: ignore[attr-defined]
            if not code:
                self.wfile.write(b"no web server\r\n\r\n")
                return
            if code == 204:
                server.taken.append((dict(self.headers), event))  # type: ignore[attr-defined]
            self.send_response(code)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            """Where a redirection leads: a page for people."""
            server.seen.append(self.path)  # type: ignore[attr-defined]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Desk)
    server.taken, server.refused, server.code, server.seen = [], set(), 204, []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def given(server: HTTPServer, **more: Any) -> Any:
    """The parameters that lead there."""
    return WEBHOOK.parameters.model_validate({"url": f"http://127.0.0.1:{server.server_port}/hook", **more})


def test_each_change_is_an_event(post_office, message, monkeypatch) -> None:
    """It has the attributes of CloudEvents 1.0, the finding as data, and the token and key as headers."""
    monkeypatch.setenv("BOARD_TOKEN", "t0ken")
    keys = list(WEBHOOK.deliver([message("a"), message("b", "resolved")], given(post_office, token_env="BOARD_TOKEN", source="example")))
    assert keys == ["a", "b"]
    (headers, first), (_, second) = post_office.taken
    assert {name: first[name] for name in ("specversion", "id", "source", "type", "subject", "time", "datacontenttype")} == {
        "specversion": "1.0", "id": "a", "source": "example", "type": "org.fidelity-engine.finding.opened",
        "subject": "5f3a9c2e11ab", "time": "2025-11-20T06:00:00+00:00", "datacontenttype": "application/json",
    }  # fmt: skip
    assert (first["data"]["finding"]["value"], first["data"]["finding"]["due"]) == (0.5, "2025-12-01")
    assert (second["type"], second["data"]["before"]) == ("org.fidelity-engine.finding.resolved", "open")
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    assert (headers["Idempotency-Key"], headers["Authorization"]) == ("a", "Bearer t0ken")


def test_what_is_refused_is_told(post_office, message) -> None:
    """Events before the refused one have arrived; the sentence has the status, and not the address."""
    post_office.refused = {"b"}
    arriving = iter(WEBHOOK.deliver([message("a"), message("b"), message("c")], given(post_office)))
    assert next(arriving) == "a"
    with pytest.raises(FidelityError, match="it answered 503") as caught:
        next(arriving)
    assert "/hook" not in str(caught.value)


@pytest.mark.parametrize(("code", "cause"), [(302, "it answered 302"), (0, "BadStatusLine")])
def test_an_answer_that_takes_nothing(code, cause, post_office, message) -> None:
    """A redirection is not followed, since it would drop the event; what is no HTTP is the server's fault, not the plugin's."""
    post_office.code = code
    with pytest.raises(FidelityError, match=cause):
        list(WEBHOOK.deliver([message()], given(post_office)))
    assert post_office.seen == []


def test_without_an_address(message) -> None:
    """No address, or one that is no web address, is one sentence."""
    for parameters in ({}, {"url": "file:///etc/passwd"}):
        with pytest.raises(FidelityError, match="has no address"):
            list(WEBHOOK.deliver([message()], WEBHOOK.parameters.model_validate(parameters)))
