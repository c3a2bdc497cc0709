"""Which path of Cloud Storage is served by which handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from . import buckets, objects, resumable, uploads
from .calls import endpoint, plain

if TYPE_CHECKING:
    from ..kernel.emulation import Emulation
    from .calls import AsyncHandler

BUCKETS = "/storage/v1/b"
OBJECTS = f"{BUCKETS}/{{bucket}}/o"
OBJECT = f"{OBJECTS}/{{object:path}}"  # names may have slashes, also sent as %2F

HANDLERS: list[tuple[str, str, AsyncHandler]] = [
    ("POST", BUCKETS, plain(buckets.insert)),
    ("GET", BUCKETS, plain(buckets.list_buckets)),
    ("GET", f"{BUCKETS}/{{bucket}}", plain(buckets.get)),
    ("DELETE", f"{BUCKETS}/{{bucket}}", plain(buckets.delete)),
    ("GET", OBJECTS, plain(objects.list_objects)),
    ("POST", f"{OBJECT}/compose", plain(objects.compose)),
    ("GET", OBJECT, plain(objects.get)),
    ("GET", f"/download{OBJECT}", plain(objects.get)),
    ("DELETE", OBJECT, plain(objects.delete)),
    ("POST", f"/upload{OBJECTS}", uploads.insert),
    ("PUT", f"/upload{OBJECTS}", resumable.take),
    ("DELETE", f"/upload{OBJECTS}", plain(resumable.cancel)),
]


def routes(emulation: Emulation) -> list[Route]:
    """The routes of Cloud Storage."""
    return [Route(path, endpoint(emulation, handler), methods=[method]) for method, path, handler in HANDLERS]
