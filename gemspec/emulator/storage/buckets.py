"""The methods of buckets: insert, get, list, delete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import Response

from ..kernel.projects import number_of
from . import listing, store
from .calls import read_resource
from .errors import BucketNameError, StorageError, invalid, required
from .messages import BUCKET, BUCKETS, BUCKETS_DELETE, BUCKETS_GET, BUCKETS_INSERT, BUCKETS_LIST
from .resources import bucket_value
from .store import StoredBucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..kernel.emulation import Emulation
    from ..kernel.fields import Value
    from .calls import Call

OWNER = number_of("emulated") or 0  # of the buckets that `create_app` makes

_NAME = re.compile(r"(?!goog)(?!.*google)(?!\d+(\.\d+){3}$)(?!.*(\.\.|\.-|-\.))[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")


def insert(call: Call) -> Response:
    """POST /storage/v1/b?project=P."""
    project = _project(call.parameters(BUCKETS_INSERT))
    bucket = new_bucket(read_resource(BUCKET, call.body), project, call.now)
    with call.database.transaction(write=True):
        if not store.make_bucket(call.database, bucket):
            message = "Your previous request to create the named bucket succeeded and you already own it."
            raise StorageError(409, "conflict", message)
    return call.answer(BUCKET, bucket_value(bucket, call.base_url))


def new_bucket(settings: Value, project: int, now: int) -> StoredBucket:
    """A bucket to be stored. Raises StorageError (400) for its name."""
    name = settings.get("name", "")
    if not name:
        raise required("Required")
    if not _NAME.fullmatch(name):
        raise invalid(f"Invalid bucket name: '{name}'")
    return StoredBucket(name, project, settings, now)


def make_buckets(emulation: Emulation, names: Iterable[str]) -> None:
    """Makes the buckets that are missing. Raises BucketNameError."""
    with emulation.database.transaction(write=True):
        for name in names:
            try:
                bucket = new_bucket({"name": name}, OWNER, emulation.now())
            except StorageError as error:
                raise BucketNameError(name) from error
            store.make_bucket(emulation.database, bucket)


def get(call: Call) -> Response:
    """GET /storage/v1/b/BUCKET."""
    call.parameters(BUCKETS_GET)
    with call.database.transaction():
        bucket = store.find_bucket(call.database, call.path["bucket"])
    return call.answer(BUCKET, bucket_value(bucket, call.base_url))


def list_buckets(call: Call) -> Response:
    """GET /storage/v1/b?project=P: by name."""
    parameters = call.parameters(BUCKETS_LIST)
    project = _project(parameters)
    with call.database.transaction():
        named = {bucket.name: bucket for bucket in store.buckets_of(call.database, project)}
    page = listing.page_of(named, listing.ListRequest.from_parameters(parameters))
    found = [bucket_value(named[name], call.base_url) for name in page.names]
    return call.answer(BUCKETS, {"kind": "storage#buckets", "items": found, "nextPageToken": page.token})


def delete(call: Call) -> Response:
    """DELETE /storage/v1/b/BUCKET: only if it is empty."""
    call.parameters(BUCKETS_DELETE)
    with call.database.transaction(write=True):
        store.delete_bucket(call.database, call.path["bucket"])
    return Response(status_code=204)


def _project(parameters: Value) -> int:
    project = parameters.get("project", "")
    if not project:
        raise required("Required parameter: project")
    number = number_of(project)
    if number is None:
        raise invalid(f"Unknown project id: {project}")
    return number
