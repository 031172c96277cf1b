"""`--ping`: a watchdog on this machine hears that a run began and how it ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code

RULES = str(Path(__file__).parent.parent.parent / "docs/demonstration/rules.yaml")


@pytest.fixture
def watchdog() -> Iterator[HTTPServer]:
    """A server that keeps the paths it is asked for, in `heard`."""

    class Ear(BaseHTTPRequestHandler):
        """Hears."""

        def do_POST(self) -> None:
            """Keep the path."""
            server.heard.append(self.path)  # type: ignore[attr-defined]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    server.heard = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("rules", "options", "code"), [
    (RULES, ["--no-store"], 0), (RULES, ["--no-store", "--fail-on", "missed"], 1), ("nowhere.yaml", [], 2),
])  # fmt: skip
def test_a_watchdog_hears_the_exit_code(rules: str, options: list[str], code: int, watchdog: HTTPServer) -> None:
    """First /start, then the exit code, also of a run that ended with a mistake of the user's."""
    url = f"http://127.0.0.1:{watchdog.server_port}/ping/abc"
    assert exit_code(["run", rules, "--ping", url, *options]) == code
    assert watchdog.heard == ["/ping/abc/start", f"/ping/abc/{code}"]  # type: ignore[attr-defined]


def test_a_watchdog_that_is_away_changes_nothing() -> None:
    """The run goes on and ends as it would."""
    assert exit_code(["run", RULES, "--no-store", "--ping", "http://127.0.0.1:1/x"]) == 0


def test_an_address_with_a_space_changes_nothing() -> None:
    """What no request can be made of is a line in the log, too."""
    assert exit_code(["run", RULES, "--no-store", "--ping", "http://127.0.0.1:1/a b"]) == 0


def test_no_web_address(capsys: pytest.CaptureFixture[str]) -> None:
    """Something else than a web address is told before anything runs."""
    assert exit_code(["run", RULES, "--ping", "file:///tmp/x"]) == 2
    assert "is no web address" in capsys.readouterr().err
