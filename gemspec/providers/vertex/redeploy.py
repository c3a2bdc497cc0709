"""Makes a tuned model of Vertex AI answer again: an endpoint that deploys it, without a training.

An endpoint that is there for the model is used: the job's own, or one that an earlier run made. Else one is created
beside the model, which may be at another location than its job. Before each request the service is read, so that the
next run completes an interrupted one, and no model is deployed twice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.domain.marker import Marker
from gemspec.domain.model import State
from gemspec.providers.http.api import RefusedError
from gemspec.providers.vertex.operations import Operations, Pauses
from gemspec.providers.vertex.wire import encode as requests
from gemspec.providers.vertex.wire.decode import live_model
from gemspec.providers.vertex.wire.resource_names import ENDPOINTS, Name, collection

if TYPE_CHECKING:
    from gemspec.domain.model import LiveModel
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.read import Reader
    from gemspec.providers.vertex.update import Writer
    from gemspec.providers.vertex.wire.parts import Parts

ENDED = b'{"done": true}'  # an operation that there is no need for
TRIES = (0.0, 2.0, 5.0, 15.0)  # seconds before an endpoint is looked for after an unclear answer


class Redeployer:
    """Deploys models that no endpoint deploys."""

    def __init__(self, calls: VertexCalls, reader: Reader, writer: Writer) -> None:
        self._calls = calls
        self._reader = reader
        self._writer = writer
        self._operations = Operations(calls)

    async def redeploy(self, live: LiveModel) -> Parts:
        """Bring the model to an endpoint, and give it as it is then.

        Raises ServiceError where it is not there any more, is not gemspec's, or is shared with nobody knows whom since
        its endpoint cannot be read; UnavailableError where the deployment takes too long.
        """
        parts = await self._deployable(live)
        if parts.is_deployed:
            return parts
        if parts.endpoint is None or parts.endpoint.deployed_models:
            parts = await self._with_endpoint(parts)
        parts = await self._writer.update(live_model(parts), {}, None)
        return await self._deployed(parts)

    async def _deployable(self, live: LiveModel) -> Parts:
        parts = await self._reader.find(live.name)
        if parts is None or parts.is_gone or parts.state is not State.ACTIVE or parts.model is None:
            raise ServiceError(f"deploying {live.name}: it has no model any more", "Run plan again to see what exists.")
        if not isinstance(parts.marker, Marker):
            raise ServiceError(f"deploying {live.name}: it carries no marker of gemspec", "Run plan again.")
        if parts.is_deployed is None:
            raise ServiceError(
                f"deploying {live.name}: its endpoint cannot be read, so it may answer already",
                "Grant these credentials aiplatform.endpoints.get and aiplatform.endpoints.list, then run plan again.",
            )
        return parts

    async def _with_endpoint(self, parts: Parts) -> Parts:
        """Create an endpoint beside the model, with the job's id as its only label of gemspec's: the rest is bound to
        its name, which the service makes.
        """
        if parts.endpoint and parts.endpoint_name:  # it deploys another model, and is that one's from now on
            await self._writer.unlabel(parts.endpoint_name, parts.endpoint)
        at = parts.model_name
        if at is None:
            raise ServiceError(f"deploying {parts.job_name}: its training made no model")
        path, body = collection(at.project, at.location, ENDPOINTS), requests.endpoint_body(parts)
        begin = partial(self._calls.at(at.location).attempt, "POST", path, body=body, once=True)
        try:
            await self._operations.run(begin, at, "creating an endpoint for")
        except UnavailableError as unclear:
            return await self._found(parts, unclear)
        return await self._found(parts, None)

    async def _found(self, parts: Parts, unclear: UnavailableError | None) -> Parts:
        """Look for the endpoint that was asked for. Raises UnavailableError where it does not show."""
        for pause in TRIES:
            await anyio.sleep(pause)
            found = await self._reader.find(str(parts.job_name))
            if found and found.endpoint and (found.is_deployed or not found.endpoint.deployed_models):
                return found
        hint = "Run the same command again later: what was made is found and used."
        raise unclear or UnavailableError(f"deploying {parts.job_name}: its new endpoint does not show", hint)

    async def _deployed(self, parts: Parts) -> Parts:
        """Deploy, and wait until the endpoint shows the model."""
        name, model = parts.endpoint_name, parts.model_name
        if name is None or model is None:
            raise ServiceError(f"deploying {parts.job_name}: it has no endpoint", "Run plan again.")
        await self._operations.run(partial(self._begin, parts, name), model, "deploying")
        pauses = Pauses()
        while True:
            found = await self._reader.find(str(parts.job_name))
            if found and found.is_deployed:
                return found
            if not await pauses.sleep():
                raise UnavailableError(
                    f"deploying {model}: {name} does not show it yet", "Run the same command again later."
                )

    async def _begin(self, parts: Parts, endpoint: Name) -> bytes:
        """Ask for the deployment, unless another request has done so meanwhile."""
        unclear: UnavailableError | None = None
        for pause in TRIES:
            await anyio.sleep(pause)
            if await self._is_done(parts):
                return ENDED
            try:
                return await self._calls.post(endpoint, "deployModel", requests.deploy_body(parts), once=True)
            except RefusedError:
                if await self._is_done(parts):
                    return ENDED
                raise
            except UnavailableError as error:
                unclear = error
        raise unclear or UnavailableError(f"deploying {parts.model_name}", "Run plan again.")

    async def _is_done(self, parts: Parts) -> bool:
        found = await self._reader.find(str(parts.job_name))
        return found is not None and bool(found.is_deployed)
