"""objects.insert: uploads in a single request, media and multipart; `resumable` has the third kind.

A multipart/related body is a part of JSON, then a part of bytes of any length. Its lines may end with CRLF or LF, as
Google's own clients differ in it.
"""

from __future__ import annotations

import re
from email.message import Message
from enum import Enum
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from . import resumable
from .blobs import BlobWriter, begin_blob, checksums_in_header, discard_blob
from .errors import invalid
from .messages import OBJECT
from .resources import object_value
from .upload_request import UploadRequest, check_upload, finish_upload, read_upload_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from .calls import Call

METADATA_LIMIT = 1024 * 1024  # bytes up to the start of the second part's content

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


async def insert(call: Call) -> Response:
    """POST /upload/storage/v1/b/BUCKET/o?uploadType=..."""
    if "upload_id" in call.query:
        return await resumable.take(call)
    match call.query.get("uploadType"):
        case "media":
            request = read_upload_request(call, b"", call.headers.get("content-type", ""))
            return await _receive(call, _with_header_checksums(call, request), call.stream())
        case "multipart":
            return await _receive_multipart(call)
        case "resumable":
            return await resumable.start(call)
        case kind:
            raise invalid(f"Invalid upload request: uploadType is '{kind or ''}'.")


async def _receive_multipart(call: Call) -> Response:
    reader = MultipartReader(call.headers.get("content-type", ""))
    stream = call.stream()
    async for chunk in stream:
        first = reader.feed(chunk)
        if reader.has_head:
            request = read_upload_request(call, reader.metadata, reader.content_type)
            return await _receive(call, _with_header_checksums(call, request), _media(reader, first, stream))
    raise invalid("Malformed multipart body: it ends before its second part.")


async def _media(reader: MultipartReader, first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in stream:
        yield reader.feed(chunk)
    reader.close()


async def _receive(call: Call, request: UploadRequest, media: AsyncIterator[bytes]) -> Response:
    """Reads all bytes, then makes the object. An upload that breaks off or is refused leaves nothing behind."""
    await run_in_threadpool(check_upload, call, request)
    blob = await run_in_threadpool(begin_blob, call.database, call.now)
    try:
        writer = BlobWriter(call.database, blob)
        async for data in media:
            await writer.add(data)
        await writer.flush(whole=True)
        made = await run_in_threadpool(finish_upload, call, request, blob)
    except BaseException:
        discard_blob(call.database, blob)  # not awaited: the task may be cancelled
        raise
    return call.answer(OBJECT, object_value(made, call.base_url))


def _with_header_checksums(call: Call, request: UploadRequest) -> UploadRequest:
    return request.with_claims(checksums_in_header(call.headers.get("x-goog-hash", "")))


class _Place(Enum):
    BEFORE = "before the second part's content"
    INSIDE = "in it"
    AFTER = "after it"


class MultipartReader:
    """Reads a multipart/related body chunk by chunk, without I/O. `metadata` and `content_type` are those of its parts,
    once `has_head` is true."""

    def __init__(self, header: str) -> None:
        """`header` is the Content-Type of the request. Raises StorageError (400) without a boundary."""
        message = Message()
        message["content-type"] = header
        boundary = message.get_boundary()
        if not boundary:
            raise invalid("Missing boundary in the Content-Type of a multipart upload.")
        self._delimiter = b"--" + boundary.encode("latin-1", "replace")
        self._end = re.compile(rb"\r?\n" + re.escape(self._delimiter))
        self._buffer = bytearray()
        self._place = _Place.BEFORE
        self.metadata = b""
        self.content_type = ""

    @property
    def has_head(self) -> bool:
        """Whether everything before the second part's content is read."""
        return self._place is not _Place.BEFORE

    def feed(self, data: bytes) -> bytes:
        """Reads a chunk; returns bytes that are sure to belong to the second part. Raises StorageError (400) for a
        malformed body."""
        if self._place is _Place.AFTER:
            return b""
        self._buffer += data
        if self._place is _Place.BEFORE and not self._read_head():
            return b""
        found = self._end.search(self._buffer)
        if found:
            self._place = _Place.AFTER
            return bytes(self._buffer[: found.start()])
        # The tail may be the beginning of the delimiter.
        sure = max(0, len(self._buffer) - len(self._delimiter) - 2)
        content = bytes(self._buffer[:sure])
        del self._buffer[:sure]
        return content

    def close(self) -> None:
        """Ends the body. Raises StorageError (400) if its last delimiter is missing."""
        if self._place is not _Place.AFTER:
            raise invalid("Malformed multipart body: it ends before its last boundary.")

    def _read_head(self) -> bool:
        """Reads everything before the second part's content; False if more of the body is needed."""
        # The first delimiter may be at the very beginning, without the newline of the others.
        first = self._end.search(b"\n" + self._buffer)
        start = first.end() - 1 if first else 0
        second = self._end.search(self._buffer, start) if first else None
        media = _BLANK_LINE.search(self._buffer, second.end()) if second else None
        if second is None or media is None:
            if len(self._buffer) > METADATA_LIMIT:
                raise invalid("Malformed multipart body: its first part is too long.")
            return False
        _, self.metadata = _headers_and_body(bytes(self._buffer[start : second.start()]))
        headers, _ = _headers_and_body(bytes(self._buffer[second.end() : media.end()]))
        # From here on only this body's own newline counts: content may end with a CR before a delimiter's LF.
        newline = b"\r\n" if self._buffer.startswith(b"\r\n", start) else b"\n"
        self._end = re.compile(re.escape(newline + self._delimiter))
        self.content_type = headers.get("content-type", "")
        del self._buffer[: media.end()]
        self._place = _Place.INSIDE
        return True


def _headers_and_body(part: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = part.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = [line.partition(":") for line in head.decode("latin-1").split("\n") if ":" in line]
    return {name.strip().lower(): value.strip() for name, _, value in lines}, body
