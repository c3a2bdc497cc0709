"""Reads Vertex AI: jobs, joined with the models and endpoints that they name.

Jobs are read at the project's location, models and endpoints at the locations in their names. Resources are matched by
the last parts of their names, since answers have the project's number in place of its id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.providers.vertex import messages
from gemspec.providers.vertex.decode import FIRST, Parts, made_by, remembered
from gemspec.providers.vertex.resource_names import ENDPOINTS, JOBS, MODELS, Key, Name, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.decode import Makers
    from gemspec.providers.vertex.messages import Endpoint, Model, TuningJob


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
        model = await self._calls.find(parts.model_name, messages.Model)
        name = parts.endpoint_name
        endpoint = await self._calls.find(name, messages.Endpoint) if name else None
        return replace(parts, model=model, endpoint=endpoint)

    async def _joined(self, jobs: list[TuningJob], models: dict[Key, Model]) -> list[Parts]:
        bare = [Parts(job, self._place.project, makers=self._makers) for job in jobs]
        endpoints = await self._endpoints(bare)
        found = []
        for parts in bare:
            model = models.get(parts.model_name.key) if parts.model_name else None
            endpoint = endpoints.get(parts.endpoint_name.key) if parts.endpoint_name else None
            if model and parts.model_name and model.version_id not in ("", parts.model_name.version or FIRST):
                # The list shows only the default version of a model.
                model = await self._calls.find(parts.model_name, messages.Model)
            found.append(replace(parts, model=model, endpoint=endpoint))
        return found

    async def _models(self, found: Iterable[Parts]) -> dict[Key, Model]:
        places = {self._place.location, *(parts.model_name.location for parts in found if parts.model_name)}
        pages = [await self._calls.pages(self._place.project, at, MODELS, messages.ModelPage) for at in sorted(places)]
        models = [model for listed in pages for page in listed for model in page.models]
        return {name.key: model for model in models if (name := Name.read(model.name))}

    async def _endpoints(self, found: list[Parts]) -> dict[Key, Endpoint]:
        places = {parts.endpoint_name.location for parts in found if parts.endpoint_name}
        kind = messages.EndpointPage
        pages = [await self._calls.pages(self._place.project, at, ENDPOINTS, kind) for at in sorted(places)]
        endpoints = [endpoint for listed in pages for page in listed for endpoint in page.endpoints]
        return {name.key: endpoint for endpoint in endpoints if (name := Name.read(endpoint.name))}

    async def _maker(self, wanted: Name) -> Parts | None:
        """Find the job that made a model or an endpoint; a model name without a version means the first version."""
        for job in await self.jobs():
            parts = Parts(job, self._place.project)
            made = parts.model_name if wanted.kind == MODELS else parts.endpoint_name
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
