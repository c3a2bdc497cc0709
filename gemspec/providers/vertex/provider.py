"""Vertex AI as a provider: a tuning job and the model and endpoint that it makes are a single `LiveModel`.

It is known by the name of its job, which exists first and stays longest; `LiveModel.resources` has all names. `read`
joins the resources, `create`, `update` and `delete` change them, `encode` and `decode` translate. Training data goes
through Cloud Storage (`datasets`, `providers.gcs`).
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import InputError, InvalidRequestError, Problem, ServiceError
from gemspec.domain.project import Identity
from gemspec.providers.gcs.client import Storage
from gemspec.providers.http import auth, credentials as credential, endpoints, session as http
from gemspec.providers.http.endpoints import Endpoint
from gemspec.providers.http.generate_content import Generation, generated_text
from gemspec.providers.http.wire import decode
from gemspec.providers.vertex.api import VertexCalls
from gemspec.providers.vertex.create import Creator
from gemspec.providers.vertex.datasets import TrainingFiles
from gemspec.providers.vertex.delete import Ending
from gemspec.providers.vertex.locations import TUNING_LOCATIONS
from gemspec.providers.vertex.read import Reader
from gemspec.providers.vertex.redeploy import Redeployer
from gemspec.providers.vertex.spec import SPEC
from gemspec.providers.vertex.update import Writer
from gemspec.providers.vertex.uploads import Uploads
from gemspec.providers.vertex.wire import encode as requests
from gemspec.providers.vertex.wire.decode import live_model
from gemspec.providers.vertex.wire.history import without_history
from gemspec.providers.vertex.wire.resource_names import ENDPOINTS, Name, Place
from gemspec.util.concurrency import gather

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.marker import Marker
    from gemspec.domain.model import LiveModel, Permission, Value
    from gemspec.domain.project import Traits
    from gemspec.domain.training_data import StoredData, TrainingExample
    from gemspec.domain.uploads import StoredUpload, UploadList
    from gemspec.providers.base import Creation, Sending, UploadTarget
    from gemspec.providers.http.auth import Credentials
    from gemspec.providers.spec import Connection
    from gemspec.providers.vertex.wire.parts import Parts

# Up to this many models are polled singly, more with three lists: of jobs, models and endpoints.
FEW = 3
ELSEWHERE_SECONDS = 15  # for each other location, all at the same time
NONE = ""  # the emulator needs no credentials
STORAGE_VARIABLE = "STORAGE_EMULATOR_HOST"  # Google's own clients read it, too


class VertexProvider:
    """Implements `base.Provider`, where the contracts of its methods are."""

    def __init__(self, calls: VertexCalls, storage: Storage, place: Place, identity: Identity) -> None:
        self._calls = calls
        self._storage = storage
        self._identity = replace(identity, place=asdict(place))
        self._place = place
        self._reader = Reader(calls, place)
        self._writer = Writer(calls, self._reader)
        self._redeployer = Redeployer(calls, self._reader, self._writer)
        self._ending = Ending(calls, self._reader)
        self._files = TrainingFiles(storage, place.bucket)
        self._uploads = Uploads(calls, storage, place)
        self._creator = Creator(calls, place, self._reader, self._files, self._ending)
        self._endpoints: dict[str, Name] = {}

    @property
    def traits(self) -> Traits:
        return SPEC.traits

    @property
    def identity(self) -> Identity:
        return self._identity

    async def list(self, *, curves: bool = False) -> list[LiveModel]:
        return without_history(await self._reader.all())

    async def elsewhere(self) -> dict[str, Sequence[LiveModel] | None]:
        places = [location for location in TUNING_LOCATIONS if location != self._place.location]
        found = await gather([partial(self._list_at, location) for location in places], limit=len(places))
        return dict(zip(places, found, strict=True))

    async def _list_at(self, location: str) -> Sequence[LiveModel] | None:
        """Read what is at another location, within a bound: a plan of this one does not depend on it."""
        with anyio.move_on_after(ELSEWHERE_SECONDS), suppress(ServiceError):
            return without_history(await Reader(self._calls, replace(self._place, location=location)).all())
        return None

    async def get(self, name: str) -> LiveModel | None:
        return _live(await self._reader.find(name))

    async def create(self, creation: Creation, sending: Sending = nullcontext) -> LiveModel:
        return live_model(await self._creator.create(creation, sending))

    async def poll(self, names: Collection[str]) -> dict[str, LiveModel | None]:
        if len(names) <= FEW:
            return {name: await self.get(name) for name in names}
        found = {str(parts.job_name): _live(parts) for parts in await self._reader.all()}
        return {name: found.get(name) for name in names}

    async def trained(self, live: LiveModel) -> LiveModel:
        return await self.update(live, {}, None)

    async def update(self, live: LiveModel, settings: Mapping[str, Value], marker: Marker | None) -> LiveModel:
        return live_model(await self._writer.update(live, settings, marker))

    async def redeploy(self, live: LiveModel) -> LiveModel:
        return live_model(await self._redeployer.redeploy(live))

    async def release(self, live: LiveModel) -> LiveModel:
        return live_model(await self._writer.release(live.name))

    async def delete(self, name: str, *, in_training: bool = False) -> None:
        await self._ending.delete(name, in_training=in_training)

    async def cancel(self, name: str) -> None:
        await self._ending.cancel(name)

    async def generate(self, name: str, prompt: str, system: str = "") -> str:
        endpoint = await self._endpoint(name)
        path, body = f"{endpoint.path}:generateContent", requests.prompt_body(prompt, system)
        answer = await self._calls.at(endpoint.location).call("POST", path, f"asking {endpoint}", body=body)
        return generated_text(decode(answer, Generation), name)

    async def permissions(self, name: str) -> Sequence[Permission]:
        """A model has no permissions of its own: the project's IAM decides who may use it."""
        return ()

    async def permit(self, name: str, wanted: Sequence[Permission]) -> None:
        if wanted:
            raise InvalidRequestError(
                f"permitting others to use {name}: models of Vertex AI have no permissions of their own",
                "Grant roles in the Google Cloud project instead.",
            )

    async def stored_data(self, uri: str) -> StoredData | None:
        return await self._files.stored(uri)

    async def upload_target(self, owner: str, examples: Iterable[TrainingExample]) -> UploadTarget | None:
        return await self._files.target(owner, examples)

    async def uploads(self, owner: str, *, everywhere: bool = False) -> UploadList | None:
        return await self._uploads.read(owner, everywhere=everywhere)

    async def delete_upload(self, owner: str, upload: StoredUpload) -> bool:
        return await self._uploads.delete(owner, upload)

    async def aclose(self) -> None:
        await self._calls.aclose()
        await self._storage.aclose()

    async def _endpoint(self, name: str) -> Name:
        """Find the endpoint that answers for a model. Raises ServiceError when there is none."""
        given = Name.parse(name)
        if given.kind == ENDPOINTS:
            return given
        if name not in self._endpoints:
            parts = await self._reader.find(name)
            if parts is None or parts.endpoint_name is None or parts.is_deployed is False:
                raise ServiceError(
                    f"asking {name}: no endpoint deploys it", "`gemspec plan` shows what to do about it."
                )
            self._endpoints[name] = parts.endpoint_name
        return self._endpoints[name]


def open_provider(connection: Connection) -> VertexProvider:
    """Connect to Vertex AI, or to an emulator of it. `spec` names this function."""
    place = Place(**connection.block)
    if connection.open_emulator is None:
        return connect(place, endpoint=connection.endpoint, environ=connection.environ)
    if connection.endpoint:
        return emulated_at(connection.endpoint, place, connection.environ)
    return emulated(connection.open_emulator([place.bucket]), place, connection.emulator_label)


def connect(place: Place, *, endpoint: str | None, environ: Mapping[str, str]) -> VertexProvider:
    """Connect to Vertex AI and Cloud Storage, or to loopback addresses that replace both.

    Raises InputError for an address that must not get credentials, or where only one of the two is replaced; AuthError
    when there are no credentials.
    """
    address = endpoints.check(endpoint) if endpoint else None
    if address and address.is_loopback:
        return _at(
            place, "vertex", address, environ, credential.token_from_environment(environ) or auth.Fixed("none", {})
        )
    if host := environ.get(STORAGE_VARIABLE):
        problem = f"{STORAGE_VARIABLE} is set ({host[:100]!r}), but trainings would run on Vertex AI itself"
        raise InputError([Problem(problem, "unset it, or give the emulator's address with --endpoint, too")])
    credentials = credential.find_cloud_credentials(environ)
    shown = address or endpoints.vertex(place.location)
    calls = VertexCalls(lambda location: http.Session(http.client(address or endpoints.vertex(location)), credentials))
    storage = Storage(http.Session(http.client(Endpoint(endpoints.STORAGE, is_loopback=False)), credentials))
    return VertexProvider(calls, storage, place, Identity("vertex", shown.url, credentials.description))


def emulated(app: http.AsgiApp, place: Place, endpoint_label: str) -> VertexProvider:
    """Use an emulator in this process; `endpoint_label` is its name in plans."""
    session = http.Session(http.asgi_client(app), auth.Fixed(NONE, {}))
    calls = VertexCalls(lambda _location: session)
    return VertexProvider(calls, Storage(session), place, Identity("emulator", endpoint_label, NONE))


def emulated_at(endpoint: str, place: Place, environ: Mapping[str, str]) -> VertexProvider:
    """Use an emulator that runs as a server. Raises InputError unless its address is a loopback address."""
    address = endpoints.check_loopback(endpoint)
    return _at(place, "emulator", address, environ, credential.token_from_environment(environ) or auth.Fixed(NONE, {}))


def _at(
    place: Place, name: str, address: Endpoint, environ: Mapping[str, str], credentials: Credentials
) -> VertexProvider:
    """Connect to a replacement of Vertex AI. Its Cloud Storage is at the same address, or where STORAGE_VARIABLE
    says.
    """
    session = http.Session(http.client(address), credentials)
    host = environ.get(STORAGE_VARIABLE) or address.url
    storage = endpoints.check_loopback(host if "://" in host else f"http://{host}")
    files = Storage(session if storage == address else http.Session(http.client(storage), credentials))
    return VertexProvider(
        VertexCalls(lambda _location: session), files, place, Identity(name, address.url, credentials.description)
    )


def _live(parts: Parts | None) -> LiveModel | None:
    return live_model(parts) if parts and not parts.is_gone else None
