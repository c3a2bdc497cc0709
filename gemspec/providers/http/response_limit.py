"""Reads an answer as a whole, up to a size: whoever gives it must not fill the memory.

Below `http`. Only gzip is asked for and taken, since its unpacking can be stopped at any byte. Packed twice, or by
other means, a few bytes could become any number of them within one step.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

ENCODING = "gzip"
HIDDEN = b"[hidden]"
MOST = 128 * 1024 * 1024  # bytes; a page of a list, the largest answer, has a few
_GZIP = 16 + zlib.MAX_WBITS
_OF_THE_WAY = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})  # true of the raw bytes alone


class TooLargeError(Exception):
    """An answer, or what it unpacks to, is larger than what is read of any; the text follows the name of its host."""


async def whole(response: httpx.Response, secrets: Iterable[str] = ()) -> httpx.Response:
    """Read a streamed response of at most MOST bytes, and close it; its content is unpacked, and holds no `secrets`:
    what gives back the headers of a request, as some proxies do, would have them printed.

    Raises TooLargeError; httpx.DecodingError for what is broken, or packed otherwise than was asked for; and
    httpx.TransportError as httpx does.
    """
    if response.is_stream_consumed:  # made in this process, as a whole
        return response
    try:
        content = await _read(response, MOST)
    finally:
        await response.aclose()
    for secret in secrets:
        content = content.replace(secret.encode(), HIDDEN)
    headers = [pair for pair in response.headers.raw if pair[0].lower() not in _OF_THE_WAY]
    made = httpx.Response(
        response.status_code, headers=headers, content=content, request=response.request, extensions=response.extensions
    )
    made.next_request = response.next_request  # where a redirect leads, for the error
    return made


async def _read(response: httpx.Response, most: int) -> bytes:
    unpacking = _unpacking(response)
    content = bytearray()
    async for data in response.aiter_raw():
        try:
            content += unpacking.decompress(data, most + 1 - len(content)) if unpacking else data
        except zlib.error as broken:
            raise httpx.DecodingError(f"what it sends is no gzip: {broken}", request=response.request) from broken
        if len(content) > most:
            raise TooLargeError(f"gives an answer of more than {most >> 20} MiB")
    return bytes(content)


def _unpacking(response: httpx.Response) -> zlib._Decompress | None:
    """What unpacks the content; None where it is not packed."""
    name = response.headers.get("content-encoding", "").strip().lower()
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(_GZIP)
    if name in ("", "identity"):
        return None
    raise httpx.DecodingError(f"it sends {name[:40]!r}, which was not asked for", request=response.request)
