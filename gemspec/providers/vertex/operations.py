"""Runs long-running operations of Vertex AI, and repeats them while another operation holds the resource.

Every operation here may be repeated: a resource that is gone is success. Used by `delete`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.providers.http.api import RefusedError
from gemspec.providers.http.errors import Kind
from gemspec.providers.http.status import clean
from gemspec.providers.http.wire import decode
from gemspec.providers.vertex.wire import messages
from gemspec.providers.vertex.wire.resource_names import location_of

if TYPE_CHECKING:
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.wire.resource_names import Name

PATIENCE = 900.0  # seconds for an operation
BUSY_PATIENCE = 180.0  # seconds to wait for another operation on the resource
SHORTEST, LONGEST = 0.5, 15.0  # seconds between polls
NOT_FOUND, FAILED_PRECONDITION, ABORTED, UNAVAILABLE = 5, 9, 10, 14  # google.rpc.Code
BUSY = (FAILED_PRECONDITION, ABORTED, UNAVAILABLE)

# Sends the request that starts an operation; may be called again. Raises RefusedError.
Begin = Callable[[], Awaitable[bytes]]


class Pauses:
    """Pauses that grow from SHORTEST to LONGEST, for `patience` seconds in total (PATIENCE by default)."""

    def __init__(self, patience: float | None = None) -> None:
        self._until = anyio.current_time() + (PATIENCE if patience is None else patience)
        self._next = SHORTEST

    async def sleep(self) -> bool:
        """Pause; False, without a pause, when the time is up."""
        if anyio.current_time() + self._next > self._until:
            return False
        await anyio.sleep(self._next)
        self._next = min(self._next * 1.5, LONGEST)
        return True


class Operations:
    """Runs operations to their end."""

    def __init__(self, calls: VertexCalls) -> None:
        self._calls = calls

    async def run(self, begin: Begin, name: Name, doing: str) -> None:
        """Start an operation on a resource and wait for its end; `doing` is the verb, such as "deleting".

        Waits while another operation holds the resource. Raises ServiceError when it fails, UnavailableError when it
        takes too long.
        """
        busy = Pauses(BUSY_PATIENCE)
        while True:
            try:
                operation = decode(await begin(), messages.Operation)
            except RefusedError as refused:
                if refused.kind is Kind.NOT_FOUND:
                    return
                if not is_busy(refused) or not await busy.sleep():
                    raise self._calls.error(refused, name, doing) from None
                continue
            error = await self._ended(operation, f"{doing} {name}")
            if error is None or error.code == NOT_FOUND:
                return
            if error.code not in BUSY or not await busy.sleep():
                raise ServiceError(f"{doing} {name}: {clean(error.message) or f'code {error.code}'}", "Run plan again.")

    async def _ended(self, operation: messages.Operation, about: str) -> messages.Status | None:
        """Wait for the end of an operation and give its error. An operation that is no longer known has ended."""
        pauses = Pauses()
        while not operation.done:
            if not await pauses.sleep():
                raise UnavailableError(f"{about}: it takes long", "It goes on. Run the same command again later.")
            calls = self._calls.at(location_of(operation.name))
            body = await calls.find(f"/v1/{operation.name}", about)
            if body is None:
                return None
            operation = decode(body, messages.Operation)
        return operation.error


def is_busy(refused: RefusedError) -> bool:
    """Whether a request was refused because another request holds or has changed the resource."""
    return refused.refusal.status in ("FAILED_PRECONDITION", "ABORTED") or refused.refusal.code in (409, 412)
