"""A digest through Apprise, received by a real HTTP server on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from fidelity_engine.builtin.notifiers import APPRISE
from fidelity_engine.errors import FidelityError

PARAMETERS = APPRISE.parameters.model_validate({"urls_env": "ROOMS"})


def test_a_digest_in_a_room(message, monkeypatch) -> None:
    """One text with all messages arrives; their keys count as delivered."""
    taken = []

    class Room(BaseHTTPRequestHandler):
        """Keeps what is said."""

        def do_POST(self) -> None:
            """Keep it."""
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Room)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ROOMS", f"json://127.0.0.1:{server.server_port}/")
    assert list(APPRISE.deliver([message("a"), message("b", "resolved")], PARAMETERS)) == ["a", "b"]
    server.shutdown()
    server.server_close()
    assert len(taken) == 1 and "Grade 3: 1 of 3 meetings." in taken[0]["message"]


@pytest.mark.parametrize(("rooms", "told"), [("", "ROOMS is not set"), ("nothing://at-all", "does not know"), ("json://127.0.0.1:1/", "could not deliver")])
def test_what_goes_wrong(rooms, told, message, monkeypatch) -> None:
    """A variable that is not set, an address nobody knows, a room that does not answer: a sentence each."""
    monkeypatch.setenv("ROOMS", rooms)
    with pytest.raises(FidelityError, match=told):
        list(APPRISE.deliver([message()], PARAMETERS))
