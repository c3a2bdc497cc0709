"""objects.insert: the uploads that are one request, media and multipart; `resumable` has the third kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from . import blobs, resumable
from .blobs import Sink
from .checksums import claims_of
from .errors import invalid
from .messages import OBJECT
from .multipart import MultipartReader
from .resources import object_value
from .upload_request import Wish, check, fulfil, wish_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from .calls import Call


async def insert(call: Call) -> Response:
    """POST /upload/storage/v1/b/BUCKET/o?uploadType=..."""
    if "upload_id" in call.query:
        return await resumable.take(call)
    match call.query.get("uploadType"):
        case "media":
            wish = wish_of(call, b"", call.headers.get("content-type", ""))
            return await _take(call, _claimed(call, wish), call.stream())
        case "multipart":
            return await _take_multipart(call)
        case "resumable":
            return await resumable.start(call)
        case other:
            raise invalid(f"Invalid upload request: uploadType is '{other or ''}'.")


async def _take_multipart(call: Call) -> Response:
    reader = MultipartReader(call.headers.get("content-type", ""))
    stream = call.stream()
    async for chunk in stream:
        first = reader.feed(chunk)
        if reader.has_head:
            wish = wish_of(call, reader.metadata, reader.content_type)
            return await _take(call, _claimed(call, wish), _media(reader, first, stream))
    raise invalid("Malformed multipart body: it ends before its second part.")


async def _media(reader: MultipartReader, first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in stream:
        yield reader.feed(chunk)
    reader.close()


async def _take(call: Call, wish: Wish, media: AsyncIterator[bytes]) -> Response:
    """Takes all bytes, then makes the object. Nothing stays of an upload that breaks off or is refused."""
    await run_in_threadpool(check, call, wish)
    content = await run_in_threadpool(blobs.begin, call.database, call.now)
    try:
        sink = Sink(call.database, content)
        async for data in media:
            await sink.add(data)
        await sink.flush(whole=True)
        made = await run_in_threadpool(fulfil, call, wish, content)
    except BaseException:
        blobs.discard(call.database, content)  # not awaited: the task may be cancelled
        raise
    return call.answer(OBJECT, object_value(made, call.base_url))


def _claimed(call: Call, wish: Wish) -> Wish:
    return wish.with_claims(claims_of(call.headers.get("x-goog-hash", "")))
