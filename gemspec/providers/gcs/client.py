"""Cloud Storage, as far as training data needs it: the metadata of an object, and its upload, once.

Above `upload`, which sends, and `content`, which makes the bytes. It uses the JSON API, since two requests and a loop
of chunks are less than a client library with its own HTTP stack and its own credentials.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from gemspec.domain.errors import ServiceError
from gemspec.providers.gcs.upload import ObjectExistsError, Upload
from gemspec.providers.http.api import ApiProfile, Calls, RefusedError
from gemspec.providers.http.errors import CLOUD_SCOPE_MISSING, CLOUD_UNAUTHENTICATED, Kind
from gemspec.providers.http.status import clean
from gemspec.providers.http.wire import Wire, decode

if TYPE_CHECKING:
    from gemspec.providers.gcs.content import Content
    from gemspec.providers.http.session import Session

_URI = re.compile(r"gs://(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])/(?P<object>.{1,1024})", re.DOTALL)
_GRANT = "Grant these credentials the role roles/storage.objectUser on the bucket."
PROFILE = ApiProfile(
    page_size=1000,
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
    """An object's metadata: `generation` counts its contents, `crc32c` is base64 of four bytes, `size` in bytes."""

    name: str = ""
    generation: str = ""
    crc32c: str = ""
    size: int = 0


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

    async def ensure(self, uri: str, content: Content) -> None:
        """Make sure that an object holds this content; sends it only where there is no such object.

        Raises ServiceError where the object holds something else, also after the upload.
        """
        there = await self.find(uri)
        if there is None:
            there = await self._send(uri, content)
        if (there.crc32c, there.size) != (content.crc32c, content.size):
            raise ServiceError(
                f"{uri} holds something else than its name says",
                "Nothing was trained. Delete that object, and run the same command again.",
            )

    async def _send(self, uri: str, content: Content) -> StoredObject:
        bucket, name = split_uri(uri)
        try:
            return decode(await Upload(self._session, bucket, name, content).run(), StoredObject)
        except ObjectExistsError:  # another run was faster
            there = await self.find(uri)
            if there is None:
                raise ServiceError(f"writing {uri}: it is there, and cannot be read", "Run it again.") from None
            return there
        except RefusedError as refused:
            raise self._calls.error(refused, f"writing {uri}") from None

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
