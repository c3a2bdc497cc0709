"""Training data for Vertex AI: finds the object of Cloud Storage with the data, or uploads it.

Examples become a file of conversations that is named after its content, so that it cannot change while a job waits. An
object of the user's is identified by generation and checksum, which the marker holds. Both are compared with the marker
here, just before a training is requested.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gemspec.domain.errors import InvalidRequestError
from gemspec.identity import fingerprint
from gemspec.identity.conversation import jsonl, line_of
from gemspec.providers.gcs.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gemspec.domain.model import Dataset, Marker, TrainingExample
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
            _check(await self.stored(uri), creation.marker)
            return uri
        dataset, content = await _written(creation.examples)
        _check(dataset, creation.marker)
        return await self._put(content, creation.marker.owner)

    async def validation(self, creation: Creation) -> str | None:
        """Give the URI of the validation data, None where there is none. Raises as `training`."""
        if uri := creation.extras.get("validationDatasetUri"):
            return str(uri)
        planned = creation.extras.get("validationData")
        if planned is None:
            return None
        dataset, content = await _written(creation.validation)
        if dataset.fingerprint != planned:
            raise _changed("validation data", creation.marker.key)
        return await self._put(content, creation.marker.owner)

    async def stored(self, uri: str) -> Dataset | None:
        """Identify the data in an object of the user's; None where there is no such object."""
        found = await self._storage.find(uri)
        return fingerprint.stored_data(uri, found.generation, found.crc32c) if found else None

    async def _put(self, content: Content, owner: str) -> str:
        return await self._storage.ensure(_names(self._bucket, owner, content), content)


def _names(bucket: str, owner: str, content: Content) -> list[str]:
    """Give the names that a content may have, the usual one first, the others where somebody else has taken it."""
    stem = f"{folder(bucket, owner)}{content.sha256}"
    return [f"{stem}.jsonl", *(f"{stem}-{number}.jsonl" for number in range(2, NAMES + 1))]


def folder(bucket: str, owner: str) -> str:
    """Give what the URIs of a project's uploads begin with: projects share no objects."""
    return f"gs://{bucket}/gemspec/{owner}/"


async def _written(examples: Sequence[TrainingExample]) -> tuple[Dataset, Content]:
    """Fingerprint the examples in the same pass that measures their file, so that both describe the same data."""
    seen = fingerprint.Fingerprint()

    def lines() -> Iterator[bytes]:
        for example in examples:
            seen.take((example,))
            yield line_of(example)

    content = await Content.measure(lines)
    return seen.dataset(), replace(content, source=partial(jsonl, examples))


def _check(dataset: Dataset | None, marker: Marker) -> None:
    found = (dataset.fingerprint[: fingerprint.DATA_DIGITS], dataset.examples) if dataset else None
    if found != (marker.data, marker.examples):
        raise _changed("training data", marker.key)


def _changed(what: str, key: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"the {what} of {key!r} is not what was planned: it changed in the meantime",
        "Nothing was sent. Run plan again.",
    )
