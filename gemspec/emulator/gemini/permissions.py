"""The methods of tunedModels/ID/permissions, and transferOwnership.

Writers and the owner share a model ("writer has reader's permissions and additionally can edit and share"); readers
do not see its permissions, by the strict reading. The owner's permission moves only by transferOwnership.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, Violation, bad_request, invalid
from ..kernel.paging import read_page
from ..kernel.reading import read_mask
from . import store
from .messages import (
    EMPTY,
    LIST_PERMISSIONS_RESPONSE,
    NO_PARAMETERS,
    PAGE_PARAMETERS,
    PERMISSION,
    TRANSFER_OWNERSHIP_REQUEST,
    UPDATE_PARAMETERS,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
    from .store import GeminiCall, Grant, StoredModel

DEFAULT_PAGE = 10


def create(call: GeminiCall) -> Response:
    """POST .../permissions. Raises ApiError: 400, or 409 where the grantee has a permission already."""
    call.parameters(NO_PARAMETERS)
    wanted = call.message(PERMISSION, "permission")
    if problems := _check(wanted):
        raise bad_request(problems)
    grantee_type, email = wanted["grantee_type"], wanted.get("email_address", "").lower() or None
    with call.database.transaction(write=True):
        model = store.find_model(call, store.EDIT)
        if any((grant.grantee_type, grant.email) == (grantee_type, email) for grant in call.service.grants(model)):
            raise ApiError("ALREADY_EXISTS", f"A permission for this grantee already exists on {model.name}.")
        grant = call.service.set_grant(model, _grant_id(grantee_type, email), grantee_type, email, wanted["role"])
    return call.answer(PERMISSION, _value(model, grant))


def list_permissions(call: GeminiCall) -> Response:
    """GET .../permissions: a page of them, the owner's first."""
    parameters = call.parameters(PAGE_PARAMETERS)
    scope = f"permissions {call.path['model']}"
    with call.database.transaction():
        model = store.find_model(call, store.EDIT)
        page = read_page(parameters, scope, DEFAULT_PAGE, partial(call.service.grants, model))
    value: Value = {"permissions": [_value(model, grant) for grant in page.rows], "next_page_token": page.token}
    return call.answer(LIST_PERMISSIONS_RESPONSE, value)


def get(call: GeminiCall) -> Response:
    """GET .../permissions/PERM."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        model = store.find_model(call, store.EDIT)
        grant = _find_grant(call, model)
    return call.answer(PERMISSION, _value(model, grant))


def patch(call: GeminiCall) -> Response:
    """PATCH .../permissions/PERM?updateMask=role: the mask is required, and only role may be in it."""
    mask: str = call.parameters(UPDATE_PARAMETERS).get("update_mask", "")
    if not mask:
        raise invalid("update_mask", "update_mask is required.")
    read_mask(mask, ("role",))
    role = call.message(PERMISSION, "permission").get("role", "ROLE_UNSPECIFIED")
    if problems := _check_role(role):
        raise bad_request(problems)
    with call.database.transaction(write=True):
        model = store.find_model(call, store.EDIT)
        grant = _find_changeable_grant(call, model)
        grant = call.service.set_grant(model, grant.id, grant.grantee_type, grant.email, role)
    return call.answer(PERMISSION, _value(model, grant))


def delete(call: GeminiCall) -> Response:
    """DELETE .../permissions/PERM."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        model = store.find_model(call, store.EDIT)
        call.service.delete_grant(_find_changeable_grant(call, model))
    return call.answer(EMPTY, {})


def transfer_ownership(call: GeminiCall) -> Response:
    """POST /v1beta/tunedModels/ID:transferOwnership: the old owner becomes a writer. Only for the owner."""
    call.parameters(NO_PARAMETERS)
    email: str = call.message(TRANSFER_OWNERSHIP_REQUEST).get("email_address", "").lower()
    if "@" not in email:
        raise invalid("email_address", "email_address must be the email address of a user.")
    with call.database.transaction(write=True):
        model = store.find_model(call, store.OWN)
        _hand_over(call, model, email)
    return call.answer(EMPTY, {})


def _hand_over(call: GeminiCall, model: StoredModel, email: str) -> None:
    if email == call.caller:
        return
    for grant in list(call.service.grants(model)):
        if grant.id == store.OWNER_GRANT_ID or (grant.grantee_type, grant.email) == ("USER", email):
            call.service.delete_grant(grant)
    call.service.set_grant(model, store.OWNER_GRANT_ID, "USER", email, "OWNER")
    call.service.set_grant(model, _grant_id("USER", call.caller), "USER", call.caller, "WRITER")


def _check(permission: Value) -> list[Violation]:
    grantee_type = permission.get("grantee_type", "GRANTEE_TYPE_UNSPECIFIED")
    email = permission.get("email_address", "")
    problems = _check_role(permission.get("role", "ROLE_UNSPECIFIED"))
    if grantee_type == "GRANTEE_TYPE_UNSPECIFIED":
        problems.append(Violation("permission.grantee_type", "permission.grantee_type is required."))
    elif grantee_type == "EVERYONE" and email:
        problems.append(_email_problem("must not be set where grantee_type is EVERYONE"))
    elif grantee_type != "EVERYONE" and "@" not in email:
        problems.append(_email_problem(f"must be an email address where grantee_type is {grantee_type}"))
    return problems


def _email_problem(must: str) -> Violation:
    return Violation("permission.email_address", f"permission.email_address {must}.")


def _check_role(role: str) -> list[Violation]:
    if role in ("WRITER", "READER"):
        return []
    how = "moves only by transferOwnership" if role == "OWNER" else "is not a role"
    return [Violation("permission.role", f"permission.role must be WRITER or READER: {role} {how}.")]


def _find_grant(call: GeminiCall, model: StoredModel) -> Grant:
    permission_id = call.path["permission"]
    grant = call.service.grant(model, permission_id)
    if grant is None:
        raise ApiError("NOT_FOUND", f"Permission {model.name}/permissions/{permission_id} does not exist.")
    return grant


def _find_changeable_grant(call: GeminiCall, model: StoredModel) -> Grant:
    grant = _find_grant(call, model)
    if grant.role == "OWNER":
        raise invalid("permission.role", "The owner's permission moves only by transferOwnership.")
    return grant


def _grant_id(grantee_type: str, email: str | None) -> str:
    """`everyone`, else a long number, as the service makes them; the same for the same grantee."""
    if email is None:
        return "everyone"
    digest = hashlib.sha256(f"{grantee_type} {email}".encode()).digest()
    return f"1{int.from_bytes(digest[:8], 'big'):020d}"


def _value(model: StoredModel, grant: Grant) -> Value:
    return {
        "name": f"{model.name}/permissions/{grant.id}",
        "grantee_type": grant.grantee_type,
        "email_address": grant.email,
        "role": grant.role,
    }
