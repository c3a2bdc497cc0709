"""generateContent and streamGenerateContent on endpoints: answers out of the training data (`kernel.generation`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, invalid
from ..kernel.generation import generated, nearest_output, streamed, text_of
from . import jobs, stored_models
from .content_messages import GENERATE_CONTENT_REQUEST, GENERATE_CONTENT_RESPONSE
from .endpoints import find_endpoint
from .messages import NO_PARAMETERS
from .names import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from .options import VertexCall


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
        model = stored_models.numbered_model(call.database, endpoint.model)
        answer = jobs.exact_answer(call.database, model.job.number, prompt.strip())
        if answer is None:
            answer = nearest_output(jobs.examples(call.database, model.job.number), prompt)
    return f"{model.name}@{model.version}", answer
