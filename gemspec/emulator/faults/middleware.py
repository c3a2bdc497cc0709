"""Injects faults: an ASGI middleware around the emulator's app.

`server` puts the connection of a request into its scope, so that it can be ended. In process (httpx.ASGITransport)
there is no connection: the app raises ConnectionResetError instead.
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
from .error_responses import PAGE, error_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .rules import Faults, Strike

CONNECTION = "gemspec.emulator.connection"  # in the scope: the asyncio.Transport of a request
PIECES = 10  # of a body that trickles


@dataclass(slots=True)
class _Answer:
    """The answer of the emulator, collected from its ASGI messages."""

    status: int = 500
    headers: MutableHeaders = field(default_factory=MutableHeaders)
    body: bytes = b""

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], MutableHeaders(raw=list(message.get("headers", ())))
        else:
            self.body += message.get("body", b"")

    def with_body(self, body: bytes, length: int | None = None, status: int | None = None) -> _Answer:
        """The same with another body; `length` is the Content-Length, if it is not the body's."""
        headers = MutableHeaders(raw=list(self.headers.raw))
        headers["content-length"] = str(len(body) if length is None else length)
        return _Answer(status or self.status, headers, body)

    async def send(self, send: Send) -> None:
        await self.start(send)
        await send({"type": "http.response.body", "body": self.body})

    async def start(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers.raw})


class FaultyApp:
    """The app, with faults for some of its requests."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        scope, leads_back = pages.with_true_token(scope)
        strike = self._faults.strike(scope["method"], scope["path"])
        if strike is not None:
            with self._faults.under_way():
                await _Request(self._app, scope, receive, send).inject(strike)
        elif leads_back:
            await _Request(self._app, scope, receive, send).repeat_page()
        else:
            await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Request:
    """A request, and the app that answers it."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    async def inject(self, strike: Strike) -> None:
        """Answers with a fault."""
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
                await _Answer(200, MutableHeaders({"content-type": "text/html"})).with_body(PAGE).send(self.send)
            case _:
                await self._refuse(strike)

    async def repeat_page(self) -> None:
        """Answers with a page that leads back to itself; an error is answered as it is."""
        answer = await self._answer()
        if answer.status == 200:
            answer = answer.with_body(pages.leading_back(self.scope, answer.body))
        await answer.send(self.send)

    async def _read(self) -> _Request:
        """The same request with its body read: it takes effect also when the client has hung up."""
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
        status, kind, body = error_response(strike, self.scope["path"])
        headers = MutableHeaders({"content-type": kind})
        if strike.rule.retry_after is not None:
            headers["retry-after"] = str(strike.rule.retry_after)
        await _Answer(status, headers).with_body(body).send(self.send)

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
        """Answers with half a body; its Content-Length is that of the whole body if it `lies`."""
        body = answer.body or b"{}"
        status = 200 if answer.status in (204, 304) else answer.status  # these have no body
        half = answer.with_body(body[: len(body) // 2], len(body) if lies else None, status)
        if not lies:
            await half.send(self.send)
            return
        await half.start(self.send)
        await self.send({"type": "http.response.body", "body": half.body, "more_body": True})
        await self._hang_up(flushed=True)

    async def _hang_up(self, *, reset: bool = False, flushed: bool = False) -> None:
        """Ends the connection; `flushed` sends what is buffered first."""
        connection: asyncio.Transport | None = self.scope.get(CONNECTION)
        if connection is None:
            raise ConnectionResetError("the emulator hangs up, as its fault file says")
        if reset:
            # A socket that is closed with a linger time of 0 sends a reset.
            connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if flushed:
            connection.close()
        else:
            connection.abort()
        # uvicorn answers 500 if the app returns before it has seen the end of its connection.
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _json(body: bytes) -> _Answer:
    return _Answer(200, MutableHeaders({"content-type": "application/json; charset=UTF-8"})).with_body(body)
