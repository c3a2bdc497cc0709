"""Who may do what to a tuned model.

Roles are concentric, as the proto of Permission says: a reader uses a model, a writer also edits and shares it, the
owner also deletes it. Groups have no members here: a permission for a GROUP opens nothing to anyone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import ApiError

if TYPE_CHECKING:
    from .store import GeminiCall, StoredModel

READ = frozenset({"OWNER", "WRITER", "READER"})
EDIT = frozenset({"OWNER", "WRITER"})
OWN = frozenset({"OWNER"})

OWNER_GRANT_ID = "owner"  # the id of the permission that every model has


def find_model(call: GeminiCall, roles: frozenset[str]) -> StoredModel:
    """The model that the path names, if the caller has one of the roles. To be called in a transaction.

    Raises ApiError: 404 where there is none, 403 without details where the caller has no such role, as recorded.
    """
    return find_named_model(call, f"tunedModels/{call.path['model']}", roles)


def find_named_model(call: GeminiCall, name: str, roles: frozenset[str]) -> StoredModel:
    """As `find_model`, for a full name."""
    model = call.service.model(name.removeprefix("tunedModels/"))
    if model is None or model.name != name:
        raise ApiError("NOT_FOUND", f"Tuned model {name} does not exist.")
    if not roles & call.service.roles(model, call.caller):
        raise ApiError("PERMISSION_DENIED", f"You do not have permission to access tuned model {name}.")
    return model
