"""One request on its way to a handler: who asks, the query, the body; and on its way back: the answer or refusal.

Stands between `app` (routes) and the handlers, which are plain functions `Call -> Response` that run in a worker
thread and raise ApiError. Whatever else they raise becomes 500 here, so that no traceback leaves the emulator.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

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
    from ..faults import Faults
    from ..gemini.store import Store
    from ..vertex import Options
    from .database import Database
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


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a training: how long it takes, in microseconds, and why it fails whatever its data, if so."""

    duration: int
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Emulation:
    """What all calls of one app share. `now` gives microseconds since 1970; `options` are Vertex AI's, `faults` what is
    to go wrong."""

    database: Database
    store: Store
    training_microseconds: int
    now: Callable[[], int]
    options: Options
    faults: Faults | None = None

    @property
    def concurrent_trainings(self) -> int | None:
        """How many trainings may run at a time, beyond which a create is refused; None where any number may."""
        return self.faults.rules.concurrent_trainings if self.faults else None

    def fate(self, name: str) -> Fate:
        """What becomes of the training of a model of that name, which begins."""
        rule = self.faults.training(name) if self.faults else None
        if rule is None or rule.seconds is None:
            return Fate(self.training_microseconds, rule.fails if rule else None)
        return Fate(round(rule.seconds * 1_000_000), rule.fails)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `caller` is an email address; `pairs` are the query parameters but for the system's."""

    emulation: Emulation
    path: Mapping[str, str]
    caller: str
    now: int
    pairs: list[tuple[str, str]]
    alt: str
    body: bytes

    @property
    def store(self) -> Store:
        """The database."""
        return self.emulation.store

    @property
    def database(self) -> Database:
        """The same, as the other services use it."""
        return self.emulation.database

    @property
    def options(self) -> Options:
        """What was chosen of Vertex AI."""
        return self.emulation.options

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


Handler: TypeAlias = Callable[[Call], Response]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def endpoint(emulation: Emulation, method: str, handler: Handler) -> Endpoint:
    """The ASGI side of a handler. `method` is its rpc name, such as `ModelService.GetTunedModel`; in front of it stands
    its package, where that is not the Gemini API's."""

    async def respond(request: Request) -> Response:
        try:
            caller = _caller(request, method)
            call = _call(emulation, request, caller, await _body(request))
            return await run_in_threadpool(handler, call)
        except ApiError as error:
            return json_response(error.body(), error.code)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s failed", method)
            return json_response(internal().body(), 500)

    return respond


def json_response(tree: Any, status: int = 200) -> Response:
    """A response with a JSON body, in the service's content type."""
    return Response(msgspec.json.encode(tree), status, media_type="application/json; charset=UTF-8")


def _call(emulation: Emulation, request: Request, caller: str, body: bytes) -> Call:
    pairs = request.query_params.multi_items()
    return Call(
        emulation=emulation,
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


def _caller(request: Request, method: str) -> str:
    """Who asks. Raises ApiError for a key called `invalid`, and for any key alone where a principal must ask."""
    query = request.query_params
    key = request.headers.get("x-goog-api-key") or query.get("key") or query.get("$key")
    if key == INVALID_KEY:
        raise api_key_invalid()
    token = _bearer(request.headers.get("authorization")) or query.get("access_token")
    if key and not token and method.startswith(("PermissionService.", "google.cloud.")):
        raise api_key_unsupported(method)
    return token.removeprefix("user:").lower() if token and token.startswith("user:") else FIXED_USER


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise credentials_unreadable()
    return token.strip()


async def _body(request: Request) -> bytes:
    """The body, never more than the limit of it. A type other than JSON is refused, so that no web page that a browser
    shows can send one here without asking first."""
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
