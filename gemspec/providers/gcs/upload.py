"""A resumable upload to Cloud Storage: pieces of bounded size, each resumed from the last byte that arrived.

Between `client` and `content`. An upload session is opened and gets the pieces in order; after a failure the service
is asked how much has arrived. The object appears only when it is whole, has the announced checksums, and nothing else
has its name. Source: https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import anyio
import msgspec

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.providers.http import status
from gemspec.providers.http.api import RefusedError
from gemspec.providers.http.retry import RETRIED

if TYPE_CHECKING:
    import httpx

    from gemspec.providers.gcs.content import Content
    from gemspec.providers.http.session import Session

CONTENT_TYPE = "application/jsonl"
NOTHING = "0"  # the generation that no object has
SESSIONS = 3  # the service may lose an upload session: then all is sent once more
TRANSIENT = RETRIED | {408}
AGAIN = "Run the same command again."
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds before each retry, until some of the data arrives
_RANGE = re.compile(r"bytes=0-(\d{1,18})", re.ASCII)


class ObjectExistsError(Exception):
    """Another object of this name exists than was expected."""


class _SessionLostError(Exception):
    """The service has lost the upload session, or some of the data that it had confirmed."""


class Upload:
    """The upload of a content to an object."""

    def __init__(self, session: Session, bucket: str, name: str, content: Content, *, replaces: str = NOTHING) -> None:
        """`replaces` is the generation of the object that is there, NOTHING where there must be none."""
        self._session = session
        self._path = f"/upload/storage/v1/b/{bucket}/o"
        self._name = name
        self._content = content
        self._replaces = replaces
        self._session_params: dict[str, str] = {}

    async def run(self) -> bytes:
        """Send the whole content, and return the object's metadata as JSON.

        Raises ObjectExistsError, RefusedError, and ServiceError or a subclass.
        """
        for _ in range(SESSIONS):
            await self._open()
            try:
                return await self._send()
            except _SessionLostError:
                continue
        raise UnavailableError(f"writing {self._name}: Cloud Storage lost the upload {SESSIONS} times", AGAIN)

    async def _open(self) -> None:
        params = {"uploadType": "resumable", "name": self._name, "ifGenerationMatch": self._replaces}
        checksums = {"crc32c": self._content.crc32c, "md5Hash": self._content.md5}
        metadata = {"name": self._name, "contentType": CONTENT_TYPE, **checksums}
        headers = {"x-upload-content-type": CONTENT_TYPE, "x-upload-content-length": str(self._content.size)}
        body = msgspec.json.encode(metadata)
        response = await self._session.request("POST", self._path, params=params, body=body, headers=headers)
        if response.status_code != 200:
            raise _refused(response)
        # Only the parameters that identify the session: credentials go to no other host and no other path.
        self._session_params = dict(parse_qsl(urlsplit(response.headers.get("location", "")).query))
        if "upload_id" not in self._session_params:
            raise ServiceError(f"writing {self._name}: Cloud Storage began no upload", AGAIN)

    async def _send(self) -> bytes:
        arrived = 0
        async for offset, piece in self._content.pieces():
            end = offset + len(piece)
            while arrived < end:
                if arrived < offset:
                    raise _SessionLostError
                answer = await self._advance(arrived, piece[arrived - offset :])
                if isinstance(answer, bytes):
                    return answer
                arrived = answer
        raise _SessionLostError

    async def _advance(self, arrived: int, data: bytes) -> int | bytes:
        """Send the rest of a piece; give how much of the whole has arrived, or the metadata of the finished object.

        After a failure the service is asked how much has arrived, before anything is sent again.
        """
        last, total = arrived + len(data) - 1, self._content.size
        answer = await self._put(f"bytes {arrived}-{last}/{total}", data)
        for pause in PAUSES:
            if _has_advanced(answer, arrived):
                break
            await anyio.sleep(pause)
            answer = await self._put(f"bytes */{total}", b"")
            if answer == arrived:
                answer = await self._put(f"bytes {arrived}-{last}/{total}", data)
        if isinstance(answer, UnavailableError):
            raise answer
        if answer == arrived:
            raise UnavailableError(f"writing {self._name}: nothing arrives any more", AGAIN)
        return answer

    async def _put(self, content_range: str, data: bytes) -> int | bytes | UnavailableError:
        """Send a request; give how much has arrived, the finished object's metadata, or why neither is known."""
        headers = {"content-range": content_range, "content-type": CONTENT_TYPE}
        try:
            response = await self._session.request(
                "PUT", self._path, params=self._session_params, body=data, headers=headers, once=True
            )
        except UnavailableError as unclear:
            return unclear
        if response.is_success:
            return response.content
        if response.status_code == 308:
            found = _RANGE.fullmatch(response.headers.get("range", ""))
            return int(found[1]) + 1 if found else 0
        if response.status_code in TRANSIENT:
            return UnavailableError(f"writing {self._name}: Cloud Storage answered {response.status_code}", AGAIN)
        if response.status_code in (404, 410):
            raise _SessionLostError
        raise _refused(response)


def _has_advanced(answer: int | bytes | UnavailableError, arrived: int) -> bool:
    return isinstance(answer, bytes) or (isinstance(answer, int) and answer != arrived)


def _refused(response: httpx.Response) -> RefusedError | ObjectExistsError:
    if response.status_code == 412:
        return ObjectExistsError()
    return RefusedError(status.parse_refusal(response.status_code, response.content))
