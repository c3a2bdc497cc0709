"""Reads Vertex AI: jobs, joined with the models and endpoints that they name.

Jobs are read at the project's location, models and endpoints at the locations in their names. Resources are matched by
the last parts of their names, since answers have the project's number in place of its id. `deployment` says which
endpoint is a model's. An endpoint that cannot be read is unknown, not gone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.identity import label_marker
from gemspec.providers.vertex.wire import messages
from gemspec.providers.vertex.wire.deployment import chosen, deploys, of_job
from gemspec.providers.vertex.wire.history import remembered
from gemspec.providers.vertex.wire.parts import FIRST, Parts, made_by
from gemspec.providers.vertex.wire.resource_names import ENDPOINTS, JOBS, MODELS, Key, Name, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.wire.messages import Endpoint, Model, TuningJob
    from gemspec.providers.vertex.wire.parts import Makers

log = logging.getLogger("gemspec.providers")


@dataclass(frozen=True, slots=True)
class _Endpoints:
    """Endpoints by the last parts of their names, and the locations whose endpoints cannot be listed."""

    found: dict[Key, Endpoint]
    unread: set[str]


class Reader:
    """Reads tuning jobs with their models and endpoints."""

    def __init__(self, calls: VertexCalls, place: Place) -> None:
        self._calls = calls
        self._place = place
        self._makers: Makers = {}

    async def jobs(self) -> list[TuningJob]:
        """Read every tuning job of the project's location."""
        pages = await self._calls.pages(self._place.project, self._place.location, JOBS, messages.TuningJobPage)
        jobs = [job for page in pages for job in page.tuning_jobs]
        self._makers = made_by(jobs, self._place.project)
        return jobs

    async def all(self) -> list[Parts]:
        """Read every tuning job with its model and endpoint, including jobs that only their models remember."""
        jobs = await self.jobs()
        models = await self._models(Parts(job, self._place.project) for job in jobs)
        jobs += remembered(models.values(), jobs, self._place.location)
        self._makers = made_by(jobs, self._place.project)
        return await self._joined(jobs, models)

    async def find(self, name: str) -> Parts | None:
        """Read a job with its model and endpoint, by the name of any of the three.

        None where it does not exist, or belongs to another project or location, which are never listed.
        """
        wanted = Name.parse(name)
        if wanted.project != self._place.project:
            if not wanted.project.isdigit():
                return None
            # If it is another project's number, our project has no resource of that id.
            wanted = replace(wanted, project=self._place.project)
        if wanted.kind != JOBS:
            return await self._maker(wanted)
        if wanted.location != self._place.location:
            return None
        job = await self._calls.find(wanted, messages.TuningJob)
        return await self.complete(job) if job else await self._remembered(wanted)

    async def complete(self, job: TuningJob) -> Parts:
        """Read the model and endpoint of a job."""
        parts = Parts(job, self._place.project, makers=await self._known_makers(job))
        if parts.model_name is None:
            return parts
        parts = replace(parts, model=await self._calls.find(parts.model_name, messages.Model))
        return await self._with_endpoint(parts) if parts.model else parts

    async def labelled(self, parts: Parts) -> list[Endpoint]:
        """Read the endpoints that gemspec made for a model or wrote on, the oldest first: they are beside the model."""
        if parts.model_name is None:
            return []
        return of_job((await self._listed(parts.model_name.location)).values(), parts.job_name.id)

    async def _with_endpoint(self, parts: Parts) -> Parts:
        """Read the endpoint of a model: that of its job, while that deploys it, else what the list shows."""
        named, is_unread = None, False
        try:
            named = await self._calls.find(parts.job_endpoint, messages.Endpoint) if parts.job_endpoint else None
        except UnavailableError:
            raise
        except ServiceError:
            is_unread = True
        if named and deploys(named, parts.model_name):
            return replace(parts, endpoint=named)
        labelled: list[Endpoint] = []
        try:
            labelled = await self.labelled(parts)
        except UnavailableError:
            raise
        except ServiceError:
            is_unread = True
        return replace(parts, endpoint=chosen(named, labelled, parts.model_name), is_unread=is_unread)

    async def _joined(self, jobs: list[TuningJob], models: dict[Key, Model]) -> list[Parts]:
        bare = [Parts(job, self._place.project, makers=self._makers) for job in jobs]
        endpoints = await self._endpoints(bare)
        labelled: dict[str, list[Endpoint]] = {}
        for listed in endpoints.found.values():
            labelled.setdefault(label_marker.job_of(listed.labels) or "", []).append(listed)
        found = []
        for parts in bare:
            model = models.get(parts.model_name.key) if parts.model_name else None
            if model and parts.model_name and model.version_id not in ("", parts.model_name.version or FIRST):
                # The list shows only the default version of a model.
                model = await self._calls.find(parts.model_name, messages.Model)
            job = parts.job_name.id
            named = endpoints.found.get(parts.job_endpoint.key) if parts.job_endpoint else None
            endpoint = chosen(named, of_job(labelled.get(job, ()), job), parts.model_name)
            at = {name.location for name in (parts.job_endpoint, parts.model_name) if name}
            found.append(replace(parts, model=model, endpoint=endpoint, is_unread=bool(at & endpoints.unread)))
        return found

    async def _models(self, found: Iterable[Parts]) -> dict[Key, Model]:
        places = {self._place.location, *(parts.model_name.location for parts in found if parts.model_name)}
        pages = [await self._calls.pages(self._place.project, at, MODELS, messages.ModelPage) for at in sorted(places)]
        models = [model for listed in pages for page in listed for model in page.models]
        return {name.key: model for model in models if (name := Name.read(model.name))}

    async def _endpoints(self, found: list[Parts]) -> _Endpoints:
        """Read the endpoints of all locations where models or their endpoints are."""
        names = [name for parts in found for name in (parts.job_endpoint, parts.model_name) if name]
        result = _Endpoints({}, set())
        for location in sorted({name.location for name in names}):
            try:
                result.found.update(await self._listed(location))
            except UnavailableError:
                raise
            except ServiceError as error:
                log.debug("whether models answer at %s is not known: %s", location, error.summary)
                result.unread.add(location)
        return result

    async def _listed(self, location: str) -> dict[Key, Endpoint]:
        pages = await self._calls.pages(self._place.project, location, ENDPOINTS, messages.EndpointPage)
        endpoints = [endpoint for page in pages for endpoint in page.endpoints]
        return {name.key: endpoint for endpoint in endpoints if (name := Name.read(endpoint.name))}

    async def _maker(self, wanted: Name) -> Parts | None:
        """Find the job that made a model or an endpoint; a model name without a version means the first version."""
        for job in await self.jobs():
            parts = Parts(job, self._place.project)
            made = parts.model_name if wanted.kind == MODELS else parts.job_endpoint
            if made and made.key == wanted.key and (made.version or FIRST) == (wanted.version or FIRST):
                return await self.complete(job)
        return await self._remembered(wanted)

    async def _remembered(self, wanted: Name) -> Parts | None:
        """Find a model with a job that is gone."""
        return next((parts for parts in await self.all() if str(wanted) in parts.aliases), None)

    async def _known_makers(self, job: TuningJob) -> Makers:
        """Which job made which model. Read for a job that tunes another model further."""
        if job.pre_tuned_model.tuned_model_name and not self._makers:
            await self.jobs()
        return self._makers
