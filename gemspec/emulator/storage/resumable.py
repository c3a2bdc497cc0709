"""Resumable uploads: a session, then chunks, with a query for how far it has come; as the service has them.

An unfinished upload is kept in multiples of 256 KiB, so that a chunk of another length is taken in part, and the Range
of the answer says so. A chunk may repeat what is there; it may not leave a gap.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ..kernel.calls import json_response
from ..kernel.writing import write
from . import blobs
from .blobs import Sink
from .calls import limited
from .checksums import claims_of
from .errors import StorageError, invalid, upload_missing
from .messages import OBJECT
from .resources import object_value
from .upload_request import Wish, check, checked_digest, put, wish_of

if TYPE_CHECKING:
    from .calls import Call

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(?:(\d+)|\*)", re.ASCII)
_SIZE = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Session:
    """`content` is None once it is done; then `answer` is what was answered."""

    id: str
    content: int | None
    wish: Wish
    answer: str | None
    persisted: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a request sends: bytes from `first` up to but not including `end`; `total` is None where it is not known
    yet. A query has no `first`; a request without Content-Range sends all, and no `end` is known."""

    first: int | None
    end: int | None
    total: int | None


async def start(call: Call) -> Response:
    """POST ...?uploadType=resumable: opens a session; its address stands in Location."""
    metadata = b"".join([part async for part in limited(call)])
    announced = call.headers.get("x-upload-content-length")
    if announced is not None and not _SIZE.fullmatch(announced):
        raise invalid("Invalid X-Upload-Content-Length.")
    size = None if announced is None else int(announced)
    wish = wish_of(call, metadata, call.headers.get("x-upload-content-type", ""), size)
    session = await run_in_threadpool(_open, call, wish)
    location = f"{call.base_url}/upload/storage/v1/b/{wish.bucket}/o?uploadType=resumable&upload_id={session}"
    return Response(status_code=200, headers={"location": location, "x-guploader-uploadid": session})


async def take(call: Call) -> Response:
    """PUT ...&upload_id=ID: a chunk of bytes, all of them, or a query for how far it has come.

    Answers the object once all is there, else 308 with the Range that is. Raises StorageError: 404, 400, 412, and 503
    as plain text for a gap.
    """
    session = await run_in_threadpool(_find, call)
    if session.content is None:
        return Response(session.answer, media_type="application/json; charset=UTF-8")
    chunk = _chunk(call.headers.get("content-range"), session)
    if chunk.first is None:
        end = session.persisted
    else:
        end = await _receive(call, session, session.content, chunk)
    if end == chunk.total or (chunk.end is None and chunk.first is not None):
        return await run_in_threadpool(_finish, call, session, session.content)
    return _incomplete(call, end)


def cancel(call: Call) -> Response:
    """DELETE ...&upload_id=ID: ends a session; 499, as the service answers."""
    session = _find(call)
    with call.database.transaction(write=True):
        call.database.execute("DELETE FROM uploads WHERE id = ?", session.id)
    if session.content is not None:
        blobs.discard(call.database, session.content)
    return Response(status_code=499)


def _open(call: Call, wish: Wish) -> str:
    check(call, wish)
    content = blobs.begin(call.database, call.now)
    session = secrets.token_urlsafe(48)
    with call.database.transaction(write=True):
        call.database.execute("DELETE FROM uploads WHERE content IS NULL AND answer IS NULL")  # those too old
        call.database.execute(
            "INSERT INTO uploads (id, content, wish) VALUES (?, ?, ?)", session, content, json.dumps(wish.as_json())
        )
    return session


def _find(call: Call) -> _Session:
    with call.database.transaction():
        row = call.database.one("SELECT * FROM uploads WHERE id = ?", call.query.get("upload_id", ""))
        if row is None or (row["content"] is None and row["answer"] is None):
            raise upload_missing()
        persisted = 0 if row["content"] is None else blobs.size(call.database, row["content"])
    wish = Wish(**json.loads(row["wish"]))
    if wish.bucket != call.path["bucket"]:
        raise upload_missing()
    return _Session(row["id"], row["content"], wish, row["answer"], persisted)


def _chunk(header: str | None, session: _Session) -> _Chunk:
    announced = session.wish.size
    if header is None:
        return _Chunk(0, announced, announced)
    match = _CONTENT_RANGE.fullmatch(header)
    if match is None:
        raise invalid(f"Invalid Content-Range: {header}")
    first, last, total = (int(number) if number else None for number in match.groups())
    if total is not None and announced not in (None, total):
        raise invalid(f"The total of Content-Range, {total}, is not the announced length, {announced}.")
    if first is None or last is None:
        return _Chunk(None, None, total)
    if last < first or (total is not None and last >= total):
        raise invalid(f"Invalid Content-Range: {header}")
    return _Chunk(first, last + 1, total if total is not None else announced)


async def _receive(call: Call, session: _Session, content: int, chunk: _Chunk) -> int:
    """Takes the body of a chunk; how much of the upload is persisted then."""
    first = chunk.first or 0
    if first > session.persisted:
        # Two spaces, and no JSON: as the service says it.
        message = (
            f"Invalid request.  According to the Content-Range header, the upload offset is {first} byte(s),"
            f" which exceeds already uploaded size of {session.persisted} byte(s)."
        )
        raise StorageError(503, None, message)
    sink, position = Sink(call.database, content, session.persisted), first
    async for data in call.stream():
        if chunk.end is not None and position + len(data) > chunk.end:
            raise _wrong_length(chunk, position + len(data) - first)
        await sink.add(data[max(0, session.persisted - position) :])
        position += len(data)
    if chunk.end is not None and position != chunk.end:
        raise _wrong_length(chunk, position - first)
    await sink.flush(whole=chunk.end is None or chunk.end == chunk.total)
    return sink.end


def _wrong_length(chunk: _Chunk, length: int) -> StorageError:
    first, end = chunk.first or 0, chunk.end or 0
    return invalid(
        f"Invalid request.  There were {length} byte(s) in the request body.  There should have been {end - first}"
        f" byte(s) (starting at offset {first} and ending at offset {end - 1}) according to the Content-Range header."
    )


def _finish(call: Call, session: _Session, content: int) -> Response:
    """Makes the object. An upload that cannot become one is over."""
    wish = session.wish.with_claims(claims_of(call.headers.get("x-goog-hash", "")))
    try:
        found = checked_digest(call, wish, content)
        with call.database.transaction(write=True):
            claim = "UPDATE uploads SET content = NULL WHERE id = ? AND content = ?"
            if call.database.execute(claim, session.id, content).rowcount != 1:
                raise StorageError(503, "backendError", "Another request is finishing this upload.")
            tree = write(OBJECT, object_value(put(call, wish, content, found), call.base_url))
            call.database.execute("UPDATE uploads SET answer = ? WHERE id = ?", json.dumps(tree), session.id)
    except StorageError:
        blobs.discard(call.database, content)
        raise
    return json_response(tree)


def _incomplete(call: Call, persisted: int) -> Response:
    headers = {"range": f"bytes=0-{persisted - 1}"} if persisted else {}
    if call.headers.get("x-guploader-no-308", "").lower() == "yes":
        return Response(status_code=200, headers={**headers, "x-http-status-code-override": "308"})
    return Response(status_code=308, headers=headers)
