"""The ASGI app: composition root of the emulator. `gemspec.emulator` describes its parts."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from .gemini.routes import routes as gemini_routes
from .gemini.store import Store
from .kernel.database import Database
from .kernel.emulation import Clock, Emulation
from .vertex import VertexOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .faults.rules import Faults


def create_app(
    database: Path | None = None,
    *,
    training_seconds: float = 4.0,
    clock: Callable[[], float] = time.time,
    buckets: Iterable[str] = (),
    vertex: VertexOptions | None = None,
    faults: Any = None,
) -> Starlette:
    """The emulator as an ASGI app; needs no lifespan events. Its store of tuned models is `app.state.store`.

    database: the SQLite file, made if it is missing; None keeps everything in memory, private to this app.
    training_seconds: how long a training takes that is created through this app; 0 is instant.
    clock: seconds since 1970; apps on the same database should agree on it.
    buckets: names of Cloud Storage buckets that are made if they are missing.
    vertex: options of Vertex AI.
    faults: the content of a fault file (see `faults`); even {} makes the emulator serve the admin API of faults.
    Raises DatabaseUnusableError, BucketNameError, FaultsError.
    """
    injected = None if faults is None else _faults(faults)
    store = Store(Database(database))
    time_now = Clock(clock)
    emulation = Emulation(
        database=store.database,
        training_microseconds=round(training_seconds * 1_000_000),
        now=time_now.microseconds,
        faults=injected,
    )
    if buckets:
        from .storage.buckets import make_buckets

        make_buckets(emulation, buckets)
    routes = _routes(emulation, store, vertex or VertexOptions())
    app = Starlette(routes=routes, exception_handlers={404: _no_such_page, 405: _no_such_page})
    app.router.redirect_slashes = False
    app.state.store = store
    if injected:
        _add_faults(app, emulation, injected, time_now)
    app.add_middleware(_Dated, clock=time_now)
    return app


class _Dated:
    """Adds the header Date to every answer, by the emulator's clock: callers judge ages by it."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app, self._clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._clock(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date)]}
            await send(message)

        await self._app(scope, receive, dated)


def _faults(tree: Any) -> Faults:
    from .faults.config import read_rules
    from .faults.rules import Faults

    return Faults(read_rules(tree))


def _add_faults(app: Starlette, emulation: Emulation, faults: Faults, clock: Clock) -> None:
    from .faults.admin_api import Admin, routes
    from .faults.middleware import FaultyApp

    store: Store = app.state.store
    app.routes.extend(routes(emulation, Admin(faults, clock, lambda: _trainings_started(store))))
    app.add_middleware(FaultyApp, faults=faults)


def _trainings_started(store: Store) -> dict[str, int]:
    from .vertex.jobs import count_jobs

    return {"geminiTrainings": store.trainings_started(), "vertexTrainings": count_jobs(store.database)}


def _routes(emulation: Emulation, store: Store, options: VertexOptions) -> list[Route]:
    vertex, storage = _Lazy(lambda: _vertex(emulation, options)), _Lazy(lambda: _storage(emulation))
    others = [("/v1/projects", vertex), *((path, storage) for path in ("/storage", "/upload", "/download"))]
    return [*gemini_routes(emulation, store), *(Route(f"{path}/{{_:path}}", service) for path, service in others)]


class _Lazy:
    """A service that is loaded by the first request to it: most callers do not use all three services."""

    def __init__(self, make_routes: Callable[[], list[Route]]) -> None:
        self._make_routes = make_routes
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._router is None:
            self._router = Router(self._make_routes(), redirect_slashes=False)
        await self._router(scope, receive, send)


def _vertex(emulation: Emulation, options: VertexOptions) -> list[Route]:
    from .vertex.routes import routes

    return routes(emulation, options)


def _storage(emulation: Emulation) -> list[Route]:
    from .storage.routes import routes

    return routes(emulation)


def _no_such_page(request: Request, error: Exception) -> Response:
    """A path or method that the API does not have: Google's front end answers with a page, not with JSON."""
    page = "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> That's an error.</html>"
    return HTMLResponse(page, 404)
