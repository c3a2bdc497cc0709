"""Blobs: the bytes of uploads and objects, in pieces in the database, and their checksums.

A blob grows at its end during an upload, and never changes once it belongs to an object. Each piece is written and read
in a transaction of its own, so that neither a slow sender nor a slow reader blocks others, and no more than a piece is
in memory. The tables call a blob a content.

CRC32C comes from Google's own google-crc32c, as in google-cloud-storage: a table in plain Python would need minutes for
the gigabyte that a file of training data may have.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from .errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..kernel.database import Database

PIECE = 1024 * 1024  # bytes
QUANTUM = 256 * 1024  # the service keeps an unfinished upload in multiples of it
SESSION = 7 * 24 * 3600 * 1_000_000  # how long an upload may take, in microseconds: a week, as published


def begin_blob(database: Database, now: int) -> int:
    """The number of a new blob, without bytes. Deletes blobs of uploads that were not finished within a week."""
    with database.transaction(write=True):
        database.execute(
            "DELETE FROM contents WHERE started < ? AND number NOT IN (SELECT content FROM objects)", now - SESSION
        )
        return database.execute("INSERT INTO contents (started) VALUES (?)", now).lastrowid or 0


def blob_size(database: Database, blob: int) -> int:
    """How many bytes a blob has. To be called in a transaction."""
    row = database.first("SELECT size FROM contents WHERE number = ?", blob)
    return int(row["size"]) if row else 0


def append_piece(database: Database, blob: int, start: int, piece: bytes) -> None:
    """Adds a piece at the end, which must be at `start`. Raises StorageError (503) if another request was faster."""
    with database.transaction(write=True):
        grown = database.execute(
            "UPDATE contents SET size = size + ? WHERE number = ? AND size = ?", len(piece), blob, start
        )
        if grown.rowcount != 1:
            raise StorageError(503, "backendError", "Another request is sending to this upload.")
        database.execute("INSERT INTO pieces VALUES (?, ?, ?)", blob, start, piece)


def read_blob(database: Database, blob: int, first: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `first` up to but not including `end`, piece by piece.

    Raises LookupError if the blob is deleted in between: its object was overwritten or deleted.
    """
    position = first
    while end is None or position < end:
        with database.transaction():
            row = database.first(
                "SELECT start, bytes FROM pieces WHERE content = ? AND start <= ? ORDER BY start DESC LIMIT 1",
                *(blob, position),
            )
        piece = row["bytes"][position - row["start"] :] if row else b""
        if not piece:
            if end is None:
                return
            raise LookupError(f"blob {blob} ends at {position}, before {end}")
        yield piece if end is None else piece[: end - position]
        position += len(piece)


def discard_blob(database: Database, blob: int) -> None:
    """Deletes a blob, unless an object has it."""
    with database.transaction(write=True):
        database.execute("DELETE FROM contents WHERE number = ? AND number NOT IN (SELECT content FROM objects)", blob)


class BlobWriter:
    """Buffers bytes, and appends them to a blob in pieces."""

    def __init__(self, database: Database, blob: int, start: int = 0) -> None:
        self._database, self._blob, self._buffer = database, blob, bytearray()
        self.end = start  # up to here the blob is written

    async def add(self, data: bytes) -> None:
        """Adds bytes. Raises StorageError (503), as `append_piece` does."""
        for start in range(0, len(data), PIECE):
            self._buffer += data[start : start + PIECE]
            if len(self._buffer) >= PIECE:
                await self._write(PIECE)

    async def flush(self, *, whole: bool) -> None:
        """Writes the rest of the buffer: all of it, or whole multiples of 256 KiB."""
        length = len(self._buffer) if whole else len(self._buffer) - len(self._buffer) % QUANTUM
        if length:
            await self._write(length)

    async def _write(self, length: int) -> None:
        piece = bytes(self._buffer[:length])
        await run_in_threadpool(append_piece, self._database, self._blob, self.end, piece)
        del self._buffer[:length]
        self.end += length


@dataclass(frozen=True, slots=True)
class Digest:
    """The size of some bytes, and both checksums in base64 (of big-endian bytes); a composite object has no MD5."""

    size: int
    crc32c: str
    md5: str

    def mismatches(self, given: Mapping[str, str]) -> list[str]:
        """How a caller's checksums differ: `crc32c` and `md5Hash` (also `md5`) in base64."""
        own = {"crc32c": ("CRC32C", self.crc32c), "md5Hash": ("MD5 hash", self.md5), "md5": ("MD5 hash", self.md5)}
        return [
            f'Provided {own[name][0]} "{checksum}" doesn\'t match calculated {own[name][0]} "{own[name][1]}".'
            for name, checksum in given.items()
            if name in own and checksum != own[name][1]
        ]


def digest_of(pieces: Iterable[bytes]) -> Digest:
    """The size and checksums of bytes in pieces; no two pieces are in memory at once."""
    import google_crc32c  # loads a C library that only uploads need

    size, crc, md5 = 0, 0, hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        size += len(piece)
        crc = google_crc32c.extend(crc, piece)
        md5.update(piece)
    return Digest(size, base64.b64encode(crc.to_bytes(4)).decode(), base64.b64encode(md5.digest()).decode())


def checksums_in_header(header: str) -> dict[str, str]:
    """The checksums in an X-Goog-Hash header: `crc32c=...,md5=...`."""
    pairs = (pair.strip().partition("=") for pair in header.split(",") if pair.strip())
    return {name: value for name, _, value in pairs}
