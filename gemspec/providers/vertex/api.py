"""Sends calls to Vertex AI, each to the host of the resource's location. The other modules of this folder use it.

The location is in a resource's name. For newer base models, a model is at another location than its job. An address
that replaces Vertex AI replaces it for all locations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gemspec.providers.http.api import ApiProfile, Calls, RefusedError
from gemspec.providers.http.errors import CLOUD_SCOPE_MISSING, CLOUD_UNAUTHENTICATED, Kind
from gemspec.providers.http.wire import Message, Page, decode
from gemspec.providers.vertex.wire.resource_names import Name, collection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gemspec.domain.errors import ServiceError
    from gemspec.providers.http.session import Session

_GRANT = "Grant these credentials the role roles/aiplatform.user in the project."
# A 403 never counts as absence: a model that seems to be gone would be trained again.
PROFILE = ApiProfile(
    page_size=100,
    absent=frozenset({Kind.NOT_FOUND}),
    hints={
        Kind.SCOPE: CLOUD_SCOPE_MISSING,
        Kind.UNAUTHENTICATED: CLOUD_UNAUTHENTICATED,
        Kind.KEY_UNSUPPORTED: CLOUD_UNAUTHENTICATED,
        Kind.DENIED: _GRANT,
        Kind.HIDDEN: _GRANT,
        Kind.EXHAUSTED: "Too many requests: try again later. What was started goes on, the next run attaches to it.",
        Kind.FOREIGN: "This answer is not Vertex AI's: check --endpoint (GEMSPEC_ENDPOINT) and proxies.",
    },
)


class VertexCalls:
    """Vertex AI by its HTTP methods. `open_session` makes the session for a location; locations may share a session."""

    def __init__(self, open_session: Callable[[str], Session]) -> None:
        self._open = open_session
        self._calls: dict[str, Calls] = {}

    def at(self, location: str) -> Calls:
        """Give the calls of a location's host. Raises ServiceError for what is no location."""
        if location not in self._calls:
            self._calls[location] = Calls(self._open(location), PROFILE)
        return self._calls[location]

    async def find(self, name: Name, kind: type[Message]) -> Message | None:
        """Read a resource; None when it does not exist."""
        body = await self.at(name.location).find(name.path, f"reading {name}")
        return None if body is None else decode(body, kind)

    async def pages(self, project: str, location: str, resources: str, page: type[Page]) -> list[Page]:
        """Read all pages of a collection."""
        about = f"listing the {resources} of {location}"
        pages = self.at(location).pages(collection(project, location, resources), page, about)
        return [page async for page in pages]

    async def versions(self, model: Name, page: type[Page]) -> list[Page]:
        """Read all pages of the versions of a model."""
        path = f"{model.bare.path}:listVersions"
        pages = self.at(model.location).pages(path, page, f"listing the versions of {model.bare}")
        return [page async for page in pages]

    async def patch(self, name: Name, body: Mapping[str, Any], mask: str) -> bytes:
        """Change the fields that the mask names. Raises RefusedError."""
        content = msgspec.json.encode(body)
        return await self.at(name.location).attempt("PATCH", name.path, params={"updateMask": mask}, body=content)

    async def post(self, name: Name, verb: str, body: bytes = b"{}", *, once: bool = False) -> bytes:
        """Call a custom method of a resource, such as `:cancel`. Raises RefusedError."""
        return await self.at(name.location).attempt("POST", f"{name.path}:{verb}", body=body, once=once)

    async def delete(self, name: Name, verb: str = "") -> bytes:
        """Start the deletion of a resource; `verb` is a custom method for it (`deleteVersion`). Raises RefusedError."""
        path = f"{name.path}:{verb}" if verb else name.path
        return await self.at(name.location).attempt("DELETE", path)

    def error(self, refused: RefusedError, name: Name, doing: str) -> ServiceError:
        """Turn a refusal into an error for people; `doing` is the verb, such as "deleting"."""
        return self.at(name.location).error(refused, f"{doing} {name}")

    async def aclose(self) -> None:
        """Close the connections."""
        for calls in self._calls.values():
            await calls.aclose()
