"""Upload requests: checked before the bytes are read, made into an object once they are there.

All three kinds of uploads (`uploads`, `resumable`) begin with an UploadRequest and end with `put_upload`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from . import store
from .blobs import digest_of, read_blob
from .calls import read_resource
from .errors import invalid, required
from .messages import OBJECT, OBJECTS_INSERT
from .store import check_write, conditions_of

if TYPE_CHECKING:
    from ..kernel.fields import Value
    from .blobs import Digest
    from .calls import Call
    from .store import StoredObject

NAME_LENGTH = 1024  # bytes of UTF-8
CHECKSUMS = ("crc32c", "md5Hash")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """An object to be made: `settings` as the caller set them, `claims` are its checksums of the bytes, `conditions`
    those of `store`; `size` is None if it is not announced. Sessions of resumable uploads store it as JSON."""

    bucket: str
    name: str
    settings: Value
    claims: dict[str, str]
    conditions: dict[str, int]
    size: int | None = None

    def with_claims(self, claims: dict[str, str]) -> UploadRequest:
        """With more checksums of the bytes."""
        return replace(self, claims={**self.claims, **claims})

    def as_json(self) -> Value:
        """For `UploadRequest(**...)`."""
        return asdict(self)


def read_upload_request(call: Call, metadata: bytes, content_type: str, size: int | None = None) -> UploadRequest:
    """Reads the upload of a request from its query, its metadata in JSON (may be empty) and the type of its media.

    Raises StorageError (400) for the name and the settings.
    """
    parameters = call.parameters(OBJECTS_INSERT)
    settings = read_resource(OBJECT, metadata)
    query_name, body_name = parameters.get("name", ""), settings.pop("name", "")
    if query_name and body_name and query_name != body_name:
        raise invalid(f"Value '{body_name}' in content does not agree with value '{query_name}'.")
    name = query_name or body_name
    if not name:
        raise required("Required")
    if len(name.encode()) > NAME_LENGTH or re.search(r"[\r\n]", name) or name in (".", ".."):
        raise invalid("Invalid object name.")
    if content_type:
        settings.setdefault("contentType", content_type)
    if "contentEncoding" in parameters:
        settings["contentEncoding"] = parameters["contentEncoding"]
    for field, text in settings.items():
        if isinstance(text, str) and _CONTROL.search(text):
            raise invalid(f"Invalid value for {field}.")
    claims = {name: settings.pop(name) for name in CHECKSUMS if name in settings}
    return UploadRequest(call.path["bucket"], name, settings, claims, conditions_of(parameters), size)


def check_upload(call: Call, request: UploadRequest) -> None:
    """Whether the object can be made now. Raises StorageError: 404 for the bucket, 412 for the conditions."""
    with call.database.transaction():
        check_write(request.conditions, store.live_object(call.database, request.bucket, request.name))


def checked_digest(call: Call, request: UploadRequest, blob: int) -> Digest:
    """The checksums of the bytes. Raises StorageError (400) if they are not as announced."""
    found = digest_of(read_blob(call.database, blob))
    if request.size not in (None, found.size):
        raise invalid(f"There were {found.size} byte(s) in the upload. There should have been {request.size} byte(s).")
    if problems := found.mismatches(request.claims):
        raise invalid(" ".join(problems))
    return found


def put_upload(call: Call, request: UploadRequest, blob: int, found: Digest) -> StoredObject:
    """Makes a blob the requested object. To be called in a transaction. Raises StorageError, as `check_upload` does."""
    check_write(request.conditions, store.live_object(call.database, request.bucket, request.name))
    now = call.emulation.now()
    return store.put_object(call.database, request.bucket, request.name, blob, request.settings, found, now)


def finish_upload(call: Call, request: UploadRequest, blob: int) -> StoredObject:
    """Checks the bytes and makes the object, in a transaction of its own."""
    found = checked_digest(call, request, blob)
    with call.database.transaction(write=True):
        return put_upload(call, request, blob, found)
