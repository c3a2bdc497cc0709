"""Reads a whole answer, up to a limit, so that no server can exhaust the memory.

Below `session`. Only gzip is requested and accepted, since decompression can stop at any byte. With other encodings,
or two at once, a few bytes could become any number of bytes in a single step.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

ENCODING = "gzip"
HIDDEN = b"[hidden]"
MAX_BYTES = 128 * 1024 * 1024  # bytes; a page of a list, the largest answer, has a few
_GZIP = 16 + zlib.MAX_WBITS
# They describe the raw bytes.
_TRANSPORT_HEADERS = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class TooLargeError(Exception):
    """An answer, or its decompressed content, is above the limit. The text follows the name of its host."""


async def read_whole(response: httpx.Response, secrets: Iterable[str] = ()) -> httpx.Response:
    """Read a streamed response of at most MAX_BYTES bytes, decompressed, and close it.

    `secrets` are hidden in its content: some proxies repeat the headers of a request, and errors are printed. Raises
    TooLargeError, httpx.DecodingError for broken or unrequested encodings, and httpx.TransportError.
    """
    if response.is_stream_consumed:  # made in this process, as a whole
        return response
    try:
        content = await _read_limited(response, MAX_BYTES)
    finally:
        await response.aclose()
    for secret in secrets:
        content = content.replace(secret.encode(), HIDDEN)
    headers = [pair for pair in response.headers.raw if pair[0].lower() not in _TRANSPORT_HEADERS]
    made = httpx.Response(
        response.status_code, headers=headers, content=content, request=response.request, extensions=response.extensions
    )
    made.next_request = response.next_request  # names the target of a redirect in the error
    return made


async def _read_limited(response: httpx.Response, limit: int) -> bytes:
    decompressor = _decompressor(response)
    content = bytearray()
    async for data in response.aiter_raw():
        try:
            content += decompressor.decompress(data, limit + 1 - len(content)) if decompressor else data
        except zlib.error as broken:
            raise httpx.DecodingError(f"what it sends is no gzip: {broken}", request=response.request) from broken
        if len(content) > limit:
            raise TooLargeError(f"gives an answer of more than {limit >> 20} MiB")
    return bytes(content)


def _decompressor(response: httpx.Response) -> zlib._Decompress | None:
    """Make the decompressor for the content; None where it is not compressed."""
    name = response.headers.get("content-encoding", "").strip().lower()
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(_GZIP)
    if name in ("", "identity"):
        return None
    raise httpx.DecodingError(f"it sends {name[:40]!r}, which was not asked for", request=response.request)
