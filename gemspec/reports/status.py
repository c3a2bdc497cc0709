"""The models of a project on its service, as the JSON document of schemas/status.v1.schema.json. Pure.

It is made from markers alone, without manifests. Tables, the full view of a key and plots are drawn from it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Corrupt, Newer
from gemspec.domain.model import BaseModel, State
from gemspec.reports.values import Form, form, last_loss
from gemspec.util.text import is_number
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Generation, Inventory, Lineage
    from gemspec.domain.model import LiveModel, ParentModel, Permission, Snapshot
    from gemspec.reports.data import UnusedData

FORMAT_VERSION = "1.0"
# `unknown`: the model is in a state that gemspec does not know.
ROLES = ("serving", "undeployed", "creating", "candidate", "failed", "retired", "terminating", "unknown")


class SnapshotEntry(TypedDict):
    """A point of a loss curve; a loss that is no number is null."""

    step: int
    epoch: int
    loss: float | None


class PermissionEntry(TypedDict):
    """A permission on a model."""

    granteeType: str
    emailAddress: str | None
    role: str


class SourceEntry(TypedDict, total=False):
    """What a model was tuned from: a base model or a tuned model."""

    baseModel: str
    tunedModel: str


class DataEntry(TypedDict):
    """What a model was trained on; None where nobody has counted the examples."""

    fingerprint: str
    examples: int | None


class ModelEntry(TypedDict):
    """A generation of a key."""

    key: str
    name: str
    resources: dict[str, str]
    train: str
    role: str
    answering: str
    generation: int
    serving: int | None
    attempt: int
    state: str
    percent: float | None
    completed_steps: int
    total_steps: int | None
    waiting: str | None
    epoch: int | None
    loss: float | None
    snapshots: list[SnapshotEntry]
    failure: str
    source: SourceEntry
    parent: str | None
    data: DataEntry
    settings: Form
    hyperparameters: Form
    protect: bool
    retain: bool
    rev: str | None
    create_time: str | None
    update_time: str | None
    age_seconds: int | None
    permissions: list[PermissionEntry] | None


class UnreadableEntry(TypedDict):
    """A model that looks like this project's and does not count: its marker cannot be read or is gone, or it belongs to
    another account.
    """

    name: str
    key: str | None
    kind: str
    reason: str


class StatusDocument(TypedDict):
    """The status document."""

    format_version: str
    gemspec_version: str
    owner: str
    has_permissions: bool
    read_at: str | None
    models: list[ModelEntry]
    unreadable: list[UnreadableEntry]
    unmanaged: int
    data: UnusedData | None


def status_document(
    models: Iterable[LiveModel],
    owner: str,
    not_ours: Collection[str] = (),
    *,
    now: float | None = None,
    keys: Collection[str] = (),
    permissions: Mapping[str, Sequence[Permission]] | None = None,
    has_permissions: bool = True,
) -> StatusDocument:
    """Give the models that `owner` has on the service, by key, the serving generation first; of `keys` alone, if given.

    `not_ours` names models that only look like ours. `now` (seconds since 1970) is what ages are counted to; without it
    there are none. `permissions` by remote name; `has_permissions`: whether models have such.
    """
    inventory = take_inventory(models, owner, not_ours)
    lineages = [lineage for key, lineage in inventory.lineages.items() if not keys or key in keys]
    unreadable = [*_unreadable(inventory), *_aside(inventory)]
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "owner": owner,
        "has_permissions": has_permissions,
        "read_at": None if now is None else datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "models": [entry for lineage in lineages for entry in _entries(lineage, now, permissions or {})],
        "unreadable": [entry for entry in unreadable if not keys or entry["key"] in keys],
        "data": None,
        "unmanaged": len(inventory.models) - inventory.ours - len(unreadable),
    }


def known_keys(document: StatusDocument) -> list[str]:
    """Every key that a model carries, or that an unreadable marker names."""
    keys = {entry["key"] for entry in document["models"]}
    return sorted(keys | {entry["key"] for entry in document["unreadable"] if entry["key"]})


def is_training(document: StatusDocument) -> bool:
    """Whether a training still runs."""
    return any(entry["role"] == "creating" for entry in document["models"])


def without_times(document: StatusDocument) -> StatusDocument:
    """The document without times and ages; equal while nothing changes."""
    models: list[ModelEntry] = [{**entry, "age_seconds": None} for entry in document["models"]]
    return {**document, "read_at": None, "models": models}


def _entries(lineage: Lineage, now: float | None, permissions: Mapping[str, Sequence[Permission]]) -> list[ModelEntry]:
    entries = [_entry(generation, lineage, now, permissions.get(generation.name)) for generation in lineage.generations]
    return sorted(entries, key=lambda entry: (ROLES.index(entry["role"]), -(entry["serving"] or 0), entry["name"]))


def _entry(
    generation: Generation, lineage: Lineage, now: float | None, permissions: Sequence[Permission] | None
) -> ModelEntry:
    live, marker, progress = generation.live, generation.marker, generation.live.progress
    return {
        "key": marker.key,
        "name": live.name,
        "resources": dict(live.resources),
        "train": marker.train,
        "role": _role(generation, lineage),
        "answering": str(live.answering),
        "generation": marker.gen,
        "serving": marker.serving,
        "attempt": marker.attempt,
        "state": str(live.state),
        "percent": 100.0 if live.state is State.ACTIVE else progress.percent,
        "completed_steps": progress.completed_steps,
        "total_steps": progress.total_steps,
        "waiting": progress.waiting or None,
        "epoch": progress.last.epoch if progress.last else None,
        "loss": last_loss(progress),
        "snapshots": [_snapshot(snapshot) for snapshot in progress.snapshots],
        "failure": live.failure,
        "source": _source(live.source),
        "parent": marker.parent,
        "data": {"fingerprint": marker.data, "examples": marker.examples or live.examples},
        "settings": form(live.settings),
        "hyperparameters": form(live.hyperparameters),
        "protect": marker.protect,
        "retain": marker.retain,
        "rev": marker.rev,
        "create_time": live.create_time or None,
        "update_time": live.update_time or None,
        "age_seconds": _age(live, now),
        "permissions": None if permissions is None else [_permission(permission) for permission in permissions],
    }


def _role(generation: Generation, lineage: Lineage) -> str:
    if generation.live.state is not State.ACTIVE:
        return generation.live.state.lower()
    if generation is lineage.serving:
        return "serving"
    if generation is lineage.promoted:
        return "undeployed"
    if generation.is_terminating:
        return "terminating"
    return "candidate" if generation.is_candidate else "retired"


def _snapshot(snapshot: Snapshot) -> SnapshotEntry:
    loss = snapshot.mean_loss if is_number(snapshot.mean_loss) else None
    return {"step": snapshot.step, "epoch": snapshot.epoch, "loss": loss}


def _source(source: BaseModel | ParentModel) -> SourceEntry:
    return {"baseModel": source.name} if isinstance(source, BaseModel) else {"tunedModel": source.name}


def _permission(permission: Permission) -> PermissionEntry:
    return {
        "granteeType": permission.grantee_type,
        "emailAddress": permission.email or None,
        "role": permission.role,
    }


def _age(live: LiveModel, now: float | None) -> int | None:
    """Seconds since the model was created, else changed; not negative, even where clocks disagree."""
    if now is None:
        return None
    for text in (live.create_time, live.update_time):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        return max(0, int(now - moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()))
    return None


def _unreadable(inventory: Inventory) -> list[UnreadableEntry]:
    """Models with a marker that claims this project and cannot be read."""
    found: list[UnreadableEntry] = []
    for live in inventory.unreadable:
        marker = live.marker
        if isinstance(marker, Corrupt | Newer) and marker.owner == inventory.owner:
            kind, reason = ("corrupt", marker.reason) if isinstance(marker, Corrupt) else _newer(marker)
            found.append({"name": live.name, "key": marker.key, "kind": kind, "reason": reason})
    return found


def _aside(inventory: Inventory) -> list[UnreadableEntry]:
    """Models of a key that do not count."""
    found: list[UnreadableEntry] = []
    for key, lineage in inventory.every.items():
        newest = lineage.lost_newest
        for live in lineage.lost:
            after = f", and it is newer than {lineage.serving.name}" if lineage.serving and live is newest else ""
            reason = f"its marker is gone{after}: `gemspec plan` shows what settles that"
            found.append({"name": live.name, "key": key, "kind": "unmarked", "reason": reason})
        for generation in lineage.shared:
            reason = "it belongs to another account, and does not count beside our own"
            found.append({"name": generation.name, "key": key, "kind": "shared", "reason": reason})
    return found


def _newer(marker: Newer) -> tuple[str, str]:
    return "newer", f"its marker has version {marker.version}, which a later gemspec wrote"
