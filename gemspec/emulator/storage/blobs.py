"""Bytes in the database, in pieces: what uploads have brought so far, and what objects hold.

A content grows at its end while an upload brings it, and never changes again once an object has it. Each piece is
written and read in a transaction of its own, so that neither a slow sender nor a slow reader keeps others waiting, and
no more than a piece is in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from .errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..kernel.database import Database

PIECE = 1024 * 1024  # bytes
QUANTUM = 256 * 1024  # the service keeps an unfinished upload in multiples of it
SESSION = 7 * 24 * 3600 * 1_000_000  # how long an upload may take, in microseconds: a week, as published


def begin(database: Database, now: int) -> int:
    """The number of a new content, without bytes. Contents that nobody has finished within a week go."""
    with database.transaction(write=True):
        database.execute(
            "DELETE FROM contents WHERE started < ? AND number NOT IN (SELECT content FROM objects)", now - SESSION
        )
        return database.execute("INSERT INTO contents (started) VALUES (?)", now).lastrowid or 0


def size(database: Database, content: int) -> int:
    """How many bytes there are. To be called in a transaction."""
    row = database.one("SELECT size FROM contents WHERE number = ?", content)
    return int(row["size"]) if row else 0


def append(database: Database, content: int, start: int, piece: bytes) -> None:
    """Adds a piece at the end, which must be at `start`. Raises StorageError (503) where another request was faster."""
    with database.transaction(write=True):
        grown = database.execute(
            "UPDATE contents SET size = size + ? WHERE number = ? AND size = ?", len(piece), content, start
        )
        if grown.rowcount != 1:
            raise StorageError(503, "backendError", "Another request is sending to this upload.")
        database.execute("INSERT INTO pieces VALUES (?, ?, ?)", content, start, piece)


def read(database: Database, content: int, first: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `first` up to but not including `end`, piece by piece.

    Raises LookupError where the content goes away in between: its object was overwritten or deleted.
    """
    position = first
    while end is None or position < end:
        with database.transaction():
            row = database.one(
                "SELECT start, bytes FROM pieces WHERE content = ? AND start <= ? ORDER BY start DESC LIMIT 1",
                *(content, position),
            )
        piece = row["bytes"][position - row["start"] :] if row else b""
        if not piece:
            if end is None:
                return
            raise LookupError(f"content {content} ends at {position}, before {end}")
        yield piece if end is None else piece[: end - position]
        position += len(piece)


def discard(database: Database, content: int) -> None:
    """Forgets a content, if no object has it."""
    with database.transaction(write=True):
        database.execute(
            "DELETE FROM contents WHERE number = ? AND number NOT IN (SELECT content FROM objects)", content
        )


class Sink:
    """Takes bytes as they come, and appends them to a content in pieces."""

    def __init__(self, database: Database, content: int, start: int = 0) -> None:
        self._database, self._content, self._buffer = database, content, bytearray()
        self.end = start  # what is written

    async def add(self, data: bytes) -> None:
        """Takes some more. Raises StorageError (503), as `append` does."""
        for start in range(0, len(data), PIECE):
            self._buffer += data[start : start + PIECE]
            if len(self._buffer) >= PIECE:
                await self._write(PIECE)

    async def flush(self, *, whole: bool) -> None:
        """Writes what is left: all of it, or whole multiples of 256 KiB."""
        length = len(self._buffer) if whole else len(self._buffer) - len(self._buffer) % QUANTUM
        if length:
            await self._write(length)

    async def _write(self, length: int) -> None:
        piece = bytes(self._buffer[:length])
        await run_in_threadpool(append, self._database, self._content, self.end, piece)
        del self._buffer[:length]
        self.end += length
