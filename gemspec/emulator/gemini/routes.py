"""Which path of the Gemini API is served by which handler, under which rpc name.

list and get of operations are under v1beta and v1, cancel only under v1, as the protos have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import calls
from . import base_models, creation, generation, operations, permissions, tuned_models

if TYPE_CHECKING:
    from starlette.routing import Route

    from ..kernel.calls import Handler
    from ..kernel.emulation import Emulation
    from .store import Store

API = calls.Api(
    host="generativelanguage.googleapis.com",
    package="google.ai.generativelanguage.v1beta",
    takes_key=lambda name: not name.startswith("PermissionService."),
)
MODEL = "/v1beta/tunedModels/{model}"
PERMISSIONS = f"{MODEL}/permissions"

# Custom verbs (":generateContent") come before the plain paths, which would match them too.
ROUTES: list[tuple[str, str, str, Handler[Store]]] = [
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
# Served under v1beta and under v1.
SHARED_ROUTES: list[tuple[str, str, str, Handler[Store]]] = [
    ("GET", "/models", "ModelService.ListModels", base_models.list_models),
    ("GET", "/models/{model}", "ModelService.GetModel", base_models.get),
    ("GET", "/tunedModels/{model}/operations", "Operations.ListOperations", operations.list_operations),
    ("GET", "/tunedModels/{model}/operations/{operation}", "Operations.GetOperation", operations.get),
    *(
        (
            "POST",
            f"/{collection}/{{model}}:{verb}",
            f"GenerativeService.{verb[0].upper()}{verb[1:]}",
            generation.handler(answer, streams=verb.startswith("stream")),
        )
        for collection, answer in (("tunedModels", generation.tuned_answer), ("models", generation.base_answer))
        for verb in ("generateContent", "streamGenerateContent")
    ),
]


def routes(emulation: Emulation, store: Store) -> list[Route]:
    """The routes of the Gemini API."""
    shared = [(m, f"/{v}{path}", name, h) for v in ("v1beta", "v1") for m, path, name, h in SHARED_ROUTES]
    return calls.routes(emulation, API, store, [*ROUTES, *shared])
