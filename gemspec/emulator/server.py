"""Serves the emulator over HTTP with uvicorn, for Google's own clients and for curl."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import create_app
from .faults.middleware import CONNECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from starlette.applications import Starlette

    from .vertex import VertexOptions

GRACE_SECONDS = 2  # for requests that are being answered when the server stops


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 over a connection that faults can break: it is in the scope of each of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent has it
        """Wraps the app of this connection."""
        super().connection_made(transport)
        app = self.app

        async def with_connection(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, CONNECTION: transport}, receive, send)

        self.app = with_connection


def serve(
    host: str,
    port: int,
    *,
    database: Path | None,
    training_seconds: float,
    announce: Callable[[str], None],
    buckets: Iterable[str] = (),
    vertex: VertexOptions | None = None,
    faults: Any = None,
) -> None:
    """Serves until SIGINT or SIGTERM, then returns.

    port 0 takes any free port; announce is called with the URL once connections are answered; buckets, vertex and
    faults are those of `create_app`.
    Raises OSError if the address cannot be used, and what `create_app` raises.
    """
    listener = _listen(host, port)
    with contextlib.closing(listener):
        app = create_app(database, training_seconds=training_seconds, buckets=buckets, vertex=vertex, faults=faults)
        server = _Server(_config(app, faults), lambda: announce(_url(listener)))
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            app.state.store.close()


@contextlib.contextmanager
def in_thread(app: Starlette, *, faults: Any = None) -> Iterator[str]:
    """Serves an app of `create_app` on a free port of the loopback interface, in a thread, and gives its URL."""
    with contextlib.closing(_listen("127.0.0.1", 0)) as listener:
        started = threading.Event()
        server = _Server(_config(app, faults), started.set)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        started.wait()
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


def _config(app: Starlette, faults: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="auto" if faults is None else BreakableProtocol,
        log_level="warning",
        access_log=False,
        date_header=False,  # the app has the time of the emulator's own clock
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


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
    """uvicorn's server, with a callback when it listens. It ends on a signal without raising the signal again."""

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
