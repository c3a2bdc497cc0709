"""The bytes of an object: objects.get with alt=media, whole or one range of them."""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from . import blobs, store
from .errors import StorageError
from .messages import OBJECTS_GET
from .preconditions import check_read, conditions_of
from .resources import DEFAULT_TYPE, STANDARD, etag

if TYPE_CHECKING:
    from starlette.responses import Response

    from .calls import Call
    from .store import StoredObject

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def download(call: Call) -> Response:
    """GET ...?alt=media. The answer breaks off where the object is overwritten while it is sent.

    Raises StorageError: 404 and 412 as plain text, 416 for a range outside of the object.
    """
    parameters = call.parameters(OBJECTS_GET)
    try:
        with call.database.transaction():
            bucket, name = call.path["bucket"], call.path["object"]
            found = store.find_object(call.database, bucket, name, parameters.get("generation"))
            check_read(conditions_of(parameters), found)
    except StorageError as error:
        raise StorageError(error.code, None, error.message) from error
    size = found.digest.size
    wanted = _range(call.headers.get("range", ""), size)
    first, end = wanted or (0, size)
    headers = {**_headers(found), "content-length": str(end - first)}
    if wanted:
        headers["content-range"] = f"bytes {first}-{end - 1}/{size}"
    pieces = blobs.read(call.database, found.content, first, end)
    return StreamingResponse(pieces, 206 if wanted else 200, headers)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None for all of them. A header of another form, or of several ranges,
    is ignored, as RFC 9110 allows. Raises StorageError (416)."""
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


def _headers(found: StoredObject) -> dict[str, str]:
    settings = found.settings
    headers = {
        "content-type": settings.get("contentType", DEFAULT_TYPE),
        "etag": f'"{etag(found.generation)}"',
        "last-modified": formatdate(found.created / 1_000_000, usegmt=True),
        "accept-ranges": "bytes",
        "x-goog-generation": str(found.generation),
        "x-goog-metageneration": str(found.METAGENERATION),
        "x-goog-hash": f"crc32c={found.digest.crc32c},md5={found.digest.md5}",
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
