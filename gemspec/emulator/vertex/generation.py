"""generateContent and streamGenerateContent on endpoints: answers out of the training data, as `..generation` gives
them for the Gemini API's tuned models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..gemini.generation import event_stream, halves, nearest_output, token_count
from ..kernel.errors import ApiError, invalid
from . import endpoints, stored_jobs, stored_models
from .content_messages import GENERATE_CONTENT_REQUEST, GENERATE_CONTENT_RESPONSE
from .messages import NO_PARAMETERS
from .names import new_id

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Call
    from ..kernel.fields import Value


def generate(call: Call) -> Response:
    """POST .../endpoints/ID:generateContent."""
    prompt = _prompt(call)
    model, text = _model_and_answer(call, prompt)
    return call.answer(GENERATE_CONTENT_RESPONSE, _chunks(call, model, prompt, [text])[-1])


def stream(call: Call) -> Response:
    """POST .../endpoints/ID:streamGenerateContent."""
    prompt = _prompt(call)
    model, text = _model_and_answer(call, prompt)
    return event_stream(call, GENERATE_CONTENT_RESPONSE, _chunks(call, model, prompt, halves(text)))


def _prompt(call: Call) -> str:
    call.parameters(NO_PARAMETERS)
    turns = call.message(GENERATE_CONTENT_REQUEST).get("contents", [])
    if not turns:
        raise invalid("contents", "Unable to submit request because at least one contents field is required.")
    for index, turn in enumerate(turns):
        if turn.get("role", "user") not in ("user", "model"):
            raise invalid(f"contents[{index}].role", "Please use a valid role: user, model.")
        if not turn.get("parts"):
            raise invalid(f"contents[{index}].parts", "Unable to submit request because it must include a parts field.")
    text = "".join(part.get("text", "") for part in turns[-1]["parts"])
    if not text.strip():
        raise invalid("contents", "Unable to submit request because it must have a text parameter.")
    return text


def _model_and_answer(call: Call, prompt: str) -> tuple[str, str]:
    """The name of the model that answers, and what. Raises ApiError: 404, or 400 where nothing is deployed."""
    with call.database.transaction():
        endpoint = endpoints.find(call)
        if not endpoint.deploys(call.now):
            raise ApiError("FAILED_PRECONDITION", f"The Endpoint {endpoint.name} has no deployed model.")
        model = stored_models.numbered_model(call.database, endpoint.model)
        answer = stored_jobs.exact_answer(call.database, model.job.number, prompt.strip())
        if answer is None:
            answer = nearest_output(stored_jobs.examples(call.database, model.job.number), prompt)
    return f"{model.name}@{model.version}", answer


def _chunks(call: Call, model: str, prompt: str, parts: list[str]) -> list[Value]:
    """One GenerateContentResponse for each part of the text; the last says that it is the last, and the usage."""
    shared = {"model_version": model, "create_time": call.now, "response_id": new_id()}
    chunks: list[Value] = [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": part}]}}], **shared} for part in parts
    ]
    tokens = token_count(prompt), token_count("".join(parts))
    chunks[-1]["candidates"][0]["finish_reason"] = "STOP"
    chunks[-1]["usage_metadata"] = {
        "prompt_token_count": tokens[0],
        "candidates_token_count": tokens[1],
        "total_token_count": sum(tokens),
        "traffic_type": "ON_DEMAND",
    }
    return chunks
