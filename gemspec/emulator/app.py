"""The ASGI app: which path is served by which handler, under which rpc name; for Vertex AI and Cloud Storage their own
`routes` say it.

Composition root of the emulator; `gemspec.emulator` says how the parts stand together.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from .gemini import base_models, creation, generation, operations, permissions, tuned_models
from .gemini.store import Store
from .kernel.calls import Emulation, Handler, endpoint
from .kernel.clock import Clock
from .kernel.database import Database
from .vertex import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from .faults import Faults

MODEL = "/v1beta/tunedModels/{model}"
PERMISSIONS = f"{MODEL}/permissions"

# Custom verbs (":generateContent") stand before the plain paths that would match them too.
ROUTES: list[tuple[str, str, str, Handler]] = [
    ("POST", "/v1beta/tunedModels", "ModelService.CreateTunedModel", creation.create),
    ("GET", "/v1beta/tunedModels", "ModelService.ListTunedModels", tuned_models.list_models),
    ("POST", f"{MODEL}:transferOwnership", "PermissionService.TransferOwnership", permissions.transfer_ownership),
    ("GET", MODEL, "ModelService.GetTunedModel", tuned_models.get),
    ("PATCH", MODEL, "ModelService.UpdateTunedModel", tuned_models.patch),
    ("DELETE", MODEL, "ModelService.DeleteTunedModel", tuned_models.delete),
    ("POST", PERMISSIONS, "PermissionService.CreatePermission", permissions.create),
    ("GET", PERMISSIONS, "PermissionService.ListPermissions", permissions.list_permissions),
    ("GET", f"{PERMISSIONS}/{{permission}}", "PermissionService.GetPermission", permissions.get),
    ("PATCH", f"{PERMISSIONS}/{{permission}}", "PermissionService.UpdatePermission", permissions.patch),
    ("DELETE", f"{PERMISSIONS}/{{permission}}", "PermissionService.DeletePermission", permissions.delete),
    ("POST", "/v1/tunedModels/{model}/operations/{operation}:cancel", "Operations.CancelOperation", operations.cancel),
]
# What v1 has too.
SHARED_ROUTES: list[tuple[str, str, str, Handler]] = [
    ("GET", "/models", "ModelService.ListModels", base_models.list_models),
    ("GET", "/models/{model}", "ModelService.GetModel", base_models.get),
    ("GET", "/tunedModels/{model}/operations", "Operations.ListOperations", operations.list_operations),
    ("GET", "/tunedModels/{model}/operations/{operation}", "Operations.GetOperation", operations.get),
    *(
        ("POST", f"/{collection}/{{model}}:{verb}", f"GenerativeService.{verb[0].upper()}{verb[1:]}", make(answer))
        for collection, answer in (("tunedModels", generation.tuned_answer), ("models", generation.base_answer))
        for verb, make in (("generateContent", generation.generate), ("streamGenerateContent", generation.stream))
    ),
]


def create_app(
    database: Path | None = None,
    *,
    training_seconds: float = 4.0,
    clock: Callable[[], float] = time.time,
    buckets: Iterable[str] = (),
    vertex: Options | None = None,
    faults: Any = None,
) -> Starlette:
    """The emulator as an ASGI app; needs no lifespan events. Its Store is `app.state.store`.

    database: the SQLite file (made if need be); None keeps everything in memory, private to this app.
    training_seconds: how long a training takes that is created through this app; 0 is instant.
    clock: seconds since 1970; apps on the same database should agree on it.
    buckets: names of Cloud Storage buckets to be made, where they are not there yet.
    vertex: what can be chosen of Vertex AI.
    faults: what is to go wrong, as a fault file says it (see `.faults`); even {} has the emulator serve their requests.
    Raises DatabaseUnusableError, BucketNameError, FaultsError.
    """
    faulty = None if faults is None else _faulty(faults)
    opened = Database(database)
    store = Store(opened)
    time_now = Clock(clock)
    emulation = Emulation(
        database=opened,
        store=store,
        training_microseconds=round(training_seconds * 1_000_000),
        now=lambda: round(time_now() * 1_000_000),
        options=vertex or Options(),
        faults=faulty,
    )
    if buckets:
        from .storage.buckets import make_buckets

        make_buckets(emulation, buckets)
    app = Starlette(routes=_routes(emulation), exception_handlers={404: _no_such_page, 405: _no_such_page})
    app.router.redirect_slashes = False
    app.state.store = store
    if faulty:
        _add_faults(app, emulation, faulty, time_now)
    return app


def _faulty(faults: Any) -> Faults:
    from .faults import Faults, read

    return Faults(read(faults))


def _add_faults(app: Starlette, emulation: Emulation, faults: Faults, clock: Clock) -> None:
    from .faults.admin_api import routes
    from .faults.middleware import FaultyApp

    app.routes.extend(routes(emulation, faults, clock))
    app.add_middleware(FaultyApp, faults=faults)


def _routes(emulation: Emulation) -> list[Route]:
    served = [*ROUTES, *((m, f"/{v}{path}", name, h) for v in ("v1beta", "v1") for m, path, name, h in SHARED_ROUTES)]
    gemini = [Route(path, endpoint(emulation, name, h), methods=[method]) for method, path, name, h in served]
    vertex, storage = _Later(lambda: _vertex(emulation)), _Later(lambda: _storage(emulation))
    others = [("/v1/projects", vertex), *((path, storage) for path in ("/storage", "/upload", "/download"))]
    return [*gemini, *(Route(f"{path}/{{_:path}}", service) for path, service in others)]


class _Later:
    """A service of which nothing is loaded before the first request to it: most have no use for all three."""

    def __init__(self, make: Callable[[], list[Route]]) -> None:
        self._make = make
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._router is None:
            self._router = Router(self._make(), redirect_slashes=False)
        await self._router(scope, receive, send)


def _vertex(emulation: Emulation) -> list[Route]:
    from .vertex.routes import routes

    return routes(emulation)


def _storage(emulation: Emulation) -> list[Route]:
    from .storage.routes import routes

    return routes(emulation)


def _no_such_page(request: Request, error: Exception) -> Response:
    """A path or method that the API does not have: Google's front end answers with a page, not with JSON."""
    page = "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> That's an error.</html>"
    return HTMLResponse(page, 404)
