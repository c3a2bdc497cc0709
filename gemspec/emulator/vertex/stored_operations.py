"""Long-running operations as kept. What they bring about is noted on its resource, with the time when they end; so an
operation itself is only its name and its times. Every function is to be called in a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from .names import new_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator

    from ..kernel.database import Database

DELETE, UNDEPLOY = "delete", "undeploy"


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """An operation on a resource: `kind` is DELETE or UNDEPLOY."""

    number: int
    name: str
    target: str
    kind: str
    created: int
    ends: int

    def is_done(self, now: int) -> bool:
        """Whether it has ended."""
        return now >= self.ends


def start(database: Database, parent: str, target: str, kind: str, now: int, duration: int) -> StoredOperation:
    """Begins an operation whose name stands under `parent`.

    Raises ApiError (400 FAILED_PRECONDITION) while another works on the target.
    """
    busy = database.one("SELECT name FROM vertex_operations WHERE target = ? AND ends > ?", target, now)
    if busy is not None:
        message = f"There are other operations running on the resource {target}: {busy['name']}. Try again later."
        raise ApiError("FAILED_PRECONDITION", message)
    name = f"{parent}/operations/{new_id()}"
    cursor = database.execute(
        "INSERT INTO vertex_operations (name, target, kind, created, ends) VALUES (?, ?, ?, ?, ?)",
        *(name, target, kind, now, now + duration),
    )
    return StoredOperation(cursor.lastrowid or 0, name, target, kind, now, now + duration)


def find(database: Database, name: str) -> StoredOperation:
    """The operation of that name. Raises ApiError (404)."""
    row = database.one("SELECT * FROM vertex_operations WHERE name = ?", name)
    if row is None:
        raise ApiError("NOT_FOUND", f"Operation {name} does not exist.")
    return _operation(row)


def after(database: Database, parent: str, number: int) -> Generator[StoredOperation, None, None]:
    """The operations whose names stand under a parent, after that number."""
    query = "SELECT * FROM vertex_operations WHERE name GLOB ? AND number > ? ORDER BY number"
    for row in database.execute(query, f"{parent}/operations/*", number):
        yield _operation(row)


def forget(database: Database, operation: StoredOperation) -> None:
    """Takes the record of an operation away; what it does is done all the same."""
    database.execute("DELETE FROM vertex_operations WHERE number = ?", operation.number)


def _operation(row: sqlite3.Row) -> StoredOperation:
    return StoredOperation(row["number"], row["name"], row["target"], row["kind"], row["created"], row["ends"])
