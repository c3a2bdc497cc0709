"""The methods of operations: a tuned model has a single operation, that of its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from ..kernel.fields import Message
from ..kernel.paging import page_position, page_size
from . import store
from .messages import EMPTY, FILTERED_PAGE_PARAMETERS, LIST_OPERATIONS_RESPONSE, NO_PARAMETERS, OPERATION
from .resources import operation_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from .store import GeminiCall, StoredModel

_CANCEL_REQUEST = Message("CancelOperationRequest")


def list_operations(call: GeminiCall) -> Response:
    """GET /v1beta/tunedModels/ID/operations: the operation of its training."""
    parameters = call.parameters(FILTERED_PAGE_PARAMETERS)
    with call.database.transaction():
        model = store.find_model(call, store.READ)
    page_size(parameters, default=1)  # only to refuse a wrong size: there is never a second page
    operations = [] if page_position(parameters, f"{model.name}/operations") else [operation_value(model, call.now)]
    return call.answer(LIST_OPERATIONS_RESPONSE, {"operations": operations})


def get(call: GeminiCall) -> Response:
    """GET /v1beta/tunedModels/ID/operations/OP."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        model = _find_model(call, store.READ)
    return call.answer(OPERATION, operation_value(model, call.now))


def cancel(call: GeminiCall) -> Response:
    """POST /v1/tunedModels/ID/operations/OP:cancel: ends the training. Without effect once it has ended, as
    google.longrunning has it ("best effort")."""
    call.parameters(NO_PARAMETERS)
    call.message(_CANCEL_REQUEST)
    with call.database.transaction(write=True):
        model = _find_model(call, store.EDIT)
        if not model.training.is_done(call.now):
            call.service.cancel_training(model, call.now)
    return call.answer(EMPTY, {})


def _find_model(call: GeminiCall, roles: frozenset[str]) -> StoredModel:
    model = store.find_model(call, roles)
    if model.operation != call.path["operation"]:
        name = f"{model.name}/operations/{call.path['operation']}"
        raise ApiError("NOT_FOUND", f"Operation {name} does not exist.")
    return model
