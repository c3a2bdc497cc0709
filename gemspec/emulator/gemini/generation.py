"""generateContent and streamGenerateContent of tuned and of base models.

A tuned model answers out of its training data (`kernel.generation`), a base model gives the prompt back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, Violation, bad_request
from ..kernel.generation import generated, nearest_output, streamed, text_of
from . import store
from .base_models import GENERATE_CONTENT, find_base_model, supports
from .messages import GENERATE_CONTENT_REQUEST, GENERATE_CONTENT_RESPONSE, NO_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from ..kernel.calls import Handler
    from .store import GeminiCall, Store


def handler(answer: Callable[[GeminiCall, str], str], *, streams: bool) -> Handler[Store]:
    """generateContent, or streamGenerateContent, of models that answer a prompt by that function."""

    def handle(call: GeminiCall) -> Response:
        call.parameters(NO_PARAMETERS)
        prompt = _prompt(call)
        respond = streamed if streams else generated
        shared = {"model_version": call.path["model"]}
        return respond(call, GENERATE_CONTENT_RESPONSE, prompt, answer(call, prompt), shared)

    return handle


def tuned_answer(call: GeminiCall, prompt: str) -> str:
    """The answer of the tuned model of the path. Raises ApiError: 404, 403, or 400 where it is not ACTIVE."""
    with call.database.transaction():
        model = store.find_model(call, store.READ)
        state = model.training.state(call.now)
        if state != "ACTIVE":
            message = f"Tuned model {model.name} is in state {state}: it cannot generate content."
            raise ApiError("FAILED_PRECONDITION", message)
        examples = call.service.training_data(model)
    return nearest_output(examples, prompt)


def base_answer(call: GeminiCall, prompt: str) -> str:
    """The answer of the base model of the path. Raises ApiError (404)."""
    name = find_base_model(call)["name"]
    if not supports(name, GENERATE_CONTENT):
        message = f"{name} is not found for API version v1beta, or is not supported for generateContent."
        raise ApiError("NOT_FOUND", message)
    return prompt


def _prompt(call: GeminiCall) -> str:
    """The text of the last content of the request; the rest of a conversation is not looked at."""
    contents = call.message(GENERATE_CONTENT_REQUEST).get("contents", [])
    if not contents:
        raise ApiError("INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified\n")
    text = text_of(contents[-1])
    if not text.strip():
        path = f"contents[{len(contents) - 1}].parts"
        raise bad_request([Violation(path, f"* GenerateContentRequest.{path}: must hold a text\n")])
    return text
