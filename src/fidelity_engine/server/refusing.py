"""What the service refuses before a door sees it: bodies that are too large, and questions that do not fit."""

from __future__ import annotations

import json
from typing import Any

from fastapi import HTTPException, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 100_000
"""Of a body; a decision has a few hundred."""


class Bounded:
    """ASGI middleware: no more of a body is held in memory than is allowed, whoever sends it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, counting what is received."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise HTTPException(413, f"The body is larger than {MOST_BYTES:,} bytes.")
            return message

        await self.app(scope, counted, send)


async def misfit(_: Request, error: Any) -> Response:
    """What does not fit, and where it stands. What was sent is not sent back: JSON may not hold all of it, such as NaN or half a character."""
    told = [{name: one[name] for name in ("type", "loc", "msg")} for one in error.errors()]
    return Response(json.dumps({"detail": told}), 422, media_type="application/json")
