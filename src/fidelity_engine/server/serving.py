"""The application on a port of this machine."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fidelity_engine.errors import FidelityError


def serve(app: Any, host: str, port: int) -> None:
    """Answer until stopped, which is how a service ends. Raises FidelityError where the port cannot be had."""
    import uvicorn

    try:
        server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_config=None, server_header=False, access_log=False))
        with suppress(KeyboardInterrupt):          # what stopped it is raised again once it has ended in order
            server.run()
    except SystemExit:
        raise FidelityError(f"{host}:{port} cannot be listened on", "--port", "Is it taken? Name another port.") from None
