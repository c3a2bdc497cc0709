"""Reads multipart/related bodies as Cloud Storage takes them: a part of JSON, then a part of bytes of any length.

Pure: `feed` takes the body as it comes and gives the bytes that are sure to belong to the second part. Lines may end
with CRLF or LF, as Google's own clients differ in it.
"""

from __future__ import annotations

import re
from email.message import Message
from enum import Enum

from .errors import invalid

METADATA_LIMIT = 1024 * 1024  # bytes up to the start of the second part's content

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


class _Place(Enum):
    BEFORE = "before the second part's content"
    INSIDE = "in it"
    AFTER = "after it"


class MultipartReader:
    """One body on its way. `metadata` and `content_type` are those of its parts once `has_head` says so."""

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
        """Whether all is read that stands before the second part's content."""
        return self._place is not _Place.BEFORE

    def feed(self, data: bytes) -> bytes:
        """Takes some of the body, gives content. Raises StorageError (400) for a malformed body."""
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
        """The body is over. Raises StorageError (400) where its last delimiter has not come."""
        if self._place is not _Place.AFTER:
            raise invalid("Malformed multipart body: it ends before its last boundary.")

    def _read_head(self) -> bool:
        """Reads everything before the second part's content; False where more is needed for that."""
        # The first delimiter may stand at the very beginning, without the newline that belongs to the others.
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
        # From here on a newline is what it is in this body: content may end with a CR before a delimiter's LF.
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
