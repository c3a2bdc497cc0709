"""Long-running operations: their methods (get, list, wait, delete), how they are stored, and how they are shown.

The name of a delete is under a location, that of a create, deploy or undeploy under an endpoint. The effect of an
operation is stored with its resource, with the time when it ends; so an operation itself is only its name and times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, invalid
from ..kernel.paging import read_page
from . import stored_models
from .messages import (
    CREATE_ENDPOINT_OPERATION_METADATA,
    DELETE_OPERATION_METADATA,
    DEPLOY_MODEL_OPERATION_METADATA,
    DEPLOY_MODEL_RESPONSE,
    EMPTY,
    ENDPOINT,
    LIST_OPERATIONS_RESPONSE,
    NO_PARAMETERS,
    OPERATION,
    OPERATIONS_LIST,
    OPERATIONS_WAIT,
    UNDEPLOY_MODEL_OPERATION_METADATA,
    UNDEPLOY_MODEL_RESPONSE,
)
from .names import new_id, place_of
from .resources import deployed_value, endpoint_value

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator

    from starlette.responses import Response

    from ..kernel.database import Database
    from ..kernel.fields import Message, Value
    from . import VertexCall

DEFAULT_PAGE = 10
CREATE, DELETE, DEPLOY, UNDEPLOY = "create", "delete", "deploy", "undeploy"
_METADATA = {
    CREATE: CREATE_ENDPOINT_OPERATION_METADATA,
    DELETE: DELETE_OPERATION_METADATA,
    DEPLOY: DEPLOY_MODEL_OPERATION_METADATA,
    UNDEPLOY: UNDEPLOY_MODEL_OPERATION_METADATA,
}


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """An operation on a resource: `kind` is CREATE, DELETE, DEPLOY or UNDEPLOY."""

    number: int
    name: str
    target: str
    kind: str
    created: int
    ends: int

    def is_done(self, now: int) -> bool:
        """Whether it has ended."""
        return now >= self.ends


def start_operation(call: VertexCall, parent: str, target: str, kind: str) -> StoredOperation:
    """Starts an operation with a name under `parent`. To be called in a transaction.

    Raises ApiError (400 FAILED_PRECONDITION) while another operation works on the target.
    """
    query = "SELECT name FROM vertex_operations WHERE target = ? AND ends > ?"
    if busy := call.database.first(query, target, call.now):
        message = f"There are other operations running on the resource {target}: {busy['name']}. Try again later."
        raise ApiError("FAILED_PRECONDITION", message)
    name, ends = f"{parent}/operations/{new_id()}", call.now + call.service.operation_microseconds
    cursor = call.database.execute(
        "INSERT INTO vertex_operations (name, target, kind, created, ends) VALUES (?, ?, ?, ?, ?)",
        *(name, target, kind, call.now, ends),
    )
    return StoredOperation(cursor.lastrowid or 0, name, target, kind, call.now, ends)


def operation_answer(call: VertexCall, operation: StoredOperation) -> Response:
    """The answer of every method that begins or reads an operation."""
    return call.answer(OPERATION, _value(call.database, operation, call.now))


def get(call: VertexCall) -> Response:
    """GET .../operations/ID."""
    call.parameters(NO_PARAMETERS)
    return _answer(call)


def wait(call: VertexCall) -> Response:
    """POST .../operations/ID:wait: answers at once, as the service may ("best effort")."""
    call.parameters(OPERATIONS_WAIT)
    return _answer(call)


def list_operations(call: VertexCall) -> Response:
    """GET .../operations: a page of them, in the order of creation. A filter is refused."""
    parent = _parent(call)
    parameters = call.parameters(OPERATIONS_LIST)
    if parameters.get("filter"):
        raise invalid("filter", "The emulator does not filter operations.")
    rows_after = partial(_operations_after, call.database, parent)
    with call.database.transaction():
        page = read_page(parameters, f"{parent} operations", DEFAULT_PAGE, rows_after)
    value: Value = {
        "operations": [_value(call.database, operation, call.now) for operation in page.rows],
        "next_page_token": page.token,
    }
    return call.answer(LIST_OPERATIONS_RESPONSE, value)


def delete(call: VertexCall) -> Response:
    """DELETE .../operations/ID: deletes the record; its effect continues."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        operation = _find(call)
        call.database.execute("DELETE FROM vertex_operations WHERE number = ?", operation.number)
    return call.answer(EMPTY, {})


def _answer(call: VertexCall) -> Response:
    with call.database.transaction():
        operation = _find(call)
    return operation_answer(call, operation)


def _find(call: VertexCall) -> StoredOperation:
    name = f"{_parent(call)}/operations/{call.path['operation']}"
    row = call.database.first("SELECT * FROM vertex_operations WHERE name = ?", name)
    if row is None:
        raise ApiError("NOT_FOUND", f"Operation {name} does not exist.")
    return _operation(row)


def _parent(call: VertexCall) -> str:
    """What the operation's name is under: a location, a job, a model or an endpoint."""
    place = place_of(call)
    for collection, key in (("tuningJobs", "job"), ("models", "model"), ("endpoints", "endpoint")):
        if key in call.path:
            return place.of(collection, call.path[key])
    return place.name


def _operations_after(database: Database, parent: str, number: int) -> Generator[StoredOperation, None, None]:
    """The operations with names under a parent, after that number."""
    query = "SELECT * FROM vertex_operations WHERE name GLOB ? AND number > ? ORDER BY number"
    for row in database.execute(query, f"{parent}/operations/*", number):
        yield _operation(row)


def _value(database: Database, operation: StoredOperation, now: int) -> Value:
    """An Operation; its update time is its end, once it has ended."""
    done = operation.is_done(now)
    times = {"create_time": operation.created, "update_time": operation.ends if done else operation.created}
    value: Value = {"name": operation.name, "metadata": (_METADATA[operation.kind], {"generic_metadata": times})}
    if done:
        value |= {"done": True, "response": _response(database, operation, now)}
    return value


def _response(database: Database, operation: StoredOperation, now: int) -> tuple[Message, Value]:
    """What an operation has brought about; nothing more of what was deleted since."""
    if operation.kind == DELETE:
        return EMPTY, {}
    endpoint = None if operation.kind == UNDEPLOY else stored_models.named_endpoint(database, operation.target)
    if operation.kind == CREATE:
        return ENDPOINT, endpoint_value(database, endpoint, now) if endpoint else {}
    if operation.kind == DEPLOY:
        there = endpoint if endpoint and endpoint.deploys(now) else None
        return DEPLOY_MODEL_RESPONSE, {"deployed_model": deployed_value(database, there)} if there else {}
    return UNDEPLOY_MODEL_RESPONSE, {}


def _operation(row: sqlite3.Row) -> StoredOperation:
    return StoredOperation(row["number"], row["name"], row["target"], row["kind"], row["created"], row["ends"])
