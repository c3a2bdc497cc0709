"""What was uploaded for a project and is there, for `status --data`, and what `data prune` did with it. Pure.

The documents are those of schemas/status.v1.schema.json (`data`) and schemas/data.v1.schema.json.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypedDict

from gemspec.domain.uploads import DAYS
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.uploads import StoredUpload, UploadList

FORMAT_VERSION = "1.0"
Outcome = Literal["kept", "planned", "deleted", "changed", "failed"]


class DataObject(TypedDict):
    """An object that was uploaded; `prunable`: nothing names it, and it has been so for long enough."""

    name: str
    uri: str
    size: int
    create_time: str | None
    age_seconds: int | None
    prunable: bool


class UnusedData(TypedDict):
    """Uploaded objects that no generation refers to; `folder` is None on services without a bucket."""

    folder: str | None
    objects: list[DataObject]


class PruneObject(DataObject):
    """An object with what became of it. `users` are the trainings that name it."""

    generation: str
    users: list[str]
    outcome: str
    error: str | None


class DataDocument(TypedDict):
    """The document of `data prune`."""

    format_version: str
    gemspec_version: str
    owner: str
    folder: str | None
    read_at: str | None
    days: int
    objects: list[PruneObject]
    exit_status: int


def unused_data(found: UploadList | None, now: float) -> UnusedData:
    """Give the uploads that no training names which counts; `now` where the service does not tell the time."""
    if found is None:
        return {"folder": None, "objects": []}
    moment = time_of(found, now)
    unused = [_entry(upload, found.folder, moment) for upload in found.uploads if not upload.users]
    return {"folder": found.folder, "objects": unused}


def prune_document(
    owner: str, found: UploadList | None, now: float, outcomes: Mapping[str, tuple[Outcome, str]]
) -> DataDocument:
    """Give the document of a prune; `outcomes` by URI, with the error where there was one. Others are kept."""
    moment = time_of(found, now) if found else datetime.fromtimestamp(now, UTC)
    objects = [_pruned(upload, found.folder, moment, outcomes) for upload in found.uploads] if found else []
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "owner": owner,
        "folder": found.folder if found else None,
        "read_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "days": DAYS,
        "objects": objects,
        "exit_status": int(any(entry["outcome"] == "failed" for entry in objects)),
    }


def time_of(found: UploadList, now: float) -> datetime:
    """The time by the service's clock, or `now`."""
    return found.moment or datetime.fromtimestamp(now, UTC)


def _pruned(
    upload: StoredUpload, folder: str, moment: datetime, outcomes: Mapping[str, tuple[Outcome, str]]
) -> PruneObject:
    outcome, error = outcomes.get(upload.uri, ("planned" if upload.is_prunable(moment) else "kept", ""))
    return {
        **_entry(upload, folder, moment),
        "generation": upload.generation,
        "users": list(upload.users),
        "outcome": outcome,
        "error": error or None,
    }


def _entry(upload: StoredUpload, folder: str, moment: datetime) -> DataObject:
    age = upload.age(moment)
    return {
        "name": upload.uri.removeprefix(folder),
        "uri": upload.uri,
        "size": upload.size,
        "create_time": upload.create_time or None,
        "age_seconds": None if age is None else int(age.total_seconds()),
        "prunable": upload.is_prunable(moment),
    }
