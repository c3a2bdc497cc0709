"""Makes faults happen: an ASGI app around the emulator's.

A connection can end only where there is one: `server` puts it into the scope. In process (httpx.ASGITransport) a
ConnectionResetError leaves the app instead.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from . import pages
from .admin_api import PREFIX
from .error_responses import PAGE, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .rules import Faults, Strike

CONNECTION = "gemspec.emulator.connection"  # in the scope: the asyncio.Transport that a request came by
PIECES = 10  # of a body that trickles


@dataclass(slots=True)
class _Answer:
    """An answer as the emulator gives it."""

    status: int = 500
    headers: MutableHeaders = field(default_factory=MutableHeaders)
    body: bytes = b""

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], MutableHeaders(raw=list(message.get("headers", ())))
        else:
            self.body += message.get("body", b"")

    def garbled(self, body: bytes, length: int | None = None, status: int | None = None) -> _Answer:
        """The same with another body, which claims to be `length` long."""
        headers = MutableHeaders(raw=list(self.headers.raw))
        headers["content-length"] = str(len(body) if length is None else length)
        return _Answer(status or self.status, headers, body)

    async def send(self, send: Send) -> None:
        await self.start(send)
        await send({"type": "http.response.body", "body": self.body})

    async def start(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers.raw})


class FaultyApp:
    """An app whose requests meet with faults."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        scope, leads_back = pages.led_on(scope)
        strike = self._faults.strike(scope["method"], scope["path"])
        if strike is not None:
            with self._faults.happening():
                await _Request(self._app, scope, receive, send).meet(strike)
        elif leads_back:
            await _Request(self._app, scope, receive, send).repeat_page()
        else:
            await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request, and the app that answers it when it is let through."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    async def meet(self, strike: Strike) -> None:
        """Lets a fault happen to it."""
        if strike.after:
            answer = await self._answer()
        match strike.fault:
            case "dropped" | "reset":
                await self._hang_up(reset=strike.fault == "reset")
            case "slow":
                late = self if strike.after else await self._read()
                await asyncio.sleep(strike.rule.seconds)
                await (answer if strike.after else await late._answer()).send(self.send)
            case "trickle":
                await self._trickle(await self._answer(), strike.rule.seconds)
            case "cut" | "halfJson":
                await self._halve(await self._answer(), lies=strike.fault == "cut")
            case "emptyPage":
                await _json(pages.empty(self.scope)).send(self.send)
            case "repeatedPage":
                await self.repeat_page()
            case "notJson":
                await _Answer(200, MutableHeaders({"content-type": "text/html"})).garbled(PAGE).send(self.send)
            case _:
                await self._refuse(strike)

    async def repeat_page(self) -> None:
        """Answers with a page that leads back to itself; what is no page is answered as it is."""
        answer = await self._answer()
        if answer.status == 200:
            answer = answer.garbled(pages.leading_back(self.scope, answer.body))
        await answer.send(self.send)

    async def _read(self) -> _Request:
        """The same request with its body at hand: it takes effect also when nobody waits for the answer any more."""
        body, more = b"", True
        while more:
            message = await self.receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        messages = iter([{"type": "http.request", "body": body}])

        async def receive() -> Message:
            return next(messages, {"type": "http.disconnect"})

        return replace(self, receive=receive)

    async def _answer(self) -> _Answer:
        answer = _Answer()

        async def keep(message: Message) -> None:
            answer.take(message)

        await self.app(self.scope, self.receive, keep)
        return answer

    async def _refuse(self, strike: Strike) -> None:
        status, kind, body = refusal(strike, self.scope["path"])
        headers = MutableHeaders({"content-type": kind})
        if strike.rule.retry_after is not None:
            headers["retry-after"] = str(strike.rule.retry_after)
        await _Answer(status, headers).garbled(body).send(self.send)

    async def _trickle(self, answer: _Answer, seconds: float) -> None:
        await answer.start(self.send)
        size = -(-len(answer.body) // PIECES) or 1
        for start in range(0, len(answer.body), size):
            await asyncio.sleep(seconds / PIECES)
            await self.send(
                {"type": "http.response.body", "body": answer.body[start : start + size], "more_body": True}
            )
        await self.send({"type": "http.response.body"})

    async def _halve(self, answer: _Answer, *, lies: bool) -> None:
        """Answers with half a body, which says so in its length or `lies`."""
        body = answer.body or b"{}"
        status = 200 if answer.status in (204, 304) else answer.status  # those have no body to be cut
        half = answer.garbled(body[: len(body) // 2], len(body) if lies else None, status)
        if not lies:
            await half.send(self.send)
            return
        await half.start(self.send)
        await self.send({"type": "http.response.body", "body": half.body, "more_body": True})
        await self._hang_up(flushed=True)

    async def _hang_up(self, *, reset: bool = False, flushed: bool = False) -> None:
        """Ends the connection, what was sent before it or not."""
        connection: asyncio.Transport | None = self.scope.get(CONNECTION)
        if connection is None:
            raise ConnectionResetError("the emulator hangs up, as its fault file says")
        if reset:
            # What is closed with a linger time of 0 is reset.
            connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if flushed:
            connection.close()
        else:
            connection.abort()
        # The server answers 500 for an app that returns before it has seen the end of its connection.
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _json(body: bytes) -> _Answer:
    return _Answer(200, MutableHeaders({"content-type": "application/json; charset=UTF-8"})).garbled(body)
