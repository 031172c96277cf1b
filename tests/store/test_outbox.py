"""What did not arrive waits, and is tried again under the same key."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from fidelity_engine.store.tables import OUTBOX

from .conftest import District
from .test_life import rows


def test_undelivered_is_tried_again(district: District, store: Callable[[], str | None]) -> None:
    """Nobody listens: exit 4, and the run is kept. With the next run it arrives, under the key it had, and only once."""
    got: list[tuple[str, dict[str, Any]]] = []

    class Board(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.headers["Idempotency-Key"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Board)
    port = server.server_address[1]
    server.server_close()
    notify = f'notify:\n  board: {{kind: webhook, url: "http://127.0.0.1:{port}/", source: small}}\n'
    district.rules.write_text(district.rules.read_text("utf-8") + notify, "utf-8")
    district.meetings -= {("g1", 2)}
    district.write()
    assert int(district.night(1, store=store()).exit_code) == 0
    ran = district.night(2, store=store())
    assert int(ran.exit_code) == 4 and ran.kept and len(ran.undelivered) == 1
    (row,) = rows(district, OUTBOX, store())
    assert (row["tries"], row["delivered"]) == (1, None)
    with HTTPServer(("127.0.0.1", port), Board) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert [int(district.night(2, store=store()).exit_code) for _ in range(2)] == [0, 0]
        server.shutdown()
    ((key, body),) = got
    assert key == row["key"] and body["data"]["finding"]["finding_id"] == row["finding_id"]
    (row,) = rows(district, OUTBOX, store())
    assert row["tries"] == 2 and row["delivered"] is not None
