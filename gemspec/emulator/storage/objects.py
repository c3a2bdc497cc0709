"""The methods of objects: get (metadata, or the bytes with alt=media), list, delete. `uploads` has insert."""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from . import listing, store
from .blobs import read_blob
from .errors import StorageError
from .messages import OBJECT, OBJECTS, OBJECTS_DELETE, OBJECTS_GET, OBJECTS_LIST
from .resources import DEFAULT_TYPE, STANDARD, etag, object_value
from .store import check_read, check_write, conditions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .calls import Call
    from .store import StoredObject

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def get(call: Call) -> Response:
    """GET /storage/v1/b/BUCKET/o/NAME: the metadata, or with alt=media the bytes."""
    if call.query.get("alt") == "media":
        return _download(call)
    parameters = call.parameters(OBJECTS_GET)
    with call.database.transaction():
        found = store.find_object(call.database, *_path(call), parameters.get("generation"))
        check_read(conditions_of(parameters), found)
    return call.answer(OBJECT, object_value(found, call.base_url))


def list_objects(call: Call) -> Response:
    """GET /storage/v1/b/BUCKET/o: by name; with a delimiter names below it are shown as prefixes."""
    request = listing.ListRequest.from_parameters(call.parameters(OBJECTS_LIST))
    bucket = call.path["bucket"]
    seen: dict[str, StoredObject] = {}
    with call.database.transaction():
        store.find_bucket(call.database, bucket)
        page = listing.page_of(_names(store.objects_of(call.database, bucket, request.first), seen), request)
    value = {
        "kind": "storage#objects",
        "items": [object_value(seen[name], call.base_url) for name in page.names],
        "prefixes": page.prefixes,
        "nextPageToken": page.token,
    }
    return call.answer(OBJECTS, value)


def delete(call: Call) -> Response:
    """DELETE /storage/v1/b/BUCKET/o/NAME."""
    parameters = call.parameters(OBJECTS_DELETE)
    with call.database.transaction(write=True):
        found = store.find_object(call.database, *_path(call), parameters.get("generation"))
        check_write(conditions_of(parameters), found)
        store.delete_object(call.database, found)
    return Response(status_code=204)


def _download(call: Call) -> Response:
    """GET ...?alt=media. The answer breaks off if the object is overwritten while it is sent.

    Raises StorageError: 404 and 412 as plain text, 416 for a range outside of the object.
    """
    parameters = call.parameters(OBJECTS_GET)
    try:
        with call.database.transaction():
            found = store.find_object(call.database, *_path(call), parameters.get("generation"))
            check_read(conditions_of(parameters), found)
    except StorageError as error:
        raise StorageError(error.code, None, error.message) from error
    size = found.digest.size
    wanted = _range(call.headers.get("range", ""), size)
    first, end = wanted or (0, size)
    headers = {**_download_headers(found), "content-length": str(end - first)}
    if wanted:
        headers["content-range"] = f"bytes {first}-{end - 1}/{size}"
    pieces = read_blob(call.database, found.blob, first, end)
    return StreamingResponse(pieces, 206 if wanted else 200, headers)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte of a range and the byte after its last; None for the whole object. A header of another form, or of
    several ranges, is ignored, as RFC 9110 allows. Raises StorageError (416)."""
    match = _RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first:
        begin, end = int(first), min(size, int(last) + 1) if last else size
    else:
        begin, end = max(0, size - int(last)), size
    if begin >= end:
        message = "The requested range cannot be satisfied."
        raise StorageError(416, None, message, headers={"content-range": f"bytes */{size}"})
    return begin, end


def _download_headers(found: StoredObject) -> dict[str, str]:
    settings = found.settings
    headers = {
        "content-type": settings.get("contentType", DEFAULT_TYPE),
        "etag": f'"{etag(found.generation)}"',
        "last-modified": formatdate(found.created / 1_000_000, usegmt=True),
        "accept-ranges": "bytes",
        "x-goog-generation": str(found.generation),
        "x-goog-metageneration": str(found.METAGENERATION),
        "x-goog-hash": f"crc32c={found.digest.crc32c}" + (f",md5={found.digest.md5}" if found.digest.md5 else ""),
        "x-goog-storage-class": settings.get("storageClass", STANDARD),
        "x-goog-stored-content-encoding": settings.get("contentEncoding", "identity"),
        "x-goog-stored-content-length": str(found.digest.size),
    }
    shown = {
        "contentEncoding": "content-encoding",
        "contentDisposition": "content-disposition",
        "contentLanguage": "content-language",
        "cacheControl": "cache-control",
    }
    shown_too = {header: settings[name] for name, header in shown.items() if name in settings}
    return {name: text.encode().decode("latin-1") for name, text in (headers | shown_too).items()}


def _path(call: Call) -> tuple[str, str]:
    return call.path["bucket"], call.path["object"]


def _names(objects: Iterator[StoredObject], seen: dict[str, StoredObject]) -> Iterator[str]:
    for stored in objects:
        seen[stored.name] = stored
        yield stored.name
