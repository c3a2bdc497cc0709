"""A request on its way to a handler (the caller, the query, the body) and the answer or error on its way back.

Between the `routes` of a service and its handlers: plain functions `Call -> Response` that run in a worker thread and
raise ApiError. Any other exception becomes 500 here, so that no traceback leaves the emulator. Cloud Storage has calls
of its own (`storage.calls`), with handlers that may stream.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from .errors import (
    ApiError,
    api_key_invalid,
    api_key_unsupported,
    credentials_unreadable,
    internal,
    invalid,
    payload_too_large,
)
from .reading import read_body, read_parameters
from .writing import write

if TYPE_CHECKING:
    from .database import Database
    from .emulation import Emulation
    from .fields import Message, Value

REQUEST_LIMIT = 4 * 1024 * 1024  # bytes
FIXED_USER = "emulator@example.com"
INVALID_KEY = "invalid"
# https://cloud.google.com/apis/docs/system-parameters: every method takes them.
SYSTEM_PARAMETERS = frozenset(
    {"$alt", "alt", "key", "access_token", "callback", "fields", "prettyPrint", "quotaUser", "uploadType",
     "upload_protocol", "$.xgafv", "$prettyPrint", "$fields", "$key"}
)  # fmt: skip

log = logging.getLogger(__name__)


Service = TypeVar("Service")


@dataclass(frozen=True, slots=True)
class Call(Generic[Service]):
    """A request. `caller` is an email address; `pairs` are the query parameters without the system's; `service` is
    what the service's routes were made with, such as its store or its options."""

    emulation: Emulation
    service: Service
    path: Mapping[str, str]
    caller: str
    now: int
    pairs: list[tuple[str, str]]
    alt: str
    body: bytes

    @property
    def database(self) -> Database:
        """The database."""
        return self.emulation.database

    @property
    def streams_events(self) -> bool:
        """Whether the caller wants server-sent events (`alt=sse`)."""
        return "sse" in self.alt

    def parameters(self, table: Message) -> Value:
        """The query parameters, by a table. Raises ApiError (400)."""
        return read_parameters(table, self.pairs)

    def message(self, message: Message, path: str = "") -> Value:
        """The body; `path` is the request field that it fills. Raises ApiError (400)."""
        return read_body(message, self.body, path)

    def tree(self, message: Message, value: Value) -> dict[str, Any]:
        """A message as a JSON tree, in the encoding that the caller asked for."""
        return write(message, value, enums_as_numbers="enum-encoding=int" in self.alt)

    def answer(self, message: Message, value: Value) -> Response:
        """200 with a message."""
        return json_response(self.tree(message, value))


Handler: TypeAlias = Callable[[Call[Service]], Response]
# HTTP method, path, rpc name such as `ModelService.GetTunedModel`, handler.
Table: TypeAlias = Iterable[tuple[str, str, str, Handler[Service]]]


@dataclass(frozen=True, slots=True)
class Api:
    """An API as error responses name it, and whether its methods take an API key, by their rpc names."""

    host: str
    package: str
    takes_key: Callable[[str], bool]


def routes(emulation: Emulation, api: Api, service: Service, table: Table[Service]) -> list[Route]:
    """The routes of a service, by a table."""
    return [
        Route(path, _endpoint(emulation, api, service, name, handler), methods=[method])
        for method, path, name, handler in table
    ]


def _endpoint(
    emulation: Emulation, api: Api, service: Service, name: str, handler: Handler[Service]
) -> Callable[[Request], Awaitable[Response]]:
    """The ASGI side of a handler."""

    async def respond(request: Request) -> Response:
        try:
            caller = _caller(request, api, name)
            call = _call(emulation, service, request, caller, await _body(request))
            return await run_in_threadpool(handler, call)
        except ApiError as error:
            return json_response(error.body(), error.code)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s failed", name)
            return json_response(internal().body(), 500)

    return respond


def json_response(tree: Any, status: int = 200) -> Response:
    """A response with a JSON body, in the service's content type."""
    return Response(msgspec.json.encode(tree), status, media_type="application/json; charset=UTF-8")


def _call(emulation: Emulation, service: Service, request: Request, caller: str, body: bytes) -> Call[Service]:
    pairs = request.query_params.multi_items()
    return Call(
        emulation=emulation,
        service=service,
        path=request.path_params,
        caller=caller,
        now=emulation.now(),
        pairs=[(name, text) for name, text in pairs if name not in SYSTEM_PARAMETERS],
        alt=_alt(pairs),
        body=body,
    )


def _alt(pairs: Iterable[tuple[str, str]]) -> str:
    alt = ";".join(text for name, text in pairs if name in ("alt", "$alt"))
    for word in filter(None, alt.split(";")):
        if word not in ("json", "sse", "enum-encoding=int"):
            raise invalid("", f"Invalid value '{word}' for the system parameter alt: the emulator knows json and sse.")
    return alt


def _caller(request: Request, api: Api, name: str) -> str:
    """The caller. Raises ApiError for the key `invalid`, and for any key alone where a principal must call."""
    query = request.query_params
    key = request.headers.get("x-goog-api-key") or query.get("key") or query.get("$key")
    if key == INVALID_KEY:
        raise api_key_invalid()
    token = _bearer(request.headers.get("authorization")) or query.get("access_token")
    if key and not token and not api.takes_key(name):
        raise api_key_unsupported(api.host, f"{api.package}.{name}")
    return token.removeprefix("user:").lower() if token and token.startswith("user:") else FIXED_USER


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise credentials_unreadable()
    return token.strip()


async def _body(request: Request) -> bytes:
    """The body, up to the limit. A content type other than JSON is refused, so that no web page in a browser can send a
    body here without a preflight request."""
    if request.method in ("GET", "HEAD", "DELETE"):
        return b""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > REQUEST_LIMIT:
            raise payload_too_large(REQUEST_LIMIT)
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if body and media_type != "application/json":
        raise invalid("", f"Invalid JSON payload received. The content type is {media_type}, not application/json.")
    return bytes(body)
