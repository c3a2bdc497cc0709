"""Serves the emulator over HTTP with uvicorn, for Google's own clients and for curl."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from .app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .vertex import Options

GRACE_SECONDS = 2  # for requests under way when asked to stop


def serve(
    host: str,
    port: int,
    *,
    database: Path | None,
    training_seconds: float,
    announce: Callable[[str], None],
    buckets: Iterable[str] = (),
    vertex: Options | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM, then returns.

    port 0 takes any free one; announce is called with the URL once connections are answered; buckets and vertex are
    those of `create_app`.
    Raises OSError where the address cannot be had, and what `create_app` raises.
    """
    listener = _listen(host, port)
    with contextlib.closing(listener):
        app = create_app(database, training_seconds=training_seconds, buckets=buckets, vertex=vertex)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=GRACE_SECONDS
        )
        server = _Server(config, lambda: announce(_url(listener)))
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            app.state.store.close()


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn's server, but it says when it listens, and returns when stopped instead of raising the signal again."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
