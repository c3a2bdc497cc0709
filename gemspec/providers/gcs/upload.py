"""A resumable upload to Cloud Storage: pieces of bounded size, each begun again from where the service has it.

A session is opened, and its address gets the pieces one after another; where one breaks off, the service is asked how
far it came. The object appears only when it is whole, only where none of its name is, and only when its CRC32C is the
one that was announced. Source: https://cloud.google.com/storage/docs/performing-resumable-uploads
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

KIND = "application/jsonl"
SESSIONS = 3  # the service may lose one: then all is sent once more
PASSING = RETRIED | {408}
AGAIN = "Run the same command again."
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds before each try after a failure, until some of it arrives
_RANGE = re.compile(r"bytes=0-(\d{1,18})", re.ASCII)


class TakenError(Exception):
    """There is an object of this name already."""


class _LostError(Exception):
    """The service does not know the session any more, or has less than it said."""


class Upload:
    """One content on its way to one object."""

    def __init__(self, session: Session, bucket: str, name: str, content: Content) -> None:
        self._session = session
        self._path = f"/upload/storage/v1/b/{bucket}/o"
        self._name = name
        self._content = content
        self._place: dict[str, str] = {}

    async def run(self) -> bytes:
        """Send it all, and give the object's metadata as the service answers them.

        Raises TakenError, RefusedError, and ServiceError or one of its kinds.
        """
        for _ in range(SESSIONS):
            await self._open()
            try:
                return await self._send()
            except _LostError:
                continue
        raise UnavailableError(f"writing {self._name}: Cloud Storage lost the upload {SESSIONS} times", AGAIN)

    async def _open(self) -> None:
        params = {"uploadType": "resumable", "name": self._name, "ifGenerationMatch": "0"}
        metadata = {"name": self._name, "contentType": KIND, "crc32c": self._content.crc32c}
        headers = {"x-upload-content-type": KIND, "x-upload-content-length": str(self._content.size)}
        body = msgspec.json.encode(metadata)
        response = await self._session.request("POST", self._path, params=params, body=body, headers=headers)
        if response.status_code != 200:
            raise _refused(response)
        # Only what says which session it is: credentials go to no other host and no other path.
        self._place = dict(parse_qsl(urlsplit(response.headers.get("location", "")).query))
        if "upload_id" not in self._place:
            raise ServiceError(f"writing {self._name}: Cloud Storage began no upload", AGAIN)

    async def _send(self) -> bytes:
        arrived = 0
        async for offset, piece in self._content.pieces():
            end = offset + len(piece)
            while arrived < end:
                if arrived < offset:
                    raise _LostError
                answer = await self._advance(arrived, piece[arrived - offset :])
                if isinstance(answer, bytes):
                    return answer
                arrived = answer
        raise _LostError

    async def _advance(self, arrived: int, data: bytes) -> int | bytes:
        """Send what has not arrived yet of a piece; give how much of the whole has, or the finished object.

        After a failure the service is asked how far it came, before anything is sent once more.
        """
        last, total = arrived + len(data) - 1, self._content.size
        answer = await self._put(f"bytes {arrived}-{last}/{total}", data)
        for pause in PAUSES:
            if _is_news(answer, arrived):
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
        """Make one request; give how much has arrived, the finished object, or why there is no telling."""
        headers = {"content-range": content_range, "content-type": KIND}
        try:
            response = await self._session.request(
                "PUT", self._path, params=self._place, body=data, headers=headers, once=True
            )
        except UnavailableError as unclear:
            return unclear
        if response.is_success:
            return response.content
        if response.status_code == 308:
            found = _RANGE.fullmatch(response.headers.get("range", ""))
            return int(found[1]) + 1 if found else 0
        if response.status_code in PASSING:
            return UnavailableError(f"writing {self._name}: Cloud Storage answered {response.status_code}", AGAIN)
        if response.status_code in (404, 410):
            raise _LostError
        raise _refused(response)


def _is_news(answer: int | bytes | UnavailableError, arrived: int) -> bool:
    return isinstance(answer, bytes) or (isinstance(answer, int) and answer != arrived)


def _refused(response: httpx.Response) -> RefusedError | TakenError:
    if response.status_code == 412:
        return TakenError()
    return RefusedError(status.read(response.status_code, response.content))
