"""The content of an upload: bytes that are made twice, first for their digests, then to send them.

Below `upload`. A file of any size needs the memory of a single piece. The bytes sent must be those measured: the last
piece comes only if the digest is right. Making the bytes takes time, so it happens in a thread.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import md5, sha256
from typing import TYPE_CHECKING

import anyio.to_thread

from gemspec.domain.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIECE = 8 * 1024 * 1024  # bytes; a multiple of 256 KiB, as resumable uploads want it

Source = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes with their digests: `sha256` in hex, `crc32c` and `md5` in base64 as Cloud Storage writes them.

    Each call of `source` makes the bytes again.
    """

    source: Source
    sha256: str
    crc32c: str
    md5: str
    size: int

    @classmethod
    async def measure(cls, source: Source) -> Content:
        """Make the bytes for their size and digests."""
        return await anyio.to_thread.run_sync(_measure, source)

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
            while len(rest) > PIECE:  # the last piece is never empty
                yield offset, bytes(rest[:PIECE])
                offset += PIECE
                del rest[:PIECE]
        if digest.hexdigest() != self.sha256:
            raise InvalidRequestError(
                "the training data changed while it was sent", "Nothing was trained. Run plan again."
            )
        yield offset, bytes(rest)


def _measure(source: Source) -> Content:
    from google_crc32c import extend

    digest, twin, checksum, size = sha256(), md5(usedforsecurity=False), 0, 0
    for data in source():
        digest.update(data)
        twin.update(data)
        checksum = extend(checksum, data)
        size += len(data)
    return Content(source, digest.hexdigest(), _base64(checksum.to_bytes(4, "big")), _base64(twin.digest()), size)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
