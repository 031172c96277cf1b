"""What other services may ask over HTTP: read-only, but for one door through which decisions come. Needs the extra `server`."""

from __future__ import annotations

from fidelity_engine.server.app import LOOPBACK, app_of
from fidelity_engine.server.house import House
from fidelity_engine.server.serving import serve

__all__ = ["LOOPBACK", "House", "app_of", "serve"]
