"""Resumable uploads: a session, then chunks; a request without bytes queries how much has arrived.

An unfinished upload is stored in multiples of 256 KiB: of a chunk of another length a part is stored, as the Range of
the answer says. A chunk may repeat bytes that are stored; it may not leave a gap.
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
from .blobs import BlobWriter, begin_blob, blob_size, checksums_in_header, discard_blob
from .calls import limited
from .errors import StorageError, invalid, upload_missing
from .messages import OBJECT
from .resources import object_value
from .upload_request import UploadRequest, check_upload, checked_digest, put_upload, read_upload_request

if TYPE_CHECKING:
    from .calls import Call

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(?:(\d+)|\*)", re.ASCII)
_SIZE = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Session:
    """An upload in progress. `blob` is None once it is done; then `answer` is what was answered."""

    id: str
    blob: int | None
    request: UploadRequest
    answer: str | None
    persisted: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Bytes from `first` up to but not including `end`; `total` is None if it is not known yet. A query has no `first`;
    without Content-Range a request sends everything, and `end` may be unknown."""

    first: int | None
    end: int | None
    total: int | None


async def start(call: Call) -> Response:
    """POST ...?uploadType=resumable: opens a session; its address is in Location."""
    metadata = b"".join([part async for part in limited(call)])
    announced = call.headers.get("x-upload-content-length")
    if announced is not None and not _SIZE.fullmatch(announced):
        raise invalid("Invalid X-Upload-Content-Length.")
    size = None if announced is None else int(announced)
    request = read_upload_request(call, metadata, call.headers.get("x-upload-content-type", ""), size)
    session = await run_in_threadpool(_open, call, request)
    location = f"{call.base_url}/upload/storage/v1/b/{request.bucket}/o?uploadType=resumable&upload_id={session}"
    return Response(status_code=200, headers={"location": location, "x-guploader-uploadid": session})


async def take(call: Call) -> Response:
    """PUT ...&upload_id=ID: a chunk of bytes, all bytes, or a query for how much has arrived.

    Answers the object once all bytes have arrived, else 308 with the stored Range. Raises StorageError: 404, 400, 412,
    and 503 as plain text for a gap.
    """
    session = await run_in_threadpool(_find, call)
    if session.blob is None:
        return Response(session.answer, media_type="application/json; charset=UTF-8")
    chunk = _chunk(call.headers.get("content-range"), session)
    if chunk.first is None:
        end = session.persisted
    else:
        end = await _receive(call, session, session.blob, chunk)
    if end == chunk.total or (chunk.end is None and chunk.first is not None):
        return await run_in_threadpool(_finish, call, session, session.blob)
    return _incomplete(call, end)


def cancel(call: Call) -> Response:
    """DELETE ...&upload_id=ID: ends a session; 499, as the service answers."""
    session = _find(call)
    with call.database.transaction(write=True):
        call.database.execute("DELETE FROM uploads WHERE id = ?", session.id)
    if session.blob is not None:
        discard_blob(call.database, session.blob)
    return Response(status_code=499)


def _open(call: Call, request: UploadRequest) -> str:
    check_upload(call, request)
    blob = begin_blob(call.database, call.now)
    session = secrets.token_urlsafe(48)
    with call.database.transaction(write=True):
        # Sessions with a blob that was too old.
        call.database.execute("DELETE FROM uploads WHERE content IS NULL AND answer IS NULL")
        call.database.execute(
            "INSERT INTO uploads (id, content, wish) VALUES (?, ?, ?)", session, blob, json.dumps(request.as_json())
        )
    return session


def _find(call: Call) -> _Session:
    with call.database.transaction():
        row = call.database.first("SELECT * FROM uploads WHERE id = ?", call.query.get("upload_id", ""))
        if row is None or (row["content"] is None and row["answer"] is None):
            raise upload_missing()
        persisted = 0 if row["content"] is None else blob_size(call.database, row["content"])
    request = UploadRequest(**json.loads(row["wish"]))
    if request.bucket != call.path["bucket"]:
        raise upload_missing()
    return _Session(row["id"], row["content"], request, row["answer"], persisted)


def _chunk(header: str | None, session: _Session) -> _Chunk:
    announced = session.request.size
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


async def _receive(call: Call, session: _Session, blob: int, chunk: _Chunk) -> int:
    """Stores the body of a chunk; returns how much of the upload is stored then."""
    first = chunk.first or 0
    if first > session.persisted:
        # Two spaces, and no JSON: the service's own words.
        message = (
            f"Invalid request.  According to the Content-Range header, the upload offset is {first} byte(s),"
            f" which exceeds already uploaded size of {session.persisted} byte(s)."
        )
        raise StorageError(503, None, message)
    writer, position = BlobWriter(call.database, blob, session.persisted), first
    async for data in call.stream():
        if chunk.end is not None and position + len(data) > chunk.end:
            raise _wrong_length(chunk, position + len(data) - first)
        await writer.add(data[max(0, session.persisted - position) :])
        position += len(data)
    if chunk.end is not None and position != chunk.end:
        raise _wrong_length(chunk, position - first)
    await writer.flush(whole=chunk.end is None or chunk.end == chunk.total)
    return writer.end


def _wrong_length(chunk: _Chunk, length: int) -> StorageError:
    first, end = chunk.first or 0, chunk.end or 0
    return invalid(
        f"Invalid request.  There were {length} byte(s) in the request body.  There should have been {end - first}"
        f" byte(s) (starting at offset {first} and ending at offset {end - 1}) according to the Content-Range header."
    )


def _finish(call: Call, session: _Session, blob: int) -> Response:
    """Makes the object. An upload that fails here cannot be continued."""
    request = session.request.with_claims(checksums_in_header(call.headers.get("x-goog-hash", "")))
    try:
        found = checked_digest(call, request, blob)
        with call.database.transaction(write=True):
            claim = "UPDATE uploads SET content = NULL WHERE id = ? AND content = ?"
            if call.database.execute(claim, session.id, blob).rowcount != 1:
                raise StorageError(503, "backendError", "Another request is finishing this upload.")
            tree = write(OBJECT, object_value(put_upload(call, request, blob, found), call.base_url))
            call.database.execute("UPDATE uploads SET answer = ? WHERE id = ?", json.dumps(tree), session.id)
    except StorageError:
        discard_blob(call.database, blob)
        raise
    return json_response(tree)


def _incomplete(call: Call, persisted: int) -> Response:
    headers = {"range": f"bytes=0-{persisted - 1}"} if persisted else {}
    if call.headers.get("x-guploader-no-308", "").lower() == "yes":
        return Response(status_code=200, headers={**headers, "x-http-status-code-override": "308"})
    return Response(status_code=308, headers=headers)
