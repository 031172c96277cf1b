"""What did not arrive waits, and is tried again under the same key."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from fidelity_engine.store.tables import OUTBOX, RUN

from .conftest import District
from .test_life import rows

Store = Callable[[], str | None]


class Board:
    """A place for messages that may listen or not; `got`: key and body of each that came."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self.port = server.server_address[1]
        server.server_close()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """For a while there is somebody."""
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                got.append((self.headers["Idempotency-Key"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        with HTTPServer(("127.0.0.1", self.port), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield
            server.shutdown()


@pytest.fixture
def board(district: District) -> Board:
    """The district tells it what changes; in the third week g1 does not meet."""
    board = Board()
    notify = f'notify:\n  board: {{kind: webhook, url: "http://127.0.0.1:{board.port}/", source: small}}\n'
    district.rules.write_text(district.rules.read_text("utf-8") + notify, "utf-8")
    district.meetings -= {("g1", 2)}
    district.write()
    return board


def test_undelivered_is_tried_again(district: District, board: Board, store: Store) -> None:
    """Nobody listens: exit 4, and the run is kept. With the next run it arrives, under the key it had, and only once."""
    assert int(district.night(1, store=store()).exit_code) == 0
    ran = district.night(2, store=store())
    assert int(ran.exit_code) == 4 and ran.kept
    (said,) = ran.undelivered
    assert said.endswith(" 1 message waits for the next run.")
    (row,) = rows(district, OUTBOX, store())
    assert (row["tries"], row["delivered"]) == (1, None)
    with board.listening():
        assert [int(district.night(2, store=store()).exit_code) for _ in range(2)] == [0, 0]
    ((key, body),) = board.got
    assert key == row["key"] and body["data"]["finding"]["finding_id"] == row["finding_id"]
    (row,) = rows(district, OUTBOX, store())
    assert row["tries"] == 2 and row["delivered"] is not None


def test_it_waits_in_order_with_the_address_of_its_owner(district: District, board: Board) -> None:
    """What was to be told first comes first, and each message knows where its owner is reached."""
    district.rules.write_text(district.rules.read_text("utf-8").replace("decisions:", "owners: owners.csv\ndecisions:"), "utf-8")
    (district.folder / "owners.csv").write_text("role,school,name,address\nimprovement-lead,lincoln,Ada,ada@example.org\n", "utf-8")
    for week in (1, 2, 3):
        district.night(week)
    assert [(row["payload"]["change"], row["payload"]["address"]) for row in rows(district, OUTBOX)] == [
        ("opened", "ada@example.org"), ("resolved", "ada@example.org")]  # fmt: skip
    with board.listening():
        district.night(3)
    assert [key[-2:] for key, _ in board.got] == ["-1", "-2"]


def test_what_is_not_told_is_not_sent(district: District, board: Board) -> None:
    """What had ended before the first run waits in no outbox."""
    assert district.night(4).undelivered == [] and rows(district, OUTBOX) == []


@pytest.mark.parametrize(("step", "came"), [("deliver", 0), ("arrived", 1)])
def test_a_run_that_ends_while_it_delivers(
    district: District, board: Board, store: Store, step: str, came: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept. What had not been sent, or had and was not written down, comes with the next run, under the same key."""

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    district.night(1, store=store())
    with board.listening():
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(f"fidelity_engine.run.{step}", stopped)
            district.night(2, store=store())
        assert len(board.got) == came and len(rows(district, RUN, store())) == 2
        assert [int(district.night(2, store=store()).exit_code) for _ in range(2)] == [0, 0]
    (row,) = rows(district, OUTBOX, store())
    assert [key for key, _ in board.got] == [row["key"]] * (came + 1) and row["delivered"] is not None
