"""The operations of trainings: their methods, and their values. A tuned model has a single operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from ..kernel.fields import Message
from ..kernel.paging import page_position, page_size
from . import store
from .messages import (
    CREATE_TUNED_MODEL_METADATA,
    EMPTY,
    FILTERED_PAGE_PARAMETERS,
    LIST_OPERATIONS_RESPONSE,
    NO_PARAMETERS,
    OPERATION,
    TUNED_MODEL,
)
from .tuned_models import model_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
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


def operation_value(model: StoredModel, now: int) -> Value:
    """The operation of a model's training: with `response` or `error` once it is done."""
    training = model.training
    metadata = {
        "tuned_model": model.name,
        "total_steps": training.total_steps,
        "completed_steps": training.completed_steps(now),
        "completed_percent": training.completed_percent(now),
        "snapshots": training.snapshots(now),
    }
    value: Value = {
        "name": f"{model.name}/operations/{model.operation}",
        "metadata": (CREATE_TUNED_MODEL_METADATA, metadata),
    }
    if training.is_done(now):
        value["done"] = True
        error = training.error(now)
        if error:
            value["error"] = error
        else:
            value["response"] = (TUNED_MODEL, model_value(model, now))
    return value


def _find_model(call: GeminiCall, roles: frozenset[str]) -> StoredModel:
    model = store.find_model(call, roles)
    if model.operation != call.path["operation"]:
        name = f"{model.name}/operations/{call.path['operation']}"
        raise ApiError("NOT_FOUND", f"Operation {name} does not exist.")
    return model
