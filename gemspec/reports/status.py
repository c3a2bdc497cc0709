"""What the service holds of a project, as the JSON document of schemas/status.v1.schema.json. Pure.

It is made from markers alone, never from manifests; tables, the full view of a key and plots are all drawn from it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gemspec import __version__
from gemspec.domain.lineage import take_inventory
from gemspec.domain.model import BaseModel, Corrupt, Newer, State
from gemspec.reports.resource_changes import values
from gemspec.util.text import is_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Generation, Inventory, Lineage
    from gemspec.domain.model import LiveModel, Permission, Progress

FORMAT_VERSION = "1.0"
# The last has no state that is known.
ROLES = ("serving", "creating", "candidate", "failed", "retired", "terminating", "unknown")
_TIMES = ("read_at", "age_seconds")


def status_document(
    models: Iterable[LiveModel],
    owner: str,
    *,
    now: float | None = None,
    keys: Collection[str] = (),
    permissions: Mapping[str, Sequence[Permission]] | None = None,
    has_permissions: bool = True,
) -> dict[str, Any]:
    """Give the models that `owner` has on the service, by key, the serving generation first; of `keys` alone, if given.

    `now` (seconds since 1970) is what ages are counted to; without it there are none. `permissions` by remote name;
    `has_permissions`: whether models have such.
    """
    inventory = take_inventory(models, owner)
    lineages = [lineage for key, lineage in inventory.lineages.items() if not keys or key in keys]
    unreadable = _unreadable(inventory)
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "owner": owner,
        "has_permissions": has_permissions,
        "read_at": None if now is None else datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "models": [entry for lineage in lineages for entry in _entries(lineage, now, permissions or {})],
        "unreadable": [entry for entry in unreadable if not keys or entry["key"] in keys],
        "unmanaged": len(inventory.models) - inventory.ours - len(unreadable),
    }


def known_keys(document: dict[str, Any]) -> list[str]:
    """Every key that a model carries, or that an unreadable marker names."""
    named = {entry["key"] for entry in (*document["models"], *document["unreadable"]) if entry["key"]}
    return sorted(named)


def is_training(document: dict[str, Any]) -> bool:
    """Whether anything is still to be waited for."""
    return any(entry["role"] == "creating" for entry in document["models"])


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    """The document less what differs each time it is made; equal when nothing has happened."""
    models = [{name: value for name, value in entry.items() if name not in _TIMES} for entry in document["models"]]
    return {**{name: value for name, value in document.items() if name not in _TIMES}, "models": models}


def _entries(
    lineage: Lineage, now: float | None, permissions: Mapping[str, Sequence[Permission]]
) -> list[dict[str, Any]]:
    entries = [_entry(one, lineage, now, permissions.get(one.name)) for one in lineage.generations]
    return sorted(entries, key=lambda entry: (ROLES.index(entry["role"]), -(entry["serving"] or 0), entry["name"]))


def _entry(
    generation: Generation, lineage: Lineage, now: float | None, permissions: Sequence[Permission] | None
) -> dict[str, Any]:
    live, marker = generation.live, generation.marker
    return {
        "key": marker.key,
        "name": live.name,
        "resources": dict(live.resources),
        "train": marker.train,
        "role": _role(generation, lineage),
        "serving": marker.serving,
        "attempt": marker.attempt,
        "state": str(live.state),
        **_progress(live.progress, live.state),
        "failure": live.failure,
        "source": {"baseModel" if isinstance(live.source, BaseModel) else "tunedModel": live.source.name},
        "parent": marker.parent,
        "data": {"fingerprint": marker.data, "examples": marker.examples},
        "settings": values(live.settings),
        "hyperparameters": values(live.hyperparameters),
        "protect": marker.protect,
        "retain": marker.retain,
        "rev": marker.rev,
        "create_time": live.create_time or None,
        "update_time": live.update_time or None,
        "age_seconds": _age(live, now),
        "permissions": None if permissions is None else [_permission(one) for one in permissions],
    }


def _role(generation: Generation, lineage: Lineage) -> str:
    if generation.live.state is not State.ACTIVE:
        return generation.live.state.lower()
    if generation is lineage.serving:
        return "serving"
    if generation.is_terminating:
        return "terminating"
    return "candidate" if generation.is_candidate else "retired"


def _progress(progress: Progress, state: State) -> dict[str, Any]:
    """A loss that is no number (it ran away) is null: JSON has no word for it."""
    last = progress.last
    snapshots = [
        {"step": one.step, "epoch": one.epoch, "loss": one.mean_loss if is_number(one.mean_loss) else None}
        for one in progress.snapshots
    ]
    return {
        "percent": 100.0 if state is State.ACTIVE else progress.percent,
        "completed_steps": progress.completed_steps,
        "total_steps": progress.total_steps,
        "waiting": progress.waiting or None,
        "epoch": last.epoch if last else None,
        "loss": snapshots[-1]["loss"] if snapshots else None,
        "snapshots": snapshots,
    }


def _permission(permission: Permission) -> dict[str, str | None]:
    return {
        "granteeType": permission.grantee_type,
        "emailAddress": permission.email or None,
        "role": permission.role,
    }


def _age(live: LiveModel, now: float | None) -> int | None:
    """Seconds since the model was created, else changed; clocks that disagree make it no younger than new."""
    if now is None:
        return None
    for text in (live.create_time, live.update_time):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        return max(0, int(now - moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()))
    return None


def _unreadable(inventory: Inventory) -> list[dict[str, Any]]:
    """Models whose marker claims this project, and cannot be taken for one."""
    found = []
    for live in inventory.unreadable:
        marker = live.marker
        if isinstance(marker, Corrupt | Newer) and marker.owner == inventory.owner:
            kind, reason = ("corrupt", marker.reason) if isinstance(marker, Corrupt) else _newer(marker)
            found.append({"name": live.name, "key": marker.key, "kind": kind, "reason": reason})
    return found


def _newer(marker: Newer) -> tuple[str, str]:
    return "newer", f"its marker has version {marker.version}, which a later gemspec wrote"
