"""The methods of endpoints: create, get, list, patch, delete, deployModel, undeployModel, generateContent,
streamGenerateContent.

Prompts are answered from the training data (`kernel.generation`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, bad_request, invalid
from ..kernel.generation import generated, nearest_output, streamed, text_of
from . import jobs, stored_models
from .content_messages import GENERATE_CONTENT_REQUEST, GENERATE_CONTENT_RESPONSE
from .filters import filtered_page
from .limits import check_endpoint, check_traffic, patched
from .messages import (
    DEPLOY_MODEL_REQUEST,
    ENDPOINT,
    ENDPOINTS_CREATE,
    ENDPOINTS_LIST,
    ENDPOINTS_PATCH,
    LIST_ENDPOINTS_RESPONSE,
    NO_PARAMETERS,
    UNDEPLOY_MODEL_REQUEST,
)
from .names import new_id, place_of, read_model_name
from .operations import CREATE, DELETE, DEPLOY, UNDEPLOY, operation_answer, start_operation
from .resources import check_etag, endpoint_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from ..kernel.fields import Value
    from . import VertexCall
    from .stored_models import StoredEndpoint, StoredModel

PATCHABLE = ("display_name", "description", "labels")


def create(call: VertexCall) -> Response:
    """POST .../endpoints: an operation; the endpoint is there when it ends, and deploys nothing.

    Raises ApiError (400) for limits, and for an id of the caller's, which the emulator does not take.
    """
    place = place_of(call)
    if call.parameters(ENDPOINTS_CREATE).get("endpoint_id"):
        raise invalid("endpoint_id", "The emulator gives endpoints ids of its own.")
    body = call.message(ENDPOINT, "endpoint")
    if problems := check_endpoint(body, place):
        raise bad_request(problems)
    settings = {name: body[name] for name in (*PATCHABLE, "encryption_spec") if name in body}
    id_ = new_id()
    with call.database.transaction(write=True):
        name = place.of("endpoints", id_)
        operation = start_operation(call, name, name, CREATE)
        stored_models.create_endpoint(call.database, place, id_, settings, operation.ends)
        return operation_answer(call, operation)


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


def deploy(call: VertexCall) -> Response:
    """POST .../endpoints/ID:deployModel: an operation; the endpoint deploys the model when it ends.

    Raises ApiError: 404 for a model that is not there; 400 for a model at another location, and for an endpoint that
    deploys a model: the emulator's own limits.
    """
    call.parameters(NO_PARAMETERS)
    body = call.message(DEPLOY_MODEL_REQUEST)
    if problems := check_traffic(body.get("traffic_split", {})):
        raise bad_request(problems)
    with call.database.transaction(write=True):
        endpoint = find_endpoint(call)
        model = _deployable(call, endpoint, body.get("deployed_model", {}))
        operation = start_operation(call, endpoint.name, endpoint.name, DEPLOY)
        if endpoint.deploys(call.now):
            has = f"has the deployed model {endpoint.deployment}"
            raise invalid("deployed_model", f"The Endpoint {endpoint.name} {has}.")
        stored_models.deploy(call.database, endpoint, model, new_id(), operation.ends)
        return operation_answer(call, operation)


def _deployable(call: VertexCall, endpoint: StoredEndpoint, wanted: Value) -> StoredModel:
    named = read_model_name(wanted.get("model", ""))
    if named is None:
        raise invalid("deployed_model.model", "deployed_model.model must be projects/.../locations/.../models/ID.")
    text = f"{named.id}@{named.version}" if named.version else named.id
    if named.place != endpoint.place:
        raise invalid("deployed_model.model", f"{named.place.of('models', text)} is not at {endpoint.place.name}.")
    return stored_models.find_model(call.database, named.place, text, call.now)


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


def generate(call: VertexCall) -> Response:
    """POST .../endpoints/ID:generateContent."""
    return _respond(call, generated)


def stream(call: VertexCall) -> Response:
    """POST .../endpoints/ID:streamGenerateContent."""
    return _respond(call, streamed)


def _respond(call: VertexCall, respond: Callable[..., Response]) -> Response:
    call.parameters(NO_PARAMETERS)
    prompt = _prompt(call)
    model, text = _model_and_answer(call, prompt)
    shared = {"model_version": model, "create_time": call.now, "response_id": new_id()}
    return respond(call, GENERATE_CONTENT_RESPONSE, prompt, text, shared, traffic_type="ON_DEMAND")


def _prompt(call: VertexCall) -> str:
    """The text of the last content of the request; the rest of a conversation is only checked."""
    turns = call.message(GENERATE_CONTENT_REQUEST).get("contents", [])
    if not turns:
        raise invalid("contents", "Unable to submit request because at least one contents field is required.")
    for index, turn in enumerate(turns):
        if turn.get("role", "user") not in ("user", "model"):
            raise invalid(f"contents[{index}].role", "Please use a valid role: user, model.")
        if not turn.get("parts"):
            raise invalid(f"contents[{index}].parts", "Unable to submit request because it must include a parts field.")
    text = text_of(turns[-1])
    if not text.strip():
        raise invalid("contents", "Unable to submit request because it must have a text parameter.")
    return text


def _model_and_answer(call: VertexCall, prompt: str) -> tuple[str, str]:
    """The name of the model, and its answer. Raises ApiError: 404, or 400 where nothing is deployed."""
    with call.database.transaction():
        endpoint = find_endpoint(call)
        if not endpoint.deploys(call.now):
            raise ApiError("FAILED_PRECONDITION", f"The Endpoint {endpoint.name} has no deployed model.")
        model = stored_models.numbered_model(call.database, endpoint.model or 0)
        answer = jobs.exact_answer(call.database, model.job.number, prompt.strip())
        if answer is None:
            answer = nearest_output(jobs.examples(call.database, model.job.number), prompt)
    return f"{model.name}@{model.version}", answer
