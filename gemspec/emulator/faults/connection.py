"""Connections that faults can break: how uvicorn tells `happening` which one a request came by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from .middleware import CONNECTION

if TYPE_CHECKING:
    import asyncio


class Breakable(H11Protocol):
    """HTTP/1.1 over one connection, which stands in the scope of each of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent has it
        """Wraps the app of this connection."""
        super().connection_made(transport)
        app = self.app

        async def tell(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, CONNECTION: transport}, receive, send)

        self.app = tell
