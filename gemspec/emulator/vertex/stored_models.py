"""Models and endpoints as stored.

What a job makes is stored when it is created; callers see it from the moment the job has succeeded until it is deleted.
Endpoints that callers create have no job.
Every function is to be called in a transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .jobs import numbered_job
from .names import Place, missing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator

    from ..kernel.database import Database
    from ..kernel.fields import Value
    from .jobs import StoredJob

# Of a row of models `m` or endpoints `e` with its job `j`.
_MADE = "(NOT j.fails AND j.begins + j.duration < coalesce(j.cancelled, 1 << 62) AND j.begins + j.duration <= :now)"
_MODELS = f"SELECT m.* FROM vertex_models m JOIN vertex_jobs j ON j.number = m.job WHERE {_MADE}"
_MODELS_THERE = f"{_MODELS} AND coalesce(m.gone, 1 << 62) > :now"
_ENDPOINTS_THERE = (
    "SELECT e.* FROM vertex_endpoints e LEFT JOIN vertex_models m ON m.number = e.maker LEFT JOIN vertex_jobs j"
    f" ON j.number = m.job WHERE (e.created <= :now OR {_MADE}) AND coalesce(e.gone, 1 << 62) > :now"
)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A version of a model; `settings` are fields of a Model; `updated` is None until the first change."""

    number: int
    id: str
    version: int
    place: Place
    job: StoredJob
    settings: Value
    updated: int | None

    @property
    def name(self) -> str:
        """Its resource name, without the version."""
        return self.place.of("models", self.id)


@dataclass(frozen=True, slots=True)
class StoredEndpoint:
    """An endpoint with the model that was deployed to it last, by number; `checkpoint` are fields of a Checkpoint.

    `maker` is the model with which its job made it, None for one that a caller `created`. `deployed` is when a
    deployModel ends, None for a deployment of the job.
    """

    number: int
    id: str
    place: Place
    maker: int | None
    created: int | None
    model: int | None
    checkpoint: Value
    deployment: str
    deployed: int | None
    undeployed: int | None
    settings: Value
    updated: int | None

    @property
    def name(self) -> str:
        """Its resource name."""
        return self.place.of("endpoints", self.id)

    def deploys(self, now: int) -> bool:
        """Whether the model is deployed."""
        is_begun = self.model is not None and (self.deployed is None or self.deployed <= now)
        return is_begun and (self.undeployed is None or self.undeployed > now)


def add_model(database: Database, place: Place, id_: str, version: int, job: StoredJob, settings: Value) -> int:
    """Stores a version of a model; its number."""
    cursor = database.execute(
        "INSERT INTO vertex_models (id, version, project, location, job, settings) VALUES (?, ?, ?, ?, ?, ?)",
        *(id_, version, place.project, place.location, job.number, json.dumps(settings)),
    )
    return cursor.lastrowid or 0


def add_endpoint(
    database: Database, place: Place, ids: tuple[str, str], model: int, checkpoint: Value, settings: Value
) -> None:
    """Stores an endpoint that a job makes; `ids` are its own and its deployment's."""
    id_, deployment = ids
    database.execute(
        "INSERT INTO vertex_endpoints (id, project, location, maker, model, checkpoint, deployment, settings)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(id_, place.project, place.location, model, model, json.dumps(checkpoint), deployment, json.dumps(settings)),
    )


def create_endpoint(database: Database, place: Place, id_: str, settings: Value, moment: int) -> None:
    """Stores an endpoint that a caller creates; it is there from `moment`, and deploys nothing."""
    database.execute(
        "INSERT INTO vertex_endpoints (id, project, location, created, checkpoint, deployment, settings)"
        " VALUES (?, ?, ?, ?, '{}', '', ?)",
        *(id_, place.project, place.location, moment, json.dumps(settings)),
    )


def find_model(database: Database, place: Place, text: str, now: int) -> StoredModel:
    """The model that a path or a name calls ID or ID@default, which is its newest version, or ID@VERSION.

    Raises ApiError (404).
    """
    id_, _, version = text.partition("@")
    versions = versions_of(database, place, id_, now)
    wanted = versions[-1:] if version in ("", "default") else [v for v in versions if str(v.version) == version]
    if not wanted:
        raise missing("Model", place.of("models", text))
    return wanted[0]


def versions_of(database: Database, place: Place, id_: str, now: int) -> list[StoredModel]:
    """The versions of a model that callers see, the oldest first."""
    query = f"{_MODELS_THERE} AND m.project = :project AND m.location = :location AND m.id = :id ORDER BY m.version"
    rows = database.execute(query, now=now, project=place.project, location=place.location, id=id_)
    return [_model(database, row) for row in rows.fetchall()]


def next_version(database: Database, id_: str) -> int:
    """The number of the next version of a model, also after others were deleted."""
    row = database.first("SELECT max(version) AS last FROM vertex_models WHERE id = ?", id_)
    return int(row["last"] or 0) + 1 if row else 1


def models_after(database: Database, place: Place, now: int, number: int) -> Generator[StoredModel, None, None]:
    """A place's models after that number, each by its newest version."""
    query = f"{_MODELS_THERE} AND m.project = :project AND m.location = :location AND m.number > :number"
    newer = f"{_MODELS_THERE} AND m.id = found.id AND m.version > found.version"
    query = f"SELECT * FROM ({query}) AS found WHERE NOT EXISTS ({newer}) ORDER BY number"
    rows = database.execute(query, now=now, project=place.project, location=place.location, number=number)
    for row in rows.fetchall():
        yield _model(database, row)


def model_of(database: Database, job: StoredJob) -> StoredModel:
    """The model of a job, also once it is deleted."""
    row = database.first("SELECT * FROM vertex_models WHERE job = ?", job.number)
    assert row is not None
    return _model(database, row)


def numbered_model(database: Database, number: int) -> StoredModel:
    """The model of that number, also once it is deleted."""
    row = database.first("SELECT * FROM vertex_models WHERE number = ?", number)
    assert row is not None
    return _model(database, row)


def find_endpoint(database: Database, place: Place, id_: str, now: int) -> StoredEndpoint:
    """The endpoint of that id there. Raises ApiError (404)."""
    query = f"{_ENDPOINTS_THERE} AND e.project = :project AND e.location = :location AND e.id = :id"
    row = database.first(query, now=now, project=place.project, location=place.location, id=id_)
    if row is None:
        raise missing("Endpoint", place.of("endpoints", id_))
    return _endpoint(row)


def named_endpoint(database: Database, name: str) -> StoredEndpoint | None:
    """The endpoint of that name, also once it is deleted."""
    row = database.first("SELECT * FROM vertex_endpoints WHERE id = ?", name.rpartition("/")[2])
    return _endpoint(row) if row else None


def endpoints_after(database: Database, place: Place, now: int, number: int) -> Generator[StoredEndpoint, None, None]:
    """A place's endpoints after that number, in the order of creation."""
    query = f"{_ENDPOINTS_THERE} AND e.project = :project AND e.location = :location AND e.number > :number"
    rows = database.execute(
        f"{query} ORDER BY e.number", now=now, project=place.project, location=place.location, number=number
    )
    for row in rows.fetchall():
        yield _endpoint(row)


def endpoints_of(database: Database, model: StoredModel) -> list[StoredEndpoint]:
    """All endpoints that were made for a model, including deleted endpoints, that of the last checkpoint last."""
    query = "SELECT * FROM vertex_endpoints WHERE maker = ? ORDER BY number"
    return [_endpoint(row) for row in database.execute(query, model.number)]


def deployments_of(database: Database, model: StoredModel, now: int) -> list[StoredEndpoint]:
    """The endpoints that deploy a model now."""
    rows = database.execute("SELECT * FROM vertex_endpoints WHERE model = ? ORDER BY number", model.number)
    return [endpoint for endpoint in map(_endpoint, rows.fetchall()) if endpoint.deploys(now)]


def change(database: Database, resource: StoredModel | StoredEndpoint, settings: Value, now: int) -> None:
    """Replaces the settings of a model or endpoint."""
    _update(database, resource, settings=json.dumps(settings), updated=now)


def delete(database: Database, resource: StoredModel | StoredEndpoint, moment: int) -> None:
    """Stores when a model or endpoint is deleted."""
    _update(database, resource, gone=moment)


def undeploy(database: Database, endpoint: StoredEndpoint, moment: int) -> None:
    """Stores when an endpoint's model is no longer deployed."""
    _update(database, endpoint, undeployed=moment, updated=moment)


def deploy(database: Database, endpoint: StoredEndpoint, model: StoredModel, deployment: str, moment: int) -> None:
    """Stores when a model is deployed, with its default checkpoint."""
    wanted = model.settings.get("default_checkpoint_id", "")
    known: list[Value] = model.settings["checkpoints"]
    checkpoint = next((point for point in known if point["checkpoint_id"] == wanted), None) or {}
    changed = {"model": model.number, "checkpoint": json.dumps(checkpoint), "deployment": deployment}
    _update(database, endpoint, **changed, deployed=moment, undeployed=None, updated=moment)


def _update(database: Database, resource: StoredModel | StoredEndpoint, **columns: Any) -> None:
    table = "vertex_models" if isinstance(resource, StoredModel) else "vertex_endpoints"
    setters = ", ".join(f"{name} = ?" for name in columns)
    database.execute(f"UPDATE {table} SET {setters} WHERE number = ?", *columns.values(), resource.number)


def _model(database: Database, row: sqlite3.Row) -> StoredModel:
    return StoredModel(
        number=row["number"],
        id=row["id"],
        version=row["version"],
        place=Place(row["project"], row["location"]),
        job=numbered_job(database, row["job"]),
        settings=json.loads(row["settings"]),
        updated=row["updated"],
    )


def _endpoint(row: sqlite3.Row) -> StoredEndpoint:
    return StoredEndpoint(
        number=row["number"],
        id=row["id"],
        place=Place(row["project"], row["location"]),
        maker=row["maker"],
        created=row["created"],
        model=row["model"],
        checkpoint=json.loads(row["checkpoint"]),
        deployment=row["deployment"],
        deployed=row["deployed"],
        undeployed=row["undeployed"],
        settings=json.loads(row["settings"]),
        updated=row["updated"],
    )
