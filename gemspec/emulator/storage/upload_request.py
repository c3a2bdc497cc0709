"""What an upload is to become: checked before its bytes are taken, fulfilled once they are there.

All three kinds of uploads (`uploads`, `resumable`) begin with a Wish and end with `put`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from . import blobs, store
from .calls import read_resource
from .checksums import digest
from .errors import invalid, required
from .messages import OBJECT, OBJECTS_INSERT
from .preconditions import check_write, conditions_of

if TYPE_CHECKING:
    from ..kernel.fields import Value
    from .calls import Call
    from .checksums import Digest
    from .store import StoredObject

NAME_LENGTH = 1024  # bytes of UTF-8
CLAIMS = ("crc32c", "md5Hash")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Wish:
    """An object to be: `settings` as the caller set them, `claims` what it says of the bytes, `conditions` as in
    `preconditions`; `size` is None where it is not announced."""

    bucket: str
    name: str
    settings: Value
    claims: dict[str, str]
    conditions: dict[str, int]
    size: int | None = None

    def with_claims(self, claims: dict[str, str]) -> Wish:
        """With more said of the bytes."""
        return replace(self, claims={**self.claims, **claims})

    def as_json(self) -> Value:
        """For `Wish(**...)`."""
        return asdict(self)


def wish_of(call: Call, metadata: bytes, content_type: str, size: int | None = None) -> Wish:
    """What a request asks for by its query, its metadata in JSON (may be empty) and the type of what it sends.

    Raises StorageError (400) for the name, the settings.
    """
    parameters = call.parameters(OBJECTS_INSERT)
    settings = read_resource(OBJECT, metadata)
    named, also = parameters.get("name", ""), settings.pop("name", "")
    if named and also and named != also:
        raise invalid(f"Value '{also}' in content does not agree with value '{named}'.")
    name = named or also
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
    claims = {claim: settings.pop(claim) for claim in CLAIMS if claim in settings}
    return Wish(call.path["bucket"], name, settings, claims, conditions_of(parameters), size)


def check(call: Call, wish: Wish) -> None:
    """Whether it can be fulfilled as things stand. Raises StorageError: 404 for the bucket, 412 for the conditions."""
    with call.database.transaction():
        check_write(wish.conditions, store.live_object(call.database, wish.bucket, wish.name))


def checked_digest(call: Call, wish: Wish, content: int) -> Digest:
    """The checksums of what has come. Raises StorageError (400) where the bytes are not what was said of them."""
    found = digest(blobs.read(call.database, content))
    if wish.size not in (None, found.size):
        raise invalid(f"There were {found.size} byte(s) in the upload. There should have been {wish.size} byte(s).")
    if problems := found.contradictions(wish.claims):
        raise invalid(" ".join(problems))
    return found


def put(call: Call, wish: Wish, content: int, found: Digest) -> StoredObject:
    """Makes a content the object that was wished for. To be called in a transaction. Raises StorageError, as `check`
    does."""
    check_write(wish.conditions, store.live_object(call.database, wish.bucket, wish.name))
    now = call.emulation.now()
    return store.put_object(call.database, wish.bucket, wish.name, content, wish.settings, found, now)


def fulfil(call: Call, wish: Wish, content: int) -> StoredObject:
    """Both, in a transaction of its own."""
    found = checked_digest(call, wish, content)
    with call.database.transaction(write=True):
        return put(call, wish, content, found)
