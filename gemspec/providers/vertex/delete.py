"""Cancels trainings on Vertex AI and deletes their models: endpoints first, since a deployed model cannot be deleted.

A record of the job stays and costs nothing. Each step may be repeated, so that the next run can complete an interrupted
deletion. Resources that others use are not deleted: an endpoint of ours with another model, a model of ours on another
endpoint, a version of our model that another job made.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gemspec.domain.errors import ChangedError, InvalidRequestError, ServiceError, UnavailableError
from gemspec.domain.model import State
from gemspec.providers.http.api import RefusedError
from gemspec.providers.http.errors import Kind
from gemspec.providers.vertex.operations import Operations, Pauses
from gemspec.providers.vertex.wire import encode as requests, messages
from gemspec.providers.vertex.wire.parts import FIRST
from gemspec.providers.vertex.wire.resource_names import Name

if TYPE_CHECKING:
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.operations import Begin
    from gemspec.providers.vertex.read import Reader
    from gemspec.providers.vertex.wire.messages import Endpoint
    from gemspec.providers.vertex.wire.parts import Parts

BY_HAND = "Nothing was deleted. Take it off there by hand (gcloud ai endpoints undeploy-model), then run it again."


class Ending:
    """Cancels jobs and deletes their models and endpoints."""

    def __init__(self, calls: VertexCalls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader
        self._operations = Operations(calls)

    async def cancel(self, name: str) -> None:
        """Cancel a job; a job that has ended is left alone. Raises ServiceError when it cannot be cancelled."""
        job = Name.parse(name)
        try:
            await self._calls.post(job, "cancel")
        except RefusedError as refused:
            if refused.kind is Kind.NOT_FOUND or not await self._runs(job):
                return
            raise self._calls.error(refused, job, "cancelling") from None

    async def delete(self, name: str, *, in_training: bool = False) -> None:
        """Delete a model with its endpoints, and cancel its job if that runs. A resource that is gone is success.

        Raises ChangedError, and deletes nothing, where the job succeeded before it could be cancelled, or since the
        caller saw it `in_training`: its model may serve already.
        """
        parts = await self._reader.find(name)
        if parts and parts.state is State.CREATING:
            in_training = True
            await self.cancel(str(parts.job_name))
            parts = await self._ended(parts)
        if parts and parts.state is State.ACTIVE and in_training:
            raise ChangedError(f"{name} was trained before its training could be ended", "plan again")
        if parts:
            await self._take_down(parts)

    async def _ended(self, parts: Parts) -> Parts | None:
        """Wait until a cancelled job has ended, since it may still have succeeded."""
        pauses, found = Pauses(), await self._reader.find(str(parts.job_name))
        while found and found.state is State.CREATING:
            if not await pauses.sleep():
                raise UnavailableError(
                    f"cancelling {parts.job_name}: it takes long", "It goes on. Run the same command again later."
                )
            found = await self._reader.find(str(parts.job_name))
        return found

    async def _take_down(self, parts: Parts) -> None:
        endpoints = await self._endpoints(parts)
        _check_deployments(parts, endpoints)
        deletion = await self._deletion(parts.model_name) if parts.model and parts.model_name else None
        for name, endpoint in endpoints.items():
            for deployed in endpoint.deployed_models if endpoint else ():
                await self._undeploy(name, deployed.id)
            if endpoint:
                await self._operations.run(partial(self._calls.delete, name), name, "deleting")
        if deletion and parts.model_name:
            await self._operations.run(deletion, parts.model_name, "deleting")

    async def _undeploy(self, endpoint: Name, deployed: str) -> None:
        """Undeploy a model. The service refuses that for a model that is undeployed already."""
        begin = partial(self._calls.post, endpoint, "undeployModel", requests.undeploy_body(deployed))
        try:
            await self._operations.run(begin, endpoint, "taking the model off")
        except InvalidRequestError:
            found = await self._calls.find(endpoint, messages.Endpoint)
            if found and deployed in [model.id for model in found.deployed_models]:
                raise

    async def _endpoints(self, parts: Parts) -> dict[Name, Endpoint | None]:
        """Read the endpoints of the model: those of its job, also of checkpoints, and those of `redeploy`."""
        made = parts.job.tuned_model
        of_checkpoints = (checkpoint.endpoint for checkpoint in made.checkpoints)
        named = (parts.named(text) for text in (made.endpoint, *of_checkpoints))
        found = {name: await self._calls.find(name, messages.Endpoint) for name in dict.fromkeys(named) if name}
        later = await self._reader.labelled(parts) if parts.model else []
        return {name: endpoint for endpoint in later if (name := parts.named(endpoint.name))} | found

    async def _deletion(self, model: Name) -> Begin:
        """Give the request that deletes a model: the whole model, or only our version of several.

        Raises ServiceError where our version is the default of a model with several versions.
        """
        pages = await self._calls.versions(model, messages.ModelPage)
        versions = {version.version_id: version for page in pages for version in page.models}
        ours = versions.pop(model.version or FIRST, None)
        if not versions:
            return partial(self._calls.delete, model.bare)
        if ours and "default" in ours.version_aliases:
            raise ServiceError(
                f"{model} is the default version of a model that holds others, too",
                "Nothing was deleted. Make another version the default one, then run it again.",
            )
        return partial(self._calls.delete, model, "deleteVersion")

    async def _runs(self, job: Name) -> bool:
        found = await self._calls.find(job, messages.TuningJob)
        return found is not None and (await self._reader.complete(found)).state is State.CREATING


def _check_deployments(parts: Parts, endpoints: dict[Name, Endpoint | None]) -> None:
    """Refuse to delete, before any request, where an endpoint serves another model or our model is used elsewhere."""
    model, ours = parts.model_name, {name.key for name in endpoints}
    for name, endpoint in endpoints.items():
        for deployed in endpoint.deployed_models if endpoint else ():
            found = Name.read(deployed.model)
            if found is None or model is None or found.key != model.key or found.version not in ("", model.version):
                raise ServiceError(f"{name} serves another model, too ({deployed.model or deployed.id})", BY_HAND)
    for ref in parts.model.deployed_models if parts.model else ():
        found = Name.read(ref.endpoint)
        if found is None or found.key not in ours:
            raise ServiceError(f"{model} is deployed to an endpoint that is not gemspec's ({ref.endpoint})", BY_HAND)
