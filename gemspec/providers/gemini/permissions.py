"""Reads and sets the permissions of a tuned model on the Gemini API. Used by `provider`.

Ownership moves only by transferOwnership, so OWNER is neither reported nor touched. API keys cannot read permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gemspec.domain.errors import ServiceError
from gemspec.domain.model import Permission
from gemspec.providers.gemini import encode as requests, messages
from gemspec.providers.http import errors
from gemspec.providers.http.api import RefusedError
from gemspec.providers.http.errors import Kind
from gemspec.providers.http.status import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.providers.http.api import Calls

Grantee = tuple[str, str]


class Permissions:
    """Reads and sets the permissions of models."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def read(self, name: str) -> list[Permission]:
        """Give the permissions of a model, sorted, without the owner's."""
        found = (_permission(message) for message in (await self._messages(name)).values())
        return sorted(found)

    async def set(self, name: str, wanted: Sequence[Permission]) -> None:
        """Make the permissions equal to `wanted`. Additions come first, so that no user is locked out in between."""
        present = await self._messages(name)
        for permission in wanted:
            message = present.get(_grantee(permission))
            if message is None:
                message = await self._create(name, permission)
            if message and message.role != permission.role:
                await self._change(message.name, permission.role)
        kept = {_grantee(permission) for permission in wanted}
        for grantee, message in present.items():
            if grantee not in kept:
                await self._delete(message.name)

    async def _messages(self, name: str) -> dict[Grantee, messages.Permission]:
        path, about = f"{requests.path(name)}/permissions", f"reading the permissions of {name}"
        pages = self._calls.pages(path, messages.PermissionPage, about)
        found = [message async for page in pages for message in page.permissions]
        if astray := [message.name for message in found if not message.name.startswith(f"{name}/permissions/")]:
            raise ServiceError(f"{about}: the service named {clean(astray[0], 100)}, which is not below it")
        return {_grantee(_permission(message)): message for message in found if message.role != "OWNER"}

    async def _create(self, name: str, permission: Permission) -> messages.Permission | None:
        """Add a permission. Gives the permission that the grantee has already, if so: somebody else has added it, or an
        attempt that got no answer.
        """
        body = {"granteeType": permission.grantee_type, "role": permission.role}
        if permission.email:
            body["emailAddress"] = permission.email
        try:
            await self._calls.attempt("POST", f"{requests.path(name)}/permissions", body=msgspec.json.encode(body))
        except RefusedError as refused:
            if refused.kind is Kind.CONFLICT and (found := (await self._messages(name)).get(_grantee(permission))):
                return found
            about = f"permitting {permission.email or 'everyone'} to use {name}"
            raise errors.service_error(refused.refusal, about) from None
        return None

    async def _change(self, name: str, role: str) -> None:
        body = msgspec.json.encode({"role": role})
        params = {"updateMask": "role"}
        await self._calls.call("PATCH", requests.path(name), f"changing {name}", params=params, body=body)

    async def _delete(self, name: str) -> None:
        try:
            await self._calls.attempt("DELETE", requests.path(name))
        except RefusedError as refused:
            if refused.kind is not Kind.NOT_FOUND:
                raise errors.service_error(refused.refusal, f"deleting {name}") from None


def _permission(message: messages.Permission) -> Permission:
    return Permission(message.grantee_type, message.email_address.lower(), message.role)


def _grantee(permission: Permission) -> Grantee:
    return permission.grantee_type, permission.email
