"""The methods of endpoints but for their answers: get, list, patch, delete, undeployModel."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import ApiError, invalid
from . import filters, patches, stored_models, stored_operations
from .messages import (
    ENDPOINT,
    ENDPOINTS_LIST,
    ENDPOINTS_PATCH,
    LIST_ENDPOINTS_RESPONSE,
    NO_PARAMETERS,
    OPERATION,
    UNDEPLOY_MODEL_REQUEST,
)
from .names import place_of
from .resources import check_etag, endpoint_value, operation_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Call
    from ..kernel.fields import Value
    from .stored_models import StoredEndpoint

DEFAULT_PAGE = 10
PATCHABLE = ("display_name", "description", "labels")


def get(call: Call) -> Response:
    """GET .../endpoints/ID."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        return call.answer(ENDPOINT, endpoint_value(call.database, find(call), call.now))


def list_endpoints(call: Call) -> Response:
    """GET .../endpoints: a page of them, in the order of their making."""
    place = place_of(call)
    parameters = call.parameters(ENDPOINTS_LIST)
    text = parameters.get("filter", "")
    wanted = filters.parse(text, by_name=True)
    scope = f"{place.name} endpoints {text}"
    position, size = paging.position(parameters, scope), paging.page_size(parameters, DEFAULT_PAGE)
    with (
        call.database.transaction(),
        closing(stored_models.endpoints_after(call.database, place, position, call.now)) as rows,
    ):
        page, has_more = paging.cut((row for row in rows if wanted.matches(row.settings)), size)
        value: Value = {"endpoints": [endpoint_value(call.database, row, call.now) for row in page]}
    if has_more:
        value["next_page_token"] = paging.token(page[-1].number, scope)
    return call.answer(LIST_ENDPOINTS_RESPONSE, value)


def patch(call: Call) -> Response:
    """PATCH .../endpoints/ID: see `changes`."""
    mask = call.parameters(ENDPOINTS_PATCH).get("update_mask", "")
    body = call.message(ENDPOINT, "endpoint")
    with call.database.transaction(write=True):
        endpoint = find(call)
        check_etag(endpoint, body.get("etag", ""))
        settings = patches.changed(endpoint.settings, body, mask, PATCHABLE, "endpoint")
        stored_models.change(call.database, endpoint, settings, call.now)
        return call.answer(ENDPOINT, endpoint_value(call.database, find(call), call.now))


def delete(call: Call) -> Response:
    """DELETE .../endpoints/ID: an operation; the endpoint is gone when that ends.

    Raises ApiError (400 FAILED_PRECONDITION) while it deploys a model.
    """
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        endpoint = find(call)
        if endpoint.deploys(call.now):
            message = f"The Endpoint {endpoint.name} has the deployed model {endpoint.deployment}: undeploy it first."
            raise ApiError("FAILED_PRECONDITION", message)
        place, duration = endpoint.place.name, call.options.operation_microseconds
        operation = stored_operations.start(
            call.database, place, endpoint.name, stored_operations.DELETE, call.now, duration
        )
        stored_models.let_go(call.database, endpoint, operation.ends)
    return call.answer(OPERATION, operation_value(operation, call.now))


def undeploy(call: Call) -> Response:
    """POST .../endpoints/ID:undeployModel: an operation; the endpoint is empty when that ends.

    Raises ApiError: 400 for another deployed model than it has.
    """
    call.parameters(NO_PARAMETERS)
    wanted = call.message(UNDEPLOY_MODEL_REQUEST).get("deployed_model_id", "")
    if not wanted:
        raise invalid("deployed_model_id", "deployed_model_id is required.")
    with call.database.transaction(write=True):
        endpoint = find(call)
        if wanted != endpoint.deployment or not endpoint.deploys(call.now):
            raise invalid("deployed_model_id", f"The Endpoint {endpoint.name} has no deployed model '{wanted}'.")
        name, duration = endpoint.name, call.options.operation_microseconds
        operation = stored_operations.start(call.database, name, name, stored_operations.UNDEPLOY, call.now, duration)
        stored_models.undeploy(call.database, endpoint, operation.ends)
    return call.answer(OPERATION, operation_value(operation, call.now))


def find(call: Call) -> StoredEndpoint:
    """The endpoint that the path names. To be called in a transaction. Raises ApiError (404)."""
    return stored_models.find_endpoint(call.database, place_of(call), call.path["endpoint"], call.now)
