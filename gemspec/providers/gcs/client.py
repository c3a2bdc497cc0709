"""Cloud Storage, as far as training data needs it: the metadata of an object, and its upload, once.

Above `upload`, which sends, and `content`, which makes the bytes. It uses the JSON API, since two requests and a loop
of chunks are less than a client library with its own HTTP stack and its own credentials.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.domain.uploads import KEPT, StoredUpload
from gemspec.providers.gcs.upload import NOTHING, ObjectExistsError, Upload
from gemspec.providers.http.api import ApiProfile, Calls, RefusedError
from gemspec.providers.http.errors import CLOUD_SCOPE_MISSING, CLOUD_UNAUTHENTICATED, Kind
from gemspec.providers.http.status import clean
from gemspec.providers.http.wire import Wire, WirePage, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from gemspec.providers.gcs.content import Content
    from gemspec.providers.http.session import Session

_URI = re.compile(r"gs://(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])/(?P<object>.{1,1024})", re.DOTALL)
RENEWED = KEPT - timedelta(days=1)
CHANGED = 412  # a precondition does not hold
log = logging.getLogger("gemspec.providers")
_GRANT = "Grant these credentials the role roles/storage.objectUser on the bucket."
PROFILE = ApiProfile(
    page_size=1000,
    page_size_parameter="maxResults",
    absent=frozenset({Kind.NOT_FOUND}),
    hints={
        Kind.SCOPE: CLOUD_SCOPE_MISSING,
        Kind.UNAUTHENTICATED: CLOUD_UNAUTHENTICATED,
        Kind.DENIED: _GRANT,
        Kind.HIDDEN: _GRANT,
        Kind.NOT_FOUND: "Make the bucket (gcloud storage buckets create), or name another one in gemspec.yaml.",
        Kind.FOREIGN: "This answer is not Cloud Storage's: check STORAGE_EMULATOR_HOST and proxies.",
    },
)


class StoredObject(Wire, frozen=True):
    """An object's metadata: `generation` counts its contents, `crc32c` and `md5_hash` are base64, `size` in bytes.

    A composite object has no MD5, and a CRC32C can be forged.
    """

    name: str = ""
    generation: str = ""
    crc32c: str = ""
    md5_hash: str = ""
    size: int = 0
    time_created: str = ""

    def holds(self, content: Content) -> bool:
        """Whether this is certainly the content, even if somebody else wrote it."""
        return self.is_intact(content) and self.md5_hash == content.md5

    def is_old(self, now: datetime | None) -> bool:
        """Whether it may be pruned now, or soon."""
        age = StoredUpload("", self.size, self.generation, self.time_created).age(now) if now else None
        return age is not None and age > RENEWED

    def is_intact(self, content: Content) -> bool:
        """Whether this is the content, as far as the metadata tells, for an object that we wrote."""
        return (self.size, self.crc32c) == (content.size, content.crc32c) and self.md5_hash in ("", content.md5)


class ObjectPage(WirePage, frozen=True):
    items: tuple[StoredObject, ...] = ()


class Storage:
    """The objects of Cloud Storage, by their URIs (gs://bucket/name)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls = Calls(session, PROFILE)

    async def find(self, uri: str) -> StoredObject | None:
        """Read an object's metadata; None where there is no such object, or no such bucket."""
        bucket, name = split_uri(uri)
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
        body = await self._calls.find(path, f"reading {uri}")
        return None if body is None else decode(body, StoredObject)

    @property
    def server_time(self) -> datetime | None:
        """The time by the service's clock, as of its last answer; None where that did not say."""
        return self._session.server_time

    async def list(self, folder: str) -> dict[str, StoredObject]:
        """Read the metadata of all objects whose URIs begin with `folder`, by their URIs, in the order of their names.

        Raises NotFoundError where there is no such bucket.
        """
        bucket, prefix = split_uri(folder)
        pages = self._calls.pages(
            f"/storage/v1/b/{quote(bucket, safe='')}/o", ObjectPage, f"listing {folder}", {"prefix": prefix}
        )
        found = [stored async for page in pages for stored in page.items]
        return {f"gs://{bucket}/{stored.name}": stored for stored in found if stored.name.startswith(prefix)}

    async def delete(self, uri: str, generation: str) -> bool:
        """Delete this generation of an object; one that is gone is success. False where another one is there."""
        bucket, name = split_uri(uri)
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
        try:
            await self._calls.attempt("DELETE", path, params={"ifGenerationMatch": generation})
        except RefusedError as refused:
            if refused.kind is Kind.NOT_FOUND:
                return True
            if refused.refusal.code == CHANGED:
                return False
            raise self._calls.error(refused, f"deleting {uri}") from None
        return True

    async def place(self, uris: Iterable[str], content: Content) -> tuple[str, StoredObject | None]:
        """Give the first of these URIs that has the content, with its metadata, or that is free, with None.

        Raises ServiceError where all URIs have other content.
        """
        uri = ""
        for uri in uris:
            found = await self.find(uri)
            if found is None or found.holds(content):
                return uri, found
        raise ServiceError(
            f"{uri} and the names before it hold something else than their names say",
            "Nothing was trained. Look who writes there, delete these objects, and run the same command again.",
        )

    async def ensure(self, uris: Sequence[str], content: Content) -> str:
        """Make sure that an object at a URI of these has this content, and give its URI.

        The content is sent only if no object has it, to the first free URI, or if its object is so old that it may be
        pruned, which makes it a new one. Raises ServiceError where no URI is free.
        """
        for _ in range(len(uris) + 1):  # another run may take a name in between
            uri, found = await self.place(uris, content)
            if await (self._send(uri, content) if found is None else self._renew(uri, content, found)):
                return uri
        raise UnavailableError(f"writing {uris[0]}: others write there at the same time", "Run it again.")

    async def _renew(self, uri: str, content: Content, found: StoredObject) -> bool:
        """Send the content again in place of an old object: a prune deletes only what it has seen. False: another run
        was faster. An object that may not be replaced is used as it is.
        """
        if not found.is_old(self.server_time):
            return True
        try:
            return await self._send(uri, content, found.generation)
        except ServiceError as refused:
            log.debug("%s is used as it is: %s", uri, refused.summary)
            return True

    async def _send(self, uri: str, content: Content, replaces: str = NOTHING) -> bool:
        """Send the content to a free URI, or in place of a generation. False: another run was faster, perhaps with
        other content.
        """
        bucket, name = split_uri(uri)
        try:
            sent = decode(await Upload(self._session, bucket, name, content, replaces=replaces).run(), StoredObject)
        except ObjectExistsError:
            if replaces == NOTHING and await self.find(uri) is None:
                raise ServiceError(f"writing {uri}: it is there, and cannot be read", "Run it again.") from None
            return False
        except RefusedError as refused:
            raise self._calls.error(refused, f"writing {uri}") from None
        if not sent.is_intact(content):
            raise ServiceError(
                f"{uri} holds something else than was sent",
                "Nothing was trained. Delete that object, and run the same command again.",
            )
        return True

    async def aclose(self) -> None:
        """Close the connections."""
        await self._calls.aclose()


def split_uri(uri: str) -> tuple[str, str]:
    """Split gs://bucket/name into bucket and name. Raises ServiceError for anything else."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise ServiceError(
            f"{clean(uri, 120)!r} is no object of Cloud Storage", "URIs look like gs://my-bucket/a.jsonl."
        )
    return found["bucket"], found["object"]
