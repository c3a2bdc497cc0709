"""The methods of objects that move no bytes: get (metadata), list, delete. `downloads` and `uploads` have the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from . import listing, store
from .downloads import download
from .messages import OBJECT, OBJECTS, OBJECTS_DELETE, OBJECTS_GET, OBJECTS_LIST
from .preconditions import check_read, check_write, conditions_of
from .resources import object_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .calls import Call
    from .store import StoredObject


def get(call: Call) -> Response:
    """GET /storage/v1/b/BUCKET/o/NAME: the metadata, or with alt=media the bytes."""
    if call.query.get("alt") == "media":
        return download(call)
    parameters = call.parameters(OBJECTS_GET)
    with call.database.transaction():
        found = store.find_object(call.database, *_path(call), parameters.get("generation"))
        check_read(conditions_of(parameters), found)
    return call.answer(OBJECT, object_value(found, call.base_url))


def list_objects(call: Call) -> Response:
    """GET /storage/v1/b/BUCKET/o: by name; with a delimiter names below it are shown as prefixes."""
    wanted = listing.Wanted.of(call.parameters(OBJECTS_LIST))
    bucket = call.path["bucket"]
    seen: dict[str, StoredObject] = {}
    with call.database.transaction():
        store.find_bucket(call.database, bucket)
        page = listing.cut(_names(store.objects_of(call.database, bucket, wanted.first), seen), wanted)
    value = {
        "kind": "storage#objects",
        "items": [object_value(seen[name], call.base_url) for name in page.names],
        "prefixes": page.prefixes,
        "nextPageToken": page.token,
    }
    return call.answer(OBJECTS, value)


def delete(call: Call) -> Response:
    """DELETE /storage/v1/b/BUCKET/o/NAME."""
    parameters = call.parameters(OBJECTS_DELETE)
    with call.database.transaction(write=True):
        found = store.find_object(call.database, *_path(call), parameters.get("generation"))
        check_write(conditions_of(parameters), found)
        store.delete_object(call.database, found)
    return Response(status_code=204)


def _path(call: Call) -> tuple[str, str]:
    return call.path["bucket"], call.path["object"]


def _names(objects: Iterator[StoredObject], seen: dict[str, StoredObject]) -> Iterator[str]:
    for each in objects:
        seen[each.name] = each
        yield each.name
