"""Long-running operations: each tuned model has one, that of its training.

list and get under v1beta and v1, cancel only under v1, as the protos have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import ApiError
from ..kernel.fields import Message
from . import access
from .messages import EMPTY, FILTERED_PAGE_PARAMETERS, LIST_OPERATIONS_RESPONSE, NO_PARAMETERS, OPERATION
from .resources import operation_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Call
    from .store import StoredModel

_CANCEL_REQUEST = Message("CancelOperationRequest")


def list_operations(call: Call) -> Response:
    """GET /v1beta/tunedModels/ID/operations: its one operation."""
    parameters = call.parameters(FILTERED_PAGE_PARAMETERS)
    with call.store.transaction():
        model = access.find(call, access.READ)
    scope = f"{model.name}/operations"
    paging.page_size(parameters, default=1)  # only for its refusal: there is never a second page
    operations = [] if paging.position(parameters, scope) else [operation_value(model, call.now)]
    return call.answer(LIST_OPERATIONS_RESPONSE, {"operations": operations})


def get(call: Call) -> Response:
    """GET /v1beta/tunedModels/ID/operations/OP."""
    call.parameters(NO_PARAMETERS)
    with call.store.transaction():
        model = _find(call, access.READ)
    return call.answer(OPERATION, operation_value(model, call.now))


def cancel(call: Call) -> Response:
    """POST /v1/tunedModels/ID/operations/OP:cancel: ends the training. On one that has ended it does nothing, as
    google.longrunning has it ("best effort")."""
    call.parameters(NO_PARAMETERS)
    call.message(_CANCEL_REQUEST)
    with call.store.transaction(write=True):
        model = _find(call, access.EDIT)
        if not model.training.is_done(call.now):
            call.store.cancel_training(model, call.now)
    return call.answer(EMPTY, {})


def _find(call: Call, roles: frozenset[str]) -> StoredModel:
    model = access.find(call, roles)
    if model.operation != call.path["operation"]:
        name = f"{model.name}/operations/{call.path['operation']}"
        raise ApiError("NOT_FOUND", f"Operation {name} does not exist.")
    return model
