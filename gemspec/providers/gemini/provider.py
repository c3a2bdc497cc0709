"""The Gemini API as a provider: tunedModels over HTTP, with the marker in each model's description.

`http.api` sends requests and interprets answers, `encode` and `decode` translate, `operations` reads the trainings of
the models. This module ensures that a repeated create finds the first, that another project's model never counts as
ours, and that a model counts as absent only after a lookup by its name.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import AuthError, ConflictError, InvalidRequestError, ServiceError, UnavailableError
from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel, LiveModel, State
from gemspec.domain.project import Identity
from gemspec.providers.gemini import decode as wire, encode as requests, messages
from gemspec.providers.gemini.base_models import is_untunable, untunable
from gemspec.providers.gemini.operations import Operations
from gemspec.providers.gemini.permissions import Permissions
from gemspec.providers.gemini.spec import SPEC
from gemspec.providers.http import auth, credentials as credential, endpoints, errors, session as http
from gemspec.providers.http.api import Calls, RefusedError
from gemspec.providers.http.errors import Kind
from gemspec.providers.http.generate_content import Generation, generated_text
from gemspec.providers.http.wire import decode
from gemspec.util.concurrency import gather

if TYPE_CHECKING:
    import builtins
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.model import Permission, Value
    from gemspec.domain.project import Traits
    from gemspec.domain.training_data import StoredData, TrainingExample
    from gemspec.domain.uploads import StoredUpload, UploadList
    from gemspec.providers.base import Creation, Sending, UploadTarget
    from gemspec.providers.http.auth import Credentials
    from gemspec.providers.http.endpoints import Endpoint
    from gemspec.providers.spec import Connection

MODELS = "/v1beta/tunedModels"
# Up to this many models are polled singly, more with the list, unless the list has more pages than there are models.
FEW = 2
# Reading a failure's reason costs a request a model; more old failures than this stay without it in a list.
EXPLAINED = 20
# Seconds to wait before each read of a model that was just created. It can be read at once, as far as recorded.
READ_BACK = (0.0, 1.0, 3.0)
NONE = ""  # the emulator needs no credentials


class GeminiProvider:
    """Implements `base.Provider`, where the contracts of its methods are."""

    def __init__(self, calls: Calls, identity: Identity) -> None:
        self._calls = calls
        self._operations = Operations(calls)
        self._permissions = Permissions(calls)
        self._identity = identity
        self._listing = 0  # pages of the last list

    @property
    def traits(self) -> Traits:
        """API keys cannot read permissions, nor set them."""
        return replace(SPEC.traits, sets_permissions=not self._is_key)

    @property
    def identity(self) -> Identity:
        return self._identity

    async def list(self, *, curves: bool = False) -> list[LiveModel]:
        found = await self._listed(curves=curves)
        failed = [live for live in found.values() if live.state is State.FAILED and isinstance(live.marker, Marker)]
        for live in failed[:EXPLAINED]:
            found[live.name] = await self._explained(live)
        return [*found.values()]

    async def elsewhere(self) -> dict[str, Sequence[LiveModel] | None]:
        """The Gemini API has no locations."""
        return {}

    async def get(self, name: str) -> LiveModel | None:
        live = await self._read(name)
        return live and await self._explained(live)

    async def create(self, creation: Creation, sending: Sending = nullcontext) -> LiveModel:
        body = requests.create_body(creation)
        async with sending():
            return await self._create(creation, body)

    async def poll(self, names: Collection[str]) -> dict[str, LiveModel | None]:
        are_few = len(names) <= max(FEW, self._listing)
        listed = {} if are_few else await self._listed()
        found = {name: listed.get(name) or await self._read(name) for name in names}
        ask = len(names) <= FEW
        return {name: live and await self._explained(live, ask_progress=ask) for name, live in found.items()}

    async def trained(self, live: LiveModel) -> LiveModel:
        return live  # the create has written its marker

    async def update(self, live: LiveModel, settings: Mapping[str, Value], marker: Marker | None) -> LiveModel:
        return await self._patch(live, *requests.update_body(live, settings, marker))

    async def redeploy(self, live: LiveModel) -> LiveModel:
        raise InvalidRequestError(
            f"deploying {live.name}: models of the Gemini API have no endpoints: one that is ACTIVE answers",
            "Run plan again.",
        )

    async def release(self, live: LiveModel) -> LiveModel:
        return await self._patch(live, *requests.release_body(live))

    async def delete(self, name: str, *, in_training: bool = False) -> None:
        try:
            await self._calls.attempt("DELETE", requests.path(name))
        except RefusedError as refused:
            # A 403 without details may also mean that the model is gone: then it cannot be read either.
            gone = refused.kind is Kind.NOT_FOUND or (refused.kind is Kind.HIDDEN and await self._read(name) is None)
            if not gone:
                raise errors.service_error(refused.refusal, f"deleting {name}") from None

    async def cancel(self, name: str) -> None:
        await self._operations.cancel(name)

    async def generate(self, name: str, prompt: str, system: str = "") -> str:
        path = f"{requests.path(name)}:generateContent"
        body = await self._calls.call("POST", path, f"asking {name}", body=requests.prompt_body(prompt))
        return generated_text(decode(body, Generation), name)

    async def permissions(self, name: str) -> Sequence[Permission]:
        return await self._permissions.read(name)

    async def permit(self, name: str, wanted: Sequence[Permission]) -> None:
        await self._permissions.set(name, wanted)

    async def stored_data(self, uri: str) -> StoredData | None:
        raise InvalidRequestError(f"{uri}: the Gemini API takes no data from Cloud Storage", "Declare files instead.")

    async def upload_target(self, owner: str, examples: Iterable[TrainingExample]) -> UploadTarget | None:
        return None

    async def uploads(self, owner: str, *, everywhere: bool = False) -> UploadList | None:
        return None

    async def delete_upload(self, owner: str, upload: StoredUpload) -> bool:
        raise InvalidRequestError(f"{upload.uri}: the Gemini API keeps no uploaded data", "Nothing was deleted.")

    async def aclose(self) -> None:
        await self._calls.aclose()

    async def _create(self, creation: Creation, body: bytes) -> LiveModel:
        params = {"tunedModelId": wire.model_id(creation.name)}
        try:
            answer = await self._calls.attempt("POST", MODELS, params=params, body=body)
        except RefusedError as refused:
            return await self._after_refusal(creation, refused)
        except UnavailableError as unclear:
            return await self._attached(creation, unclear)
        self._remember(creation.name, answer)
        return await self._read_back(creation)

    async def _listed(self, *, curves: bool = False) -> dict[str, LiveModel]:
        """Read the default list and `owner:me`, by name and in the order of names.

        The first leaves out models that are shared with everyone, even our own.
        """
        self._listing = 0
        models, own = await gather([lambda: self._pages({}), self._own_pages])
        by_name = {model.name: model for model in (*models, *own)}
        owned = {model.name for model in own}
        is_own = dict.fromkeys(by_name) if self._is_key else {name: name in owned for name in by_name}
        return {name: wire.live_model(by_name[name], is_own=is_own[name], curve=curves) for name in sorted(by_name)}

    async def _own_pages(self) -> builtins.list[messages.TunedModel]:
        try:
            return await self._pages({"filter": "owner:me"})
        except (AuthError, InvalidRequestError):
            if not self._is_key:
                raise
            # To a key there may be no "me". A model that is missing here is fetched by its id before it is created.
            return []

    @property
    def _is_key(self) -> bool:
        return self._identity.credential == credential.API_KEY

    async def _pages(self, params: Mapping[str, str]) -> builtins.list[messages.TunedModel]:
        pages = self._calls.pages(MODELS, messages.TunedModelPage, "listing tuned models", params)
        found: list[messages.TunedModel] = []
        async for page in pages:
            self._listing += 1
            found += page.tuned_models
        return found

    async def _read(self, name: str) -> LiveModel | None:
        body = await self._calls.find(requests.path(name), f"reading {name}")
        return None if body is None else wire.live_model(decode(body, messages.TunedModel))

    async def _explained(self, live: LiveModel, *, ask_progress: bool = False) -> LiveModel:
        """Add facts of the operation: why a training failed, and progress that the model does not report."""
        if live.state is State.FAILED:
            return replace(live, failure=await self._operations.reason(live.name))
        told = live.progress.total_steps is not None and live.progress.snapshots
        if live.state is not State.CREATING or not ask_progress or told:
            return live
        operation = await self._operations.get(live.name)
        return wire.with_operation(live, operation) if operation else live

    async def _patch(self, live: LiveModel, body: bytes, mask: str) -> LiveModel:
        """Change the fields of the mask, and read the model: the answer of a PATCH may hold only the masked fields."""
        about = f"changing {live.name}"
        if mask:
            await self._calls.call("PATCH", requests.path(live.name), about, params={"updateMask": mask}, body=body)
        changed = await self.get(live.name)
        if changed is None:
            raise ServiceError(f"{about}: it can no longer be read", "Run plan again to see what exists.")
        return changed

    async def _after_refusal(self, creation: Creation, refused: RefusedError) -> LiveModel:
        """Interpret a refused create: the id is taken, the effect is uncertain, or the request was refused."""
        cause = errors.service_error(refused.refusal, f"creating {creation.name}")
        # The trainings that exhaust a quota may include this training, from an earlier attempt.
        if refused.kind in (Kind.CONFLICT, Kind.UNAVAILABLE, Kind.EXHAUSTED, Kind.CONCURRENCY):
            return await self._attached(creation, cause)
        if isinstance(creation.source, BaseModel) and is_untunable(refused.refusal, creation.source.name):
            raise await untunable(self._calls, creation.source.name, cause) from None
        raise cause from None

    async def _attached(self, creation: Creation, cause: ServiceError) -> LiveModel:
        """Give the model if an earlier attempt made it, as its marker shows; else raise `cause` or ConflictError."""
        live = await self.get(creation.name)
        if live is not None and _is_same(live, creation.marker):
            return live
        if live is None and not isinstance(cause, ConflictError):
            raise cause
        who = _owner(live) if live else "a model that these credentials cannot see"
        raise ConflictError(
            f"the id of {creation.name} is taken by {who}",
            "Nothing was created. Rename the key, or have that model deleted, then run plan again.",
            code=cause.code,
        ) from cause

    async def _read_back(self, creation: Creation) -> LiveModel:
        """Make sure that the new model carries its marker. Without it gemspec would not find the model again."""
        for delay in READ_BACK:
            await anyio.sleep(delay)
            live = await self.get(creation.name)
            if live is not None:
                break
        else:
            raise ServiceError(
                f"{creation.name} was created but cannot be read",
                "Run the same command again: it attaches to the training.",
            )
        if not _is_same(live, creation.marker):  # serving number and flags may have moved on already
            await self._give_up(creation.name)
        return live

    async def _give_up(self, name: str) -> None:
        try:
            await self.cancel(name)
            outcome = "its training was cancelled"
        except ServiceError as failed:
            outcome = f"its training could not be cancelled ({failed.summary})"
        raise ServiceError(
            f"the service did not keep gemspec's marker on {name}; {outcome}",
            f"Without a marker gemspec never touches it: delete {name} by hand.",
        )

    def _remember(self, name: str, answer: bytes) -> None:
        try:
            self._operations.remember(name, decode(answer, messages.Operation))
        except ServiceError:
            return  # the model exists nevertheless, and its operation is found in the list later


def open_provider(connection: Connection) -> GeminiProvider:
    """Connect to the Gemini API, or to an emulator of it. `spec` names this function."""
    if connection.open_emulator is None:
        return connect(endpoint=connection.endpoint, environ=connection.environ)
    if connection.endpoint:
        return emulated_at(connection.endpoint, connection.environ)
    return emulated(connection.open_emulator([]), connection.emulator_label)


def connect(*, endpoint: str | None, environ: Mapping[str, str], quota_project: str | None = None) -> GeminiProvider:
    """Connect to the Gemini API, or to a loopback address that replaces it.

    Raises InputError for an address that must not get credentials, AuthError when there are no credentials.
    """
    address = endpoints.check(endpoint or endpoints.GEMINI)
    if address.is_loopback:
        return _provider("gemini", address, credential.credentials_from_environment(environ) or auth.Fixed("none", {}))
    return _provider("gemini", address, credential.find_credentials(environ, quota_project))


def emulated(app: http.AsgiApp, endpoint_label: str) -> GeminiProvider:
    """Use an emulator in this process; `endpoint_label` is its name in plans."""
    session = http.Session(http.asgi_client(app), auth.Fixed(NONE, {}))
    return GeminiProvider(Calls(session), Identity("emulator", endpoint_label, NONE))


def emulated_at(endpoint: str, environ: Mapping[str, str]) -> GeminiProvider:
    """Use an emulator that runs as a server. Raises InputError unless its address is a loopback address."""
    address = endpoints.check_loopback(endpoint)
    return _provider("emulator", address, credential.credentials_from_environment(environ) or auth.Fixed(NONE, {}))


def _provider(name: str, address: Endpoint, credentials: Credentials) -> GeminiProvider:
    session = http.Session(http.client(address), credentials)
    return GeminiProvider(Calls(session), Identity(name, address.url, credentials.description))


def _is_same(live: LiveModel, marker: Marker) -> bool:
    """Whether `live` is the generation that `marker` names; serving number and commit may have moved on."""
    found = live.marker
    return isinstance(found, Marker) and (found.owner, found.key, found.train) == (
        marker.owner,
        marker.key,
        marker.train,
    )


def _owner(live: LiveModel) -> str:
    if isinstance(live.marker, Marker):
        return f"a model of project {live.marker.owner}, key {live.marker.key}, with other training data or parameters"
    return "a model that is not gemspec's"
