"""objects.compose: objects of a bucket, one after another, as a new object, which has a CRC32C and no MD5."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import store
from .blobs import append_piece, begin_blob, digest_of, discard_blob, read_blob
from .calls import read_resource
from .errors import invalid, required
from .messages import COMPOSE_REQUEST, OBJECT, OBJECTS_COMPOSE
from .resources import object_value
from .store import check_write, conditions_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
    from .calls import Call
    from .store import StoredObject

MOST = 32  # objects in a request, as published


def compose(call: Call) -> Response:
    """POST /storage/v1/b/BUCKET/o/NAME/compose."""
    conditions = conditions_of(call.parameters(OBJECTS_COMPOSE))
    asked = read_resource(COMPOSE_REQUEST, call.body)
    with call.database.transaction():
        sources = _sources(call, asked.get("sourceObjects", []))
    blob = begin_blob(call.database, call.now)
    try:
        made = _put(call, asked.get("destination", {}), conditions, sources, _joined(call, sources, blob))
    except BaseException:
        discard_blob(call.database, blob)
        raise
    return call.answer(OBJECT, object_value(made, call.base_url))


def _sources(call: Call, asked: list[Value]) -> list[StoredObject]:
    """The objects that are asked for. Raises StorageError: 400, 404, 412."""
    if not asked:
        raise required("Required")
    if len(asked) > MOST:
        raise invalid(f"The number of source components provided ({len(asked)}) exceeds the maximum ({MOST}).")
    found = []
    for source in asked:
        live = store.find_object(call.database, call.path["bucket"], source.get("name", ""), source.get("generation"))
        check_write(source.get("objectPreconditions", {}), live)
        found.append(live)
    return found


def _joined(call: Call, sources: list[StoredObject], blob: int) -> int:
    """Copies the bytes of the sources into a blob; its number."""
    end = 0
    for source in sources:
        for piece in read_blob(call.database, source.blob, 0, source.digest.size):
            append_piece(call.database, blob, end, piece)
            end += len(piece)
    return blob


def _put(
    call: Call, destination: Value, conditions: dict[str, int], sources: list[StoredObject], blob: int
) -> StoredObject:
    """Makes the blob an object. Raises StorageError (412) as an upload does."""
    bucket, name = call.path["bucket"], call.path["object"]
    settings = {field: value for field, value in destination.items() if field not in ("name", "crc32c", "md5Hash")}
    settings["componentCount"] = sum(source.settings.get("componentCount", 1) for source in sources)
    digest = replace(digest_of(read_blob(call.database, blob)), md5="")
    with call.database.transaction(write=True):
        check_write(conditions, store.live_object(call.database, bucket, name))
        return store.put_object(call.database, bucket, name, blob, settings, digest, call.now)
