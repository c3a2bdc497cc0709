"""The methods of objects: get (metadata, or the bytes with alt=media), list, delete, compose. `uploads` has insert.

A composed object has the bytes of several objects, one after another, with a CRC32C and without an MD5.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from . import listing, store
from .blobs import append_piece, begin_blob, digest_of, discard_blob, read_blob
from .calls import read_resource
from .errors import StorageError, invalid, required
from .messages import COMPOSE_REQUEST, OBJECT, OBJECTS, OBJECTS_COMPOSE, OBJECTS_DELETE, OBJECTS_GET, OBJECTS_LIST
from .resources import DEFAULT_TYPE, STANDARD, etag, object_value
from .store import check_read, check_write, conditions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..kernel.fields import Value
    from .calls import Call
    from .store import StoredObject

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)

MAX_COMPOSED = 32  # objects in a request, as published


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


def compose(call: Call) -> Response:
    """POST /storage/v1/b/BUCKET/o/NAME/compose."""
    conditions = conditions_of(call.parameters(OBJECTS_COMPOSE))
    asked = read_resource(COMPOSE_REQUEST, call.body)
    with call.database.transaction():
        sources = _sources(call, asked.get("sourceObjects", []))
    blob = begin_blob(call.database, call.now)
    try:
        made = _put(call, asked.get("destination", {}), conditions, sources, _joined(call, sources, blob))
    except BaseException:
        discard_blob(call.database, blob)
        raise
    return call.answer(OBJECT, object_value(made, call.base_url))


def _sources(call: Call, asked: list[Value]) -> list[StoredObject]:
    """The objects that the request names. Raises StorageError: 400, 404, 412."""
    if not asked:
        raise required("Required")
    if len(asked) > MAX_COMPOSED:
        raise invalid(f"The number of source components provided ({len(asked)}) exceeds the maximum ({MAX_COMPOSED}).")
    found = []
    for source in asked:
        live = store.find_object(call.database, call.path["bucket"], source.get("name", ""), source.get("generation"))
        check_write(source.get("objectPreconditions", {}), live)
        found.append(live)
    return found


def _joined(call: Call, sources: list[StoredObject], blob: int) -> int:
    """Copies the bytes of the sources into a blob; its number."""
    end = 0
    for source in sources:
        for piece in read_blob(call.database, source.blob, 0, source.digest.size):
            append_piece(call.database, blob, end, piece)
            end += len(piece)
    return blob


def _put(
    call: Call, destination: Value, conditions: dict[str, int], sources: list[StoredObject], blob: int
) -> StoredObject:
    """Makes the blob an object. Raises StorageError (412) as an upload does."""
    bucket, name = call.path["bucket"], call.path["object"]
    settings = {field: value for field, value in destination.items() if field not in ("name", "crc32c", "md5Hash")}
    settings["componentCount"] = sum(source.settings.get("componentCount", 1) for source in sources)
    digest = replace(digest_of(read_blob(call.database, blob)), md5="")
    with call.database.transaction(write=True):
        check_write(conditions, store.live_object(call.database, bucket, name))
        return store.put_object(call.database, bucket, name, blob, settings, digest, call.now)
