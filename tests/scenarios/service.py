"""The emulator in this process, between gemspec and which trouble can be put. Time passes while gemspec waits."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from gemspec.emulator import VertexOptions, create_app

if TYPE_CHECKING:
    from collections.abc import Mapping

TRAINING_SECONDS = 4

# What is no write for `Trouble`: to ask a model; to store data, which may be done twice.
_READS = re.compile(r":generateContent$|^/(upload/)?storage/")

_sleep = anyio.sleep


class Killed(BaseException):
    """The process is gone: it asks nothing more, and leaves everything as it is."""


@dataclass
class Trouble:
    """`killed before` or `killed after` a write, `without answer to` it (which is the service's 503), or `interrupted`
    half way through a training. Writes are counted from 1, for each command again.
    """

    what: str
    write: int = 0


@dataclass
class Service:
    """An ASGI app that comes before the emulator's. `now` is the service's clock, in seconds since 1970; `asked` the
    last question that gemspec asked a model; `refuses` are paths that answer gemspec with a status.
    """

    now: float = 1_700_000_000.0
    options: dict[str, Any] = field(default_factory=dict)
    trouble: Trouble | None = None
    writes: list[str] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)
    refuses: dict[str, int] = field(default_factory=dict)
    _dead: bool = False
    _began: float = 0.0

    @cached_property
    def app(self) -> Any:
        """The emulator; `options` are those of Vertex AI, and count until it is first asked."""
        return create_app(
            None,
            training_seconds=TRAINING_SECONDS,
            clock=lambda: self.now,
            buckets=["my-bucket", "other-bucket"],
            vertex=VertexOptions(**self.options),
        )

    def close(self) -> None:
        self._forget()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def save(self) -> tuple[float, sqlite3.Connection]:
        """The time, and everything that the emulator holds."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.backup(copy)
        return self.now, copy

    def restore(self, saved: tuple[float, sqlite3.Connection]) -> None:
        """Go back to a time."""
        self._forget()
        self.now, copy = saved
        copy.backup(self._connection)

    @property
    def _connection(self) -> sqlite3.Connection:
        return self.app.state.store.database._connection  # to play a story again takes longer than to copy its end

    def _forget(self) -> None:
        """Begin with a new emulator."""
        self._loop.run_until_complete(self._client.aclose())
        self.app.state.store.close()
        del self._client, self.app

    def begin(self, trouble: Trouble | None) -> None:
        """A command begins, with this trouble ahead."""
        self.trouble, self.writes, self._began = trouble, [], self.now

    def end(self) -> None:
        """A command has ended, in whatever way."""
        self.trouble, self._dead = None, False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve gemspec."""
        if self._dead:
            raise Killed
        if status := self.refuses.get(scope["path"]):
            await _refuse(status, send)
            return
        if scope["method"] == "GET" or _READS.search(scope["path"]):
            await self.app(scope, self._overheard(receive) if ":generate" in scope["path"] else receive, send)
            return
        self.writes.append(f"{scope['method']} {scope['path']}")
        match self.trouble:
            case Trouble(what, write) if write == len(self.writes):
                await self._trouble(what, scope, receive, send)
            case _:
                await self.app(scope, receive, send)

    def _overheard(self, receive: Any) -> Any:
        async def overhear() -> Any:
            message = await receive()
            if message["body"]:
                self.asked = json.loads(message["body"])
            return message

        return overhear

    async def sleep(self, seconds: float) -> None:
        """What `anyio.sleep` is to gemspec: nobody waits, and the time has passed."""
        if self.trouble and self.trouble.what == "interrupted" and self.now - self._began > TRAINING_SECONDS / 2:
            os.kill(os.getpid(), signal.SIGINT)
            await _sleep(10)
        self.now += seconds
        await _sleep(0)

    def ask(self, method: str, path: str, body: Any = None, credentials: Mapping[str, str] | None = None) -> Any:
        """Another client's request, which must succeed; its JSON. Bytes are sent as they are."""
        headers = {} if isinstance(body, bytes) else {"content-type": "application/json"}
        headers |= credentials or {}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = self._loop.run_until_complete(self._client.request(method, path, content=content, headers=headers))
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.content

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """Kept, since to make one takes longer than a request."""
        return asyncio.new_event_loop()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://service")

    async def _trouble(self, what: str, scope: Any, receive: Any, send: Any) -> None:
        if what != "killed before":
            await self.app(scope, receive, _nobody)
        if what != "without answer to":
            self._dead = True
            raise Killed
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _refuse(status: int, send: Any) -> None:
    body = {"error": {"code": status, "message": "not today", "errors": [{"reason": "forbidden"}]}}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def _nobody(_message: Any) -> None:
    """Hears an answer that is lost."""
