"""What is sent to Cloud Storage: bytes that are made twice, once to know their digests, once to send them.

So a file of any size costs the memory of one piece. What is sent must be what was measured: its last piece comes only
when the digest is right. Making bytes takes its time, so it happens in a thread.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import anyio.to_thread

from gemspec.domain.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIECE = 8 * 1024 * 1024  # bytes; a multiple of 256 KiB, as resumable uploads want it

Source = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes by what they are: `sha256` in hex, `crc32c` in base64 as Cloud Storage writes it, `size`.

    `source` makes them anew each time it is called.
    """

    source: Source
    sha256: str
    crc32c: str
    size: int

    @classmethod
    async def measure(cls, source: Source) -> Content:
        """Make the bytes once, to know them."""
        return await anyio.to_thread.run_sync(_measured, source)

    async def pieces(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield the bytes as (offset, piece), all pieces but the last of PIECE bytes.

        Raises InvalidRequestError, before the last piece, when they are not those that were measured.
        """
        made = self._pieces()
        while piece := await anyio.to_thread.run_sync(next, made, None):
            yield piece

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        digest, offset, rest = sha256(), 0, bytearray()
        for data in self.source():
            digest.update(data)
            rest += data
            while len(rest) > PIECE:  # what is left at the end is never empty
                yield offset, bytes(rest[:PIECE])
                offset += PIECE
                del rest[:PIECE]
        if digest.hexdigest() != self.sha256:
            raise InvalidRequestError(
                "the training data changed while it was sent", "Nothing was trained. Run plan again."
            )
        yield offset, bytes(rest)


def _measured(source: Source) -> Content:
    from google_crc32c import extend

    digest, checksum, size = sha256(), 0, 0
    for data in source():
        digest.update(data)
        checksum = extend(checksum, data)
        size += len(data)
    return Content(source, digest.hexdigest(), base64.b64encode(checksum.to_bytes(4, "big")).decode(), size)
