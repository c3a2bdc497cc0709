"""An emulator behind a network that fails on request: before a request arrives, or after it took effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from gemspec.providers.http import session as http
from gemspec.providers.http.auth import Fixed
from gemspec.providers.http.endpoints import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE, AFTER = "before", "after"  # where a connection breaks
Fault = str | int | httpx.Response | None


class Network(httpx.AsyncBaseTransport):
    """Passes requests on to an app. `fail` says of each what becomes of it: BEFORE, AFTER, a status or an answer in its
    place, or None. `log` holds "METHOD path" of all of them.
    """

    def __init__(self, app: Any) -> None:
        self._app = httpx.ASGITransport(app)
        self.fail: Callable[[httpx.Request], Fault] = lambda _request: None
        self.requests: list[httpx.Request] = []

    @property
    def log(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def session(self) -> http.Session:
        client = http.client(Endpoint("https://emulated.googleapis.com", is_loopback=False), self)
        return http.Session(client, Fixed("access token", {"authorization": "Bearer token"}))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.fail(request)
        if fault == BEFORE:
            raise httpx.ConnectError("no route")
        if isinstance(fault, int):
            return httpx.Response(fault, request=request)
        if isinstance(fault, httpx.Response):
            return fault
        response = await self._app.handle_async_request(request)
        if fault == AFTER:
            await response.aread()
            raise httpx.ReadError("cut")
        return response


def once(fault: Fault, method: str, words: str = "", *, times: int = 1) -> Callable[[httpx.Request], Fault]:
    """Make a `fail` that hits the first requests of this method whose address holds these words."""
    left = [fault] * times

    def fail(request: httpx.Request) -> Fault:
        hit = request.method == method and words in str(request.url)
        return left.pop() if hit and left else None

    return fail
