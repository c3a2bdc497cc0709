"""What a project has uploaded into its bucket, and which trainings name it. Beside `datasets`, which uploads.

Jobs of all projects count, not only those of gemspec: whatever names an object may need it. Every text of a job is
looked at, since other kinds of tuning name their data elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from gemspec.domain.errors import InvalidRequestError, NotFoundError
from gemspec.domain.uploads import StoredUpload, UploadList
from gemspec.providers.http.wire import Wire, WirePage, decode
from gemspec.providers.vertex.datasets import folder as upload_folder
from gemspec.providers.vertex.locations import TUNING_LOCATIONS
from gemspec.providers.vertex.read import Reader
from gemspec.providers.vertex.wire.history import without_history
from gemspec.providers.vertex.wire.resource_names import JOBS
from gemspec.util.concurrency import gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.providers.gcs.client import Storage
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.wire.resource_names import Place

_LISTS = 8  # at a time
# The names that gemspec gives its uploads, right in the folder: what else is there belongs to somebody else.
_OURS = re.compile(r"[0-9a-f]{64}(?:-[0-9]+)?\.jsonl")


class Location(Wire, frozen=True):
    location_id: str = ""


class LocationPage(WirePage, frozen=True):
    locations: tuple[Location, ...] = ()


class RawJobPage(WirePage, frozen=True):
    tuning_jobs: tuple[msgspec.Raw, ...] = ()


class Job(Wire, frozen=True):
    """A job of any kind, by its name and times."""

    name: str
    end_time: str = ""
    update_time: str = ""

    @property
    def ended(self) -> str:
        """When it ended; text that is no time where the service does not say."""
        return self.end_time or self.update_time or "unknown"


@dataclass(frozen=True, slots=True)
class Use:
    """A job that names objects; whether it `counts`, or is history."""

    job: Job
    uris: frozenset[str]
    counts: bool = True


class Uploads:
    """The uploads of projects in a bucket."""

    def __init__(self, calls: VertexCalls, storage: Storage, place: Place) -> None:
        self._calls = calls
        self._storage = storage
        self._place = place

    async def read(self, owner: str, *, everywhere: bool) -> UploadList:
        """List what was uploaded for a project, with the jobs that name it: those of its location, or `everywhere`."""
        folder = upload_folder(self._place.bucket, owner)
        stored = await self._storage.list(folder)
        found = {uri: entry for uri, entry in stored.items() if _OURS.fullmatch(uri.removeprefix(folder))}
        moment = self._storage.server_time
        locations = await self._locations() if everywhere else [self._place.location]
        uses = [use for at in await gather([partial(self._uses, at) for at in locations], limit=_LISTS) for use in at]
        uploads = [
            StoredUpload(
                uri=uri,
                size=entry.size,
                generation=entry.generation,
                create_time=entry.time_created,
                users=tuple(use.job.name for use in uses if uri in use.uris and use.counts),
                last_use=max((use.job.ended for use in uses if uri in use.uris and not use.counts), default=""),
            )
            for uri, entry in found.items()
        ]
        return UploadList(folder, tuple(uploads), moment)

    async def delete(self, owner: str, upload: StoredUpload) -> bool:
        """Delete an upload of this project, as it was seen. False where another one is there now."""
        if not upload.uri.startswith(upload_folder(self._place.bucket, owner)):
            raise InvalidRequestError(f"{upload.uri} was not uploaded for project {owner}", "Nothing was deleted.")
        return await self._storage.delete(upload.uri, upload.generation)

    async def _locations(self) -> list[str]:
        """Give the locations that may have jobs: the project's own, those that the service lists, and those where it is
        known to tune, since multi-regions may not be listed.
        """
        calls, path = self._calls.at(self._place.location), f"/v1/projects/{self._place.project}/locations"
        try:
            pages = [page async for page in calls.pages(path, LocationPage, "listing locations")]
            listed = [location.location_id for page in pages for location in page.locations if location.location_id]
        except NotFoundError:  # not served there
            listed = []
        return sorted({self._place.location, *listed, *TUNING_LOCATIONS})

    async def _uses(self, location: str) -> list[Use]:
        """Read which objects the jobs of a location name; none where there can be no jobs."""
        try:
            pages = await self._calls.pages(self._place.project, location, JOBS, RawJobPage)
        except (NotFoundError, InvalidRequestError):
            if location == self._place.location:
                raise
            return []
        jobs = [bytes(job) for page in pages for job in page.tuning_jobs]
        uses = [Use(decode(job, Job), frozenset(_uris(msgspec.json.decode(job)))) for job in jobs]
        uses = [use for use in uses if use.uris]
        past = await self._history(location) if uses else set()
        return [replace(use, counts=use.job.name not in past) for use in uses]

    async def _history(self, location: str) -> set[str]:
        """Give the names of the jobs that are history: their model was deleted, or a newer attempt came after them."""
        found = await Reader(self._calls, replace(self._place, location=location)).all()
        kept = {live.name for live in without_history(found)}
        return {parts.job.name for parts in found if str(parts.job_name) not in kept}


def _uris(value: Any) -> Iterator[str]:
    """Every text in a job that is the URI of an object."""
    if isinstance(value, str):
        if value.startswith("gs://"):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _uris(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _uris(inner)
