"""Shared by the provider tests: a service faked at the transport, so that everything above it is the real code."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
import stamina

from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel
from gemspec.domain.project import Identity
from gemspec.domain.training_data import Example
from gemspec.identity import description_marker as markers, fingerprint
from gemspec.providers.base import Creation
from gemspec.providers.gcs import upload
from gemspec.providers.gcs.client import Storage
from gemspec.providers.gemini import provider as gemini
from gemspec.providers.http import session as http
from gemspec.providers.http.api import Calls
from gemspec.providers.http.auth import Fixed
from gemspec.providers.http.endpoints import Endpoint
from gemspec.providers.vertex import create, operations, update
from gemspec.providers.vertex.api import VertexCalls
from gemspec.providers.vertex.provider import VertexProvider
from gemspec.providers.vertex.wire.resource_names import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "ya29.a-very-secret-token"
EXAMPLES = (Example("1", "2"), Example("3", "4"), Example("9", "10"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def token_host(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[httpx.Request], httpx.Response]], None]:
    """No test reaches a token host or a metadata server; the function given here answers in their place."""

    def answer(handle: Callable[[httpx.Request], httpx.Response]) -> None:
        monkeypatch.setattr(http, "token_client", lambda _url: httpx.Client(transport=httpx.MockTransport(handle)))

    def nobody(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    answer(nobody)
    return answer


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Retries do not sleep, but happen as often as in earnest."""
    monkeypatch.setattr(gemini, "READ_BACK", (0.0, 0.0))
    for module in (upload, create, update):
        monkeypatch.setattr(module, "PAUSES", (0.0,) * len(module.PAUSES))
    for name, seconds in (("SHORTEST", 0.001), ("LONGEST", 0.01), ("PATIENCE", 2.0), ("BUSY_PATIENCE", 0.1)):
        monkeypatch.setattr(operations, name, seconds)
    with stamina.set_testing(True, attempts=http.ATTEMPTS):
        yield


class Service:
    """A service by its routes. An answer is (status, body), an exception to raise, or a function of the request.

    Each route gives its answers in turn, the last one again and again. `log` holds "METHOD path?query" of each request.
    """

    def __init__(self) -> None:
        self.routes: dict[str, list[Any]] = defaultdict(list)
        self.requests: list[httpx.Request] = []

    def on(self, route: str, *answers: Any) -> None:
        self.routes[route] = list(answers)

    @property
    def log(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    def sent(self, method: str) -> list[Any]:
        """The bodies of all requests by this method."""
        return [msgspec.json.decode(request.content) for request in self.requests if request.method == method]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self.routes.get(f"{request.method} {request.url.path}")
        if not answers:
            return httpx.Response(404, json={"error": {"code": 404, "status": "NOT_FOUND", "message": "no such model"}})
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer = answer(request) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        status, body = answer
        return httpx.Response(status, content=body if isinstance(body, bytes) else msgspec.json.encode(body))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def provider(service: Service) -> gemini.GeminiProvider:
    client = http.client(Endpoint("https://generativelanguage.googleapis.com", False), httpx.MockTransport(service))
    session = http.Session(client, Fixed("access token", {"authorization": f"Bearer {SECRET}"}))
    return gemini.GeminiProvider(Calls(session), Identity("gemini", "https://test", "access token"))


@pytest.fixture
def vertex(service: Service) -> VertexProvider:
    """Vertex AI and Cloud Storage, faked as one service."""
    client = http.client(Endpoint("https://us-central1-aiplatform.googleapis.com", False), httpx.MockTransport(service))
    session = http.Session(client, Fixed("access token", {"authorization": f"Bearer {SECRET}"}))
    identity, place = (
        Identity("vertex", "https://test", "access token"),
        Place("my-project", "us-central1", "my-bucket"),
    )
    return VertexProvider(VertexCalls(lambda _location: session), Storage(session), place, identity)


@pytest.fixture
def marker() -> Marker:
    data = fingerprint.fingerprint(EXAMPLES)
    return Marker(
        "bots", "numbers", "0a1b2c3d4e5f", data.fingerprint[: fingerprint.DATA_DIGITS], data.examples, serving=1
    )


@pytest.fixture
def creation(marker: Marker) -> Creation:
    return Creation(
        name="tunedModels/numbers-0123456789",
        source=BaseModel("models/gemini-1.0-pro-001"),
        settings={"displayName": "numbers", "description": "Says the next.", "temperature": 0.2, "topK": 3},
        hyperparameters={"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
        examples=EXAMPLES,
        marker=marker,
    )


@pytest.fixture
def wire_model(creation: Creation) -> Callable[..., dict[str, Any]]:
    """Make a model as the service answers it; keyword arguments replace or (None) remove fields."""

    def make(marker: Marker | None = creation.marker, name: str = creation.name, **changes: Any) -> dict[str, Any]:
        text = "Says the next."
        model = {
            "name": name,
            "state": "CREATING",
            "baseModel": "models/gemini-1.0-pro-001",
            "displayName": "numbers",
            "description": markers.join(text, marker, name.removeprefix("tunedModels/")) if marker else text,
            "temperature": 0.2,
            "topP": 1,
            "topK": 3,
            "createTime": "2026-01-01T00:00:00Z",
            "updateTime": "2026-01-01T00:00:00Z",
            "tuningTask": {"hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}},
        }
        return {key: value for key, value in (model | changes).items() if value is not None}

    return make
