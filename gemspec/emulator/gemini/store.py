"""The stored models, their training data, permissions and a count of trainings, in SQLite; and who may use a model.

Training data is in a table of its own, so that listing never reads it. Nothing here knows the wire format. The state of
a training is not stored, but computed by `training`.

Roles are concentric, as the proto of Permission says: a reader uses a model, a writer also edits and shares it, the
owner also deletes it. Groups have no members here: a permission for a GROUP opens nothing to anyone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..kernel.errors import ApiError
from .training import Training

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Sequence

    from ..kernel.calls import Call
    from ..kernel.database import Database
    from ..kernel.fields import Value

READ = frozenset({"OWNER", "WRITER", "READER"})
EDIT = frozenset({"OWNER", "WRITER"})
OWN = frozenset({"OWNER"})

OWNER_GRANT_ID = "owner"  # the id of the permission that every model has


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A tuned model as kept; `settings` are TunedModel fields by proto name, with `hyperparameters` beside them."""

    number: int
    id: str
    operation: str
    settings: Value
    training: Training

    @property
    def name(self) -> str:
        """tunedModels/ID."""
        return f"tunedModels/{self.id}"

    @property
    def base_model(self) -> str:
        """The base model that it comes from, directly or through its source."""
        source = self.settings.get("tuned_model_source")
        name: str = source["base_model"] if source else self.settings["base_model"]
        return name


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission as kept. `email` is None for EVERYONE."""

    number: int
    id: str
    grantee_type: str
    email: str | None
    role: str


class Store:
    """Tuned models in a database. Every method is to be called in a transaction, but for `trainings_started`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def close(self) -> None:
        """Closes the database; the Store cannot be used any more."""
        self.database.close()

    # --- models -----------------------------------------------------------------------------------------------------

    def model(self, model_id: str) -> StoredModel | None:
        """The model of that id, or None."""
        row = self.database.first("SELECT * FROM models WHERE id = ?", model_id)
        return _stored_model(row) if row else None

    def models_after(self, number: int, conditions: Sequence[str], email: str) -> Generator[StoredModel, None, None]:
        """Models in the order of creation, after that number; `conditions` are SQL, with `:email` the caller."""
        where = " AND ".join(["number > :number", *conditions])
        query = f"SELECT * FROM models WHERE {where} ORDER BY number"
        for row in self.database.execute(query, number=number, email=email):
            yield _stored_model(row)

    def add_model(
        self, model_id: str, operation: str, settings: Value, training: Training, examples: list[tuple[str, str]]
    ) -> StoredModel:
        """Keeps a new model and counts its training. The id must be free (look in the same transaction)."""
        t = training
        cursor = self.database.execute(
            "INSERT INTO models (id, operation, settings, start, duration, examples, epochs, batch, fails, failure)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(model_id, operation, json.dumps(settings)),
            *(t.start, t.duration, t.examples, t.epochs, t.batch, t.fails, t.failure),
        )
        number = cursor.lastrowid or 0
        self.database.execute("INSERT INTO training_data VALUES (?, ?)", number, json.dumps(examples))
        self.database.execute("UPDATE counters SET value = value + 1 WHERE name = 'trainings'")
        return StoredModel(number, model_id, operation, settings, training)

    def update_settings(self, model: StoredModel, settings: Value) -> None:
        """Replaces the settings of a model."""
        self.database.execute("UPDATE models SET settings = ? WHERE number = ?", json.dumps(settings), model.number)

    def cancel_training(self, model: StoredModel, now: int) -> None:
        """Notes that the training was cancelled at that time."""
        self.database.execute("UPDATE models SET cancelled = ? WHERE number = ?", now, model.number)

    def delete_model(self, model: StoredModel) -> None:
        """Deletes a model with its training data, operation and permissions."""
        self.database.execute("DELETE FROM models WHERE number = ?", model.number)

    def training_data(self, model: StoredModel) -> list[tuple[str, str]]:
        """The (text input, output) pairs that a model was trained on, in order."""
        row = self.database.first("SELECT examples FROM training_data WHERE model = ?", model.number)
        return [(text, output) for text, output in json.loads(row["examples"])] if row else []

    def trainings_running(self, now: int) -> int:
        """How many trainings have not ended at that time."""
        rows = self.database.execute("SELECT * FROM models WHERE start + duration > ?", now)
        return sum(not _stored_model(row).training.is_done(now) for row in rows)

    def trainings_started(self) -> int:
        """How many trainings were ever started in this database; deleting a model does not lower it."""
        with self.database.transaction():
            row = self.database.first("SELECT value FROM counters WHERE name = 'trainings'")
        return int(row["value"]) if row else 0

    # --- permissions ------------------------------------------------------------------------------------------------

    def grants(self, model: StoredModel, after: int = 0) -> Generator[Grant, None, None]:
        """A model's permissions after that number, the owner's first."""
        query = "SELECT * FROM permissions WHERE model = ? AND number > ? ORDER BY number"
        for row in self.database.execute(query, model.number, after):
            yield _grant(row)

    def grant(self, model: StoredModel, permission_id: str) -> Grant | None:
        """The permission of that id on a model, or None."""
        row = self.database.first("SELECT * FROM permissions WHERE model = ? AND id = ?", model.number, permission_id)
        return _grant(row) if row else None

    def roles(self, model: StoredModel, email: str) -> set[str]:
        """The roles that a user has on a model, also through a permission for EVERYONE."""
        query = (
            "SELECT role FROM permissions WHERE model = ?"
            " AND (grantee_type = 'EVERYONE' OR (grantee_type = 'USER' AND email = ?))"
        )
        return {row["role"] for row in self.database.execute(query, model.number, email)}

    def set_grant(self, model: StoredModel, grant_id: str, grantee_type: str, email: str | None, role: str) -> Grant:
        """Adds a permission, or gives the permission of that id another role."""
        self.database.execute(
            "INSERT INTO permissions (model, id, grantee_type, email, role) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (model, id) DO UPDATE SET role = excluded.role",
            *(model.number, grant_id, grantee_type, email, role),
        )
        grant = self.grant(model, grant_id)
        assert grant is not None
        return grant

    def delete_grant(self, grant: Grant) -> None:
        """Takes a permission away."""
        self.database.execute("DELETE FROM permissions WHERE number = ?", grant.number)


GeminiCall: TypeAlias = "Call[Store]"


def _stored_model(row: sqlite3.Row) -> StoredModel:
    training = Training(
        start=row["start"],
        duration=row["duration"],
        examples=row["examples"],
        epochs=row["epochs"],
        batch=row["batch"],
        fails=bool(row["fails"]),
        cancelled=row["cancelled"],
        failure=row["failure"],
    )
    return StoredModel(row["number"], row["id"], row["operation"], json.loads(row["settings"]), training)


def _grant(row: sqlite3.Row) -> Grant:
    return Grant(row["number"], row["id"], row["grantee_type"], row["email"], row["role"])


def find_model(call: GeminiCall, roles: frozenset[str]) -> StoredModel:
    """The model that the path names, if the caller has any of the roles. To be called in a transaction.

    Raises ApiError: 404 where there is none, 403 without details where the caller has no such role, as recorded.
    """
    return find_named_model(call, f"tunedModels/{call.path['model']}", roles)


def find_named_model(call: GeminiCall, name: str, roles: frozenset[str]) -> StoredModel:
    """As `find_model`, for a full name."""
    model = call.service.model(name.removeprefix("tunedModels/"))
    if model is None or model.name != name:
        raise ApiError("NOT_FOUND", f"Tuned model {name} does not exist.")
    if not roles & call.service.roles(model, call.caller):
        raise ApiError("PERMISSION_DENIED", f"You do not have permission to access tuned model {name}.")
    return model
