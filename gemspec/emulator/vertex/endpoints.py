"""The methods of endpoints: get, list, patch, delete, undeployModel. `generation` has those that answer prompts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, invalid
from . import stored_models
from .filters import filtered_page
from .limits import patched
from .messages import (
    ENDPOINT,
    ENDPOINTS_LIST,
    ENDPOINTS_PATCH,
    LIST_ENDPOINTS_RESPONSE,
    NO_PARAMETERS,
    UNDEPLOY_MODEL_REQUEST,
)
from .names import place_of
from .operations import DELETE, UNDEPLOY, operation_answer, start_operation
from .resources import check_etag, endpoint_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
    from .options import VertexCall
    from .stored_models import StoredEndpoint

PATCHABLE = ("display_name", "description", "labels")


def get(call: VertexCall) -> Response:
    """GET .../endpoints/ID."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        return call.answer(ENDPOINT, endpoint_value(call.database, find_endpoint(call), call.now))


def list_endpoints(call: VertexCall) -> Response:
    """GET .../endpoints: a page of them, in the order of creation."""
    place = place_of(call)
    parameters = call.parameters(ENDPOINTS_LIST)
    rows_after = partial(stored_models.endpoints_after, call.database, place, call.now)
    with call.database.transaction():
        page = filtered_page(parameters, f"{place.name} endpoints", rows_after)
        value: Value = {
            "endpoints": [endpoint_value(call.database, endpoint, call.now) for endpoint in page.rows],
            "next_page_token": page.token,
        }
    return call.answer(LIST_ENDPOINTS_RESPONSE, value)


def patch(call: VertexCall) -> Response:
    """PATCH .../endpoints/ID: see `limits.patched`."""
    mask = call.parameters(ENDPOINTS_PATCH).get("update_mask", "")
    body = call.message(ENDPOINT, "endpoint")
    with call.database.transaction(write=True):
        endpoint = find_endpoint(call)
        check_etag(endpoint, body.get("etag", ""))
        settings = patched(endpoint.settings, body, mask, PATCHABLE, "endpoint")
        stored_models.change(call.database, endpoint, settings, call.now)
        return call.answer(ENDPOINT, endpoint_value(call.database, find_endpoint(call), call.now))


def delete(call: VertexCall) -> Response:
    """DELETE .../endpoints/ID: an operation; the endpoint is deleted when it ends.

    Raises ApiError (400 FAILED_PRECONDITION) while it deploys a model.
    """
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        endpoint = find_endpoint(call)
        if endpoint.deploys(call.now):
            message = f"The Endpoint {endpoint.name} has the deployed model {endpoint.deployment}: undeploy it first."
            raise ApiError("FAILED_PRECONDITION", message)
        operation = start_operation(call, endpoint.place.name, endpoint.name, DELETE)
        stored_models.delete(call.database, endpoint, operation.ends)
    return operation_answer(call, operation)


def undeploy(call: VertexCall) -> Response:
    """POST .../endpoints/ID:undeployModel: an operation; the endpoint is empty when it ends.

    Raises ApiError (400) for a deployed model that it does not have.
    """
    call.parameters(NO_PARAMETERS)
    wanted = call.message(UNDEPLOY_MODEL_REQUEST).get("deployed_model_id", "")
    if not wanted:
        raise invalid("deployed_model_id", "deployed_model_id is required.")
    with call.database.transaction(write=True):
        endpoint = find_endpoint(call)
        if wanted != endpoint.deployment or not endpoint.deploys(call.now):
            raise invalid("deployed_model_id", f"The Endpoint {endpoint.name} has no deployed model '{wanted}'.")
        operation = start_operation(call, endpoint.name, endpoint.name, UNDEPLOY)
        stored_models.undeploy(call.database, endpoint, operation.ends)
    return operation_answer(call, operation)


def find_endpoint(call: VertexCall) -> StoredEndpoint:
    """The endpoint that the path names. To be called in a transaction. Raises ApiError (404)."""
    return stored_models.find_endpoint(call.database, place_of(call), call.path["endpoint"], call.now)
