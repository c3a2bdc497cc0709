"""Buckets and objects as the API shows them: values of `messages`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from ..kernel.fields import Value
    from .store import StoredBucket, StoredObject

DEFAULT_TYPE = "application/octet-stream"
STANDARD = "STANDARD"


def bucket_value(bucket: StoredBucket, base_url: str) -> Value:
    """A Bucket. `base_url` is where the caller reached the emulator."""
    return {
        "location": "US",
        "storageClass": STANDARD,
        **bucket.settings,
        "kind": "storage#bucket",
        "id": bucket.name,
        "name": bucket.name,
        "selfLink": f"{base_url}/storage/v1/b/{bucket.name}",
        "projectNumber": bucket.project,
        "metageneration": 1,
        "etag": etag(1),
        "timeCreated": _milliseconds(bucket.created),
        "updated": _milliseconds(bucket.created),
    }


def object_value(stored: StoredObject, base_url: str) -> Value:
    """An Object."""
    path = f"storage/v1/b/{stored.bucket}/o/{quote(stored.name, safe='')}"
    created = _milliseconds(stored.created)
    return {
        "storageClass": STANDARD,
        **stored.settings,
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": f"{base_url}/{path}",
        "mediaLink": f"{base_url}/download/{path}?generation={stored.generation}&alt=media",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": stored.generation,
        "metageneration": stored.METAGENERATION,
        "size": stored.digest.size,
        "md5Hash": stored.digest.md5,
        "crc32c": stored.digest.crc32c,
        "etag": etag(stored.generation),
        "timeCreated": created,
        "updated": created,
        "timeStorageClassUpdated": created,
        "timeFinalized": created,
    }


def etag(generation: int) -> str:
    """An entity tag: opaque to callers, different for each generation."""
    return base64.b64encode(b"\x08" + generation.to_bytes(8) + b"\x10\x01").decode()


def _milliseconds(microseconds: int) -> int:
    return microseconds - microseconds % 1000
