"""Long-running operations: get, list, wait, delete, under the names that they were given: those that delete stand under
their location, those that undeploy under their endpoint."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import invalid
from . import stored_operations
from .messages import (
    EMPTY,
    LIST_OPERATIONS_RESPONSE,
    NO_PARAMETERS,
    OPERATION,
    OPERATIONS_LIST,
    OPERATIONS_WAIT,
)
from .names import place_of
from .resources import operation_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Call
    from ..kernel.fields import Value

DEFAULT_PAGE = 10


def get(call: Call) -> Response:
    """GET .../operations/ID."""
    call.parameters(NO_PARAMETERS)
    return _answer(call)


def wait(call: Call) -> Response:
    """POST .../operations/ID:wait: answers at once, as the service may ("best effort")."""
    call.parameters(OPERATIONS_WAIT)
    return _answer(call)


def list_operations(call: Call) -> Response:
    """GET .../operations: a page of them, in the order of their making. A filter is refused."""
    parent = _parent(call)
    parameters = call.parameters(OPERATIONS_LIST)
    if parameters.get("filter"):
        raise invalid("filter", "The emulator does not filter operations.")
    scope = f"{parent} operations"
    position, size = paging.position(parameters, scope), paging.page_size(parameters, DEFAULT_PAGE)
    with call.database.transaction(), closing(stored_operations.after(call.database, parent, position)) as rows:
        page, has_more = paging.cut(rows, size)
    value: Value = {"operations": [operation_value(operation, call.now) for operation in page]}
    if has_more:
        value["next_page_token"] = paging.token(page[-1].number, scope)
    return call.answer(LIST_OPERATIONS_RESPONSE, value)


def delete(call: Call) -> Response:
    """DELETE .../operations/ID: forgets the record; what was begun goes on."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        stored_operations.forget(call.database, stored_operations.find(call.database, _name(call)))
    return call.answer(EMPTY, {})


def _answer(call: Call) -> Response:
    with call.database.transaction():
        operation = stored_operations.find(call.database, _name(call))
    return call.answer(OPERATION, operation_value(operation, call.now))


def _name(call: Call) -> str:
    return f"{_parent(call)}/operations/{call.path['operation']}"


def _parent(call: Call) -> str:
    """What the operation's name stands under: a location, or a resource of one of these collections."""
    place = place_of(call)
    for collection, key in (("tuningJobs", "job"), ("models", "model"), ("endpoints", "endpoint")):
        if key in call.path:
            return place.of(collection, call.path[key])
    return place.name
