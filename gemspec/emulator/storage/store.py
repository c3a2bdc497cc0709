"""Buckets and objects as stored, and the preconditions of a request by what is stored. `blobs` has the bytes.

Every function with a database is to be called in a transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from . import errors
from .blobs import Digest
from .messages import CONDITIONS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from ..kernel.database import Database
    from ..kernel.fields import Value


@dataclass(frozen=True, slots=True)
class StoredBucket:
    """A bucket; `settings` are the fields that its creator set, `project` is a number."""

    name: str
    project: int
    settings: Value
    created: int


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The live generation of an object; `settings` are the fields that its uploader set."""

    METAGENERATION: ClassVar[int] = 1  # metadata cannot be changed here

    bucket: str
    name: str
    generation: int
    blob: int
    settings: Value
    digest: Digest
    created: int


def make_bucket(database: Database, bucket: StoredBucket) -> bool:
    """Adds a bucket; False if the name is taken."""
    done = database.execute(
        "INSERT INTO buckets VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(bucket.name, bucket.project, json.dumps(bucket.settings), bucket.created),
    )
    return done.rowcount == 1


def find_bucket(database: Database, name: str) -> StoredBucket:
    """The bucket of that name. Raises StorageError (404)."""
    row = database.first("SELECT * FROM buckets WHERE name = ?", name)
    if row is None:
        raise errors.bucket_missing()
    return _bucket(row)


def buckets_of(database: Database, project: int) -> Iterator[StoredBucket]:
    """A project's buckets, by name."""
    for row in database.execute("SELECT * FROM buckets WHERE project = ? ORDER BY name", project):
        yield _bucket(row)


def delete_bucket(database: Database, name: str) -> None:
    """Deletes a bucket. Raises StorageError: 404, or 409 if it has objects."""
    find_bucket(database, name)
    if database.first("SELECT 1 FROM objects WHERE bucket = ?", name):
        raise errors.StorageError(409, "conflict", "The bucket you tried to delete is not empty.")
    database.execute("DELETE FROM buckets WHERE name = ?", name)


def live_object(database: Database, bucket: str, name: str) -> StoredObject | None:
    """The object of that name, or None. Raises StorageError (404) where there is no such bucket."""
    find_bucket(database, bucket)
    row = database.first("SELECT * FROM objects WHERE bucket = ? AND name = ?", bucket, name)
    return _object(row) if row else None


def find_object(database: Database, bucket: str, name: str, generation: int | None = None) -> StoredObject:
    """The object of that name and, if given, generation. Raises StorageError (404)."""
    live = live_object(database, bucket, name)
    if live is None or generation not in (None, live.generation):
        raise errors.object_missing(bucket, name)
    return live


def objects_of(database: Database, bucket: str, first: str) -> Iterator[StoredObject]:
    """A bucket's objects from a name on, in the order of their names' UTF-8."""
    query = "SELECT * FROM objects WHERE bucket = ? AND name >= ? ORDER BY name"
    for row in database.execute(query, bucket, first):
        yield _object(row)


def put_object(
    database: Database, bucket: str, name: str, blob: int, settings: Value, digest: Digest, now: int
) -> StoredObject:
    """Makes a blob the live generation of an object; the replaced object is deleted. Generations only grow."""
    query = "UPDATE counters SET value = max(value + 1, ?) WHERE name = 'generation' RETURNING value"
    row = database.first(query, now)
    assert row is not None
    made = StoredObject(bucket, name, row["value"], blob, settings, digest, now)
    if replaced := live_object(database, bucket, name):
        delete_object(database, replaced)
    database.execute(
        "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(bucket, name, made.generation, blob, json.dumps(settings), digest.size, digest.crc32c, digest.md5, now),
    )
    return made


def delete_object(database: Database, stored: StoredObject) -> None:
    """Deletes an object with its bytes."""
    database.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", stored.bucket, stored.name)
    database.execute("DELETE FROM contents WHERE number = ?", stored.blob)


def conditions_of(parameters: Value) -> dict[str, int]:
    """ifGenerationMatch and its three relatives among query parameters."""
    return {field.name: parameters[field.name] for field in CONDITIONS if field.name in parameters}


def check_write(conditions: Mapping[str, int], live: StoredObject | None) -> None:
    """Refuses a write if its conditions do not hold. Generation 0 means "no object". Raises StorageError (412)."""
    if _unmatched(conditions, live) or _matched_against(conditions, live):
        raise errors.condition_not_met()


def check_read(conditions: Mapping[str, int], live: StoredObject) -> None:
    """Refuses a read if its conditions do not hold. Raises StorageError: 412, or 304 where a "not match" matches."""
    if _unmatched(conditions, live):
        raise errors.condition_not_met()
    if _matched_against(conditions, live):
        raise errors.not_modified()


def _unmatched(conditions: Mapping[str, int], live: StoredObject | None) -> bool:
    generation, metageneration = _versions(live)
    return (
        conditions.get("ifGenerationMatch", generation) != generation
        or conditions.get("ifMetagenerationMatch", metageneration) != metageneration
    )


def _matched_against(conditions: Mapping[str, int], live: StoredObject | None) -> bool:
    generation, metageneration = _versions(live)
    return (
        conditions.get("ifGenerationNotMatch") == generation
        or conditions.get("ifMetagenerationNotMatch") == metageneration
    )


def _versions(live: StoredObject | None) -> tuple[int, int]:
    return (live.generation, live.METAGENERATION) if live else (0, 0)


def _bucket(row: sqlite3.Row) -> StoredBucket:
    return StoredBucket(row["name"], row["project"], json.loads(row["settings"]), row["created"])


def _object(row: sqlite3.Row) -> StoredObject:
    digest = Digest(row["size"], row["crc32c"], row["md5"])
    settings = json.loads(row["settings"])
    return StoredObject(row["bucket"], row["name"], row["generation"], row["content"], settings, digest, row["created"])
