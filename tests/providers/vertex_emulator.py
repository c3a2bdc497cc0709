"""Vertex AI emulated in process, behind a network that may fail; its clock is moved by the tests.

Every request that the provider makes is held against the discovery document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.project import Identity
from gemspec.emulator import VertexOptions, create_app
from gemspec.providers.gcs.client import Storage
from gemspec.providers.vertex.api import VertexCalls
from gemspec.providers.vertex.provider import VertexProvider

from . import discovery
from .faulty_emulator import Network
from .vertex_answers import CREATION, PLACE

if TYPE_CHECKING:
    from gemspec.domain.model import LiveModel

TRAINING = 1000.0  # seconds
CREATE = "POST /v1/projects/my-project/locations/us-central1/tuningJobs"
JOBS = "GET /v1/projects/my-project/locations/us-central1/tuningJobs"


class World:
    """An emulator, its network, and a provider; `now` is the emulator's time in seconds."""

    def __init__(self, **options: Any) -> None:
        self.now = 1_800_000_000.0
        self.app = create_app(
            None,
            training_seconds=TRAINING,
            clock=lambda: self.now,
            buckets=["my-bucket"],
            vertex=VertexOptions(**({"operation_seconds": 0.0} | options)),
        )
        self.network = Network(self.app)
        self.provider = self.connect()

    def connect(self, place=PLACE) -> VertexProvider:
        """Another process, as far as the service can tell."""
        session = self.network.session()
        identity = Identity("vertex", "https://test", "access token")
        return VertexProvider(VertexCalls(lambda _location: session), Storage(session), place, identity)

    def wait(self, seconds: float = TRAINING) -> None:
        self.now += seconds

    async def trained(self, creation=CREATION) -> LiveModel:
        """Create a model, wait for it, and note what has to be on it."""
        live = await self.provider.create(creation)
        self.wait()
        return await self.provider.trained(live)

    async def ask(self, method: str, name: str, body: Any = None, **params: str) -> Any:
        """Call the service without the provider."""
        import msgspec

        content = None if body is None else msgspec.json.encode(body)
        session = Network(self.app).session()
        response = await session.request(method, f"/v1/{name}", params=params, body=content)
        assert response.is_success, response.text
        return response.json()

    async def put(self, name: str, data: bytes, bucket: str = "my-bucket") -> None:
        """Somebody writes an object."""
        session = Network(self.app).session()
        path, params = f"/upload/storage/v1/b/{bucket}/o", {"uploadType": "media", "name": name}
        response = await session.request("POST", path, params=params, body=data, headers={"content-type": "text/plain"})
        assert response.is_success, response.text

    async def jobs(self, project: str = "my-project") -> list[Any]:
        """All jobs as the service has them."""
        found = await self.ask("GET", f"projects/{project}/locations/us-central1/tuningJobs", pageSize="1000")
        return found.get("tuningJobs", [])

    @property
    def writes(self) -> list[str]:
        """The requests that may have changed something, but for those of uploads."""
        return [line for line in self.network.log if not line.startswith("GET") and "/storage/" not in line]

    def check(self) -> None:
        """Check that the API has every request."""
        for request in self.network.requests:
            if request.url.path.startswith("/v1/"):
                discovery.method(request)
