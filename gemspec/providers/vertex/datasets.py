"""Training data for Vertex AI: finds the object of Cloud Storage with the data, or uploads it.

Examples become a file of conversations that is named after its content, so that it cannot change while a job waits. An
object of the user's is identified by size and CRC32C, which the marker holds. Both are compared with the marker here,
just before a training is requested; an object is compared by MD5, too, where it had one in the plan.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gemspec.domain.errors import InvalidRequestError, ServiceError
from gemspec.domain.model import VALIDATION, VALIDATION_URI
from gemspec.domain.training_data import StoredData
from gemspec.identity import fingerprint
from gemspec.identity.conversation import jsonl, line_of
from gemspec.providers.base import UploadTarget
from gemspec.providers.gcs.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gemspec.domain.marker import Marker
    from gemspec.domain.training_data import Dataset, TrainingExample
    from gemspec.providers.base import Creation
    from gemspec.providers.gcs.client import Storage

NAMES = 20  # for a content; more than by accident are taken


class TrainingFiles:
    """The files of trainings in a bucket."""

    def __init__(self, storage: Storage, bucket: str) -> None:
        self._storage = storage
        self._bucket = bucket

    async def training(self, creation: Creation) -> str:
        """Give the URI of the training data. Raises InvalidRequestError when it is not what was planned."""
        if uri := creation.data_uri:
            found = await self.stored(uri)
            _check(fingerprint.stored_data(found.size, found.crc32c) if found else None, creation.marker)
            _check_stored(found, creation.stored, "training data", creation.marker)
            return uri
        dataset, content = await _written(creation.examples)
        _check(dataset, creation.marker)
        return await self._put(content, creation.marker.owner)

    async def validation(self, creation: Creation) -> str | None:
        """Give the URI of the validation data, None where there is none. Raises as `training`."""
        if uri := creation.extras.get(VALIDATION_URI):
            _check_stored(await self.stored(str(uri)), creation.stored_validation, "validation data", creation.marker)
            return str(uri)
        planned = creation.extras.get(VALIDATION)
        if planned is None:
            return None
        dataset, content = await _written(creation.validation)
        if dataset.fingerprint != planned:
            raise _changed("validation data", creation.marker.key)
        return await self._put(content, creation.marker.owner)

    async def stored(self, uri: str) -> StoredData | None:
        """Describe an object of the user's; None where there is no such object.

        Raises ServiceError, also for an object whose content cannot be identified.
        """
        found = await self._storage.find(uri)
        if found and not found.crc32c:
            raise ServiceError(
                f"reading {uri}: the service tells no CRC32C of it, so nobody can say when it changes",
                "An object that is encrypted with a key of its own has none: copy it without that key.",
            )
        return StoredData(uri, found.size, found.crc32c, found.md5_hash, found.generation) if found else None

    async def target(self, owner: str, examples: Iterable[TrainingExample]) -> UploadTarget:
        """Say where examples would be uploaded to. Where the bucket cannot be read, that is the usual name."""
        dataset, content = await _measured(examples)
        names = _names(self._bucket, owner, content)
        try:
            uri, found = await self._storage.place(names, content)
        except ServiceError:  # the create will say so, if it lasts
            return UploadTarget(names[0], dataset.examples, content.size, is_there=None, digest=content.sha256)
        return UploadTarget(uri, dataset.examples, content.size, is_there=found is not None, digest=content.sha256)

    async def _put(self, content: Content, owner: str) -> str:
        return await self._storage.ensure(_names(self._bucket, owner, content), content)


def _names(bucket: str, owner: str, content: Content) -> list[str]:
    """Give the names that a content may have, the usual name first, the others for the case that it is taken."""
    stem = f"{folder(bucket, owner)}{content.sha256}"
    return [f"{stem}.jsonl", *(f"{stem}-{number}.jsonl" for number in range(2, NAMES + 1))]


def folder(bucket: str, owner: str) -> str:
    """Give what the URIs of a project's uploads begin with: projects share no objects."""
    return f"gs://{bucket}/gemspec/{owner}/"


async def _written(examples: Sequence[TrainingExample]) -> tuple[Dataset, Content]:
    """As `_measured`, with content that can be sent."""
    dataset, content = await _measured(examples)
    return dataset, replace(content, source=partial(jsonl, examples))


async def _measured(examples: Iterable[TrainingExample]) -> tuple[Dataset, Content]:
    """Fingerprint the examples in the same pass that measures their file, so that both describe the same data."""
    seen = fingerprint.Fingerprint()

    def lines() -> Iterator[bytes]:
        for example in examples:
            seen.take((example,))
            yield line_of(example)

    content = await Content.measure(lines)
    return seen.dataset(), content


def _check(dataset: Dataset | None, marker: Marker) -> None:
    found = (dataset.fingerprint[: fingerprint.DATA_DIGITS], dataset.examples) if dataset else None
    if found != (marker.data, marker.examples):
        raise _changed("training data", marker.key)


def _check_stored(found: StoredData | None, planned: StoredData | None, what: str, marker: Marker) -> None:
    """Raise InvalidRequestError for an object that is gone, or is not the object that the plan saw."""
    if found is None or (planned is not None and not found.holds_same(planned)):
        raise _changed(what, marker.key)


def _changed(what: str, key: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"the {what} of {key!r} is not what was planned: it changed in the meantime",
        "Nothing was sent. Run plan again.",
    )
