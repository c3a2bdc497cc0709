"""Starts trainings on Vertex AI, each only once: a create has no id, and a repeated create trains twice.

Before a job is requested, the list of jobs is searched for an equal job that has not failed; after an uncertain answer,
for an equal job that is new. Only then is the request repeated. After that the list is searched for twins: of equal
jobs that several runs started at the same time, the oldest is kept. The list is read whole and compared here, since a
filter that the service reads differently would cost a training.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import InvalidRequestError, ServiceError, UnavailableError
from gemspec.domain.marker import Marker
from gemspec.domain.model import ParentModel, State
from gemspec.providers.http.api import RefusedError
from gemspec.providers.http.errors import Kind
from gemspec.providers.http.wire import decode
from gemspec.providers.vertex.wire import encode as requests, messages
from gemspec.providers.vertex.wire.history import age
from gemspec.providers.vertex.wire.parts import Parts
from gemspec.providers.vertex.wire.resource_names import JOBS, MODELS, Name, Place, collection

if TYPE_CHECKING:
    from gemspec.domain.marker import Reading
    from gemspec.providers.base import Creation, Sending
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.datasets import TrainingFiles
    from gemspec.providers.vertex.delete import Ending
    from gemspec.providers.vertex.read import Reader
    from gemspec.providers.vertex.wire.messages import TuningJob

PAUSES = (2.0, 5.0, 15.0, 30.0)  # seconds before a job is requested again
THROTTLED = 429  # the request had no effect

log = logging.getLogger("gemspec.providers")


class Creator:
    """Starts tuning jobs."""

    def __init__(self, calls: VertexCalls, place: Place, reader: Reader, files: TrainingFiles, ending: Ending) -> None:
        self._calls = calls
        self._place = place
        self._reader = reader
        self._files = files
        self._ending = ending

    async def create(self, creation: Creation, sending: Sending) -> Parts:
        """Start a training, or find an equal job; the oldest, where there are several.

        Data is uploaded before `sending` is entered. Raises QuotaError where no further job may run now,
        InvalidRequestError for data that is not what was planned.
        """
        parent = await self._parent(creation)
        equal = await self._equal(creation.marker)
        for job in equal:
            parts = await self._reader.complete(job)
            alive = not parts.is_gone and parts.state is not State.FAILED
            if alive and _is_same(parts.marker, creation.marker):  # not moved to another key, nor released, since
                return parts
        body = requests.create_body(
            creation,
            training=await self._files.training(creation),
            validation=await self._files.validation(creation),
            parent=parent,
        )
        before = {job.name for job in equal}
        async with sending():
            job = await self._marked(await self._begin(creation, body, before), creation.marker)
            return await self._reader.complete(await self._oldest(job, creation.marker, before))

    async def _begin(self, creation: Creation, body: bytes, before: set[str]) -> TuningJob:
        """Request the job until it exists. `before` are the names of equal jobs that existed before."""
        pauses, may_be_there = iter(PAUSES), False
        while True:
            try:
                return await self._ask(creation, body)
            except UnavailableError as unclear:
                cause = unclear
            may_be_there = may_be_there or cause.code != THROTTLED
            pause = next(pauses, None)
            for wait in (0.0, pause or 0.0):  # a new job may take a moment to be listed
                await anyio.sleep(wait)
                if may_be_there and (made := await self._made(creation.marker, before)):
                    return made[0]
            if pause is None:
                raise cause

    async def _ask(self, creation: Creation, body: bytes) -> TuningJob:
        """Send the create once. Raises UnavailableError where it may have had an effect, or may be repeated."""
        path = collection(self._place.project, self._place.location, JOBS)
        about = f"training {creation.marker.key} from {creation.source.name}"
        calls = self._calls.at(self._place.location)
        try:
            answer = await calls.attempt("POST", path, body=body, once=True)
        except RefusedError as refused:
            if refused.kind is Kind.NOT_FOUND:
                raise InvalidRequestError(
                    calls.error(refused, about).summary, "Check baseModel, and the project."
                ) from None
            raise calls.error(refused, about) from None
        try:
            return decode(answer, messages.TuningJob)
        except ServiceError as garbled:
            raise UnavailableError(f"{about}: {garbled.summary}", garbled.hint) from garbled

    async def _oldest(self, job: TuningJob, marker: Marker, before: set[str]) -> TuningJob:
        """Keep the oldest of the equal jobs that several runs started, and cancel the rest, as every run does."""
        try:
            made = [Parts(found, self._place.project) for found in await self._made(marker, before)]
            alive = [parts for parts in made if parts.state is not State.FAILED]
            first, *rest = alive or [Parts(job, self._place.project)]
            for name in (str(parts.job_name) for parts in rest):
                log.warning("%s was begun twice: %s is cancelled", marker.key, name)
                await self._ending.cancel(name)
        except ServiceError as failed:  # the training runs; the next plan looks for twins, too
            log.warning("whether %s was begun twice is not known: %s", marker.key, failed.summary)
            return job
        return first.job

    async def _made(self, marker: Marker, before: set[str]) -> list[TuningJob]:
        return [job for job in await self._equal(marker) if job.name not in before]

    async def _equal(self, marker: Marker) -> list[TuningJob]:
        """Jobs that were created for the same generation, the oldest first."""
        jobs = await self._reader.jobs()
        return sorted((job for job in jobs if _is_same(self._asked_for(job), marker)), key=age)

    def _asked_for(self, job: TuningJob) -> Reading:
        return Parts(job, self._place.project).asked_for

    async def _marked(self, job: TuningJob, marker: Marker) -> TuningJob:
        """Make sure that the job carries its marker. Without it gemspec would not find the job again."""
        if _is_same(self._asked_for(job), marker):
            return job
        name = Name.parse(job.name)
        found = await self._calls.find(name, messages.TuningJob)
        if found and _is_same(self._asked_for(found), marker):
            return found
        await self._ending.cancel(str(name))
        raise ServiceError(
            f"the service did not keep gemspec's labels on {name}; its training was cancelled",
            "Without them gemspec would not find it again.",
        )

    async def _parent(self, creation: Creation) -> str | None:
        """Give the name of the model to tune further, None for a base model.

        Raises InvalidRequestError where it is gone, or where the result would become a version of it.
        """
        if not isinstance(creation.source, ParentModel):
            return None
        name = Name.parse(creation.source.name)
        found = await self._reader.find(creation.source.name)
        model = found.model if found else None
        if found is None and name.kind == MODELS:  # a model that no job of this location made
            model = await self._calls.find(name, messages.Model)
        if model is None:
            raise InvalidRequestError(
                f"{creation.source.name}, which {creation.marker.key} is tuned from, has no model",
                "Nothing was sent. Run plan again.",
            )
        if model.display_name == requests.display_name(creation):
            raise InvalidRequestError(
                f"{creation.marker.key} has the display name of the model that it is tuned from",
                "Vertex AI would make it a version of that model. Write another displayName, then run plan again.",
            )
        return found.job.tuned_model.model if found else str(name)


def _is_same(found: Reading, marker: Marker) -> bool:
    return isinstance(found, Marker) and (found.owner, found.key, found.train) == (
        marker.owner,
        marker.key,
        marker.train,
    )
