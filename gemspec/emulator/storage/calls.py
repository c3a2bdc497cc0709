"""A request to Cloud Storage on its way to a handler, and the answer or error on its way back.

Between `routes` and the handlers. Handlers without a body, or with a small body of JSON, are plain functions that run
in a worker thread (`plain`); uploads are coroutines that stream the body.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from ..kernel.calls import json_response
from ..kernel.errors import ApiError
from ..kernel.reading import read_body, read_parameters
from ..kernel.writing import write
from .errors import StorageError, invalid

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..kernel.database import Database
    from ..kernel.emulation import Emulation
    from ..kernel.fields import Message, Value

METADATA_LIMIT = 1024 * 1024  # bytes
SYSTEM_PARAMETERS = frozenset(
    {"alt", "fields", "key", "access_token", "oauth_token", "prettyPrint", "quotaUser", "userIp", "uploadType",
     "upload_id", "$.xgafv", "$alt"}
)  # fmt: skip
# These change what a request does; to ignore them could lose data.
UNSERVED_HEADERS = ("if-match", "if-none-match", "x-goog-encryption-key", "x-goog-copy-source")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `query` has the system's parameters, `pairs` the method's own; header names are in lower case."""

    emulation: Emulation
    path: Mapping[str, str]
    query: Mapping[str, str]
    pairs: list[tuple[str, str]]
    headers: Mapping[str, str]
    base_url: str
    now: int
    stream: Callable[[], AsyncIterator[bytes]]
    body: bytes = b""

    @property
    def database(self) -> Database:
        """The database."""
        return self.emulation.database

    def parameters(self, table: Message) -> Value:
        """The query parameters, by a table. Raises ApiError (400)."""
        return read_parameters(table, self.pairs)

    def answer(self, message: Message, value: Value) -> Response:
        """200 with a resource."""
        return json_response(write(message, value))


Handler: TypeAlias = Callable[[Call], "Response"]
AsyncHandler: TypeAlias = Callable[[Call], Awaitable["Response"]]


def endpoint(emulation: Emulation, handler: AsyncHandler) -> Callable[[Request], Awaitable[Response]]:
    """The ASGI side of a handler."""

    async def respond(request: Request) -> Response:
        try:
            return await handler(_call(emulation, request))
        except StorageError as error:
            return error.response()
        except ApiError as error:
            return invalid(error.message).response()
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            return StorageError(500, "backendError", "Internal error encountered.").response()

    return respond


def plain(handler: Handler) -> AsyncHandler:
    """A handler that is a plain function, with the whole (small) body."""

    async def handle(call: Call) -> Response:
        body = b"".join([chunk async for chunk in limited(call)])
        return await run_in_threadpool(handler, replace(call, body=body))

    return handle


async def limited(call: Call) -> AsyncIterator[bytes]:
    """The body of a request that has metadata alone. Raises StorageError (400) for a body that is too long."""
    length = 0
    async for chunk in call.stream():
        length += len(chunk)
        if length > METADATA_LIMIT:
            raise invalid(f"The metadata is longer than {METADATA_LIMIT} bytes.")
        yield chunk


def read_resource(message: Message, body: bytes) -> Value:
    """A resource in JSON. Raises ApiError (400)."""
    return read_body(message, body, "")


def _call(emulation: Emulation, request: Request) -> Call:
    if request.method != "GET" and "origin" in request.headers:
        # Web pages in a browser on this machine could send requests here.
        raise StorageError(403, "forbidden", "The emulator takes no writes from web pages.")
    for name in UNSERVED_HEADERS:
        if name in request.headers:
            raise invalid(f"The emulator does not serve the header {name}.")
    pairs = request.query_params.multi_items()
    return Call(
        emulation=emulation,
        path=request.path_params,
        query={name: text for name, text in pairs if name in SYSTEM_PARAMETERS},
        pairs=[(name, text) for name, text in pairs if name not in SYSTEM_PARAMETERS],
        headers=request.headers,
        base_url=str(request.base_url).rstrip("/"),
        now=emulation.now(),
        stream=request.stream,
    )
