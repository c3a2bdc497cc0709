"""Who may do what to a tuned model.

Roles are concentric, as the proto of Permission says: a reader uses a model, a writer also edits and shares it, the
owner also deletes it. Groups have no members here: a permission for a GROUP opens nothing to anyone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import model_forbidden, model_missing

if TYPE_CHECKING:
    from ..kernel.calls import Call
    from .store import StoredModel

READ = frozenset({"OWNER", "WRITER", "READER"})
EDIT = frozenset({"OWNER", "WRITER"})
OWN = frozenset({"OWNER"})

OWNER_GRANT_ID = "owner"  # the id of the permission that every model has


def find(call: Call, roles: frozenset[str]) -> StoredModel:
    """The model that the path names, if the caller has one of the roles. Raises ApiError: 404 where there is none,
    403 without details where it is not the caller's. To be called in a transaction."""
    return find_named(call, f"tunedModels/{call.path['model']}", roles)


def find_named(call: Call, name: str, roles: frozenset[str]) -> StoredModel:
    """As `find`, for a full name."""
    model = call.store.model(name.removeprefix("tunedModels/"))
    if model is None or model.name != name:
        raise model_missing(name)
    if not roles & call.store.roles(model, call.caller):
        raise model_forbidden(name)
    return model
