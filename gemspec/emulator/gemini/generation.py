"""generateContent and streamGenerateContent: an emulation of answers, not of a model.

A tuned model answers what it was trained on: the output of the example whose text input is the prompt (blanks around
them aside), else of the one that is most like it. A base model gives the prompt back. Always the same for the same
prompt.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from ..kernel.calls import Call, Handler, json_response
from ..kernel.errors import ApiError, Violation, bad_request
from . import access, base_models
from .catalogue import GENERATE_CONTENT, supports
from .messages import GENERATE_CONTENT_REQUEST, GENERATE_CONTENT_RESPONSE, NO_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..kernel.fields import Message, Value

CHARACTERS_PER_TOKEN = 4  # Google's own rule of thumb for English


def generate(answer: Callable[[Call, str], str]) -> Handler:
    """The generateContent method of models that answer by that function."""

    def handle(call: Call) -> Response:
        call.parameters(NO_PARAMETERS)
        prompt = _prompt(call)
        return call.answer(GENERATE_CONTENT_RESPONSE, _response(call, prompt, [answer(call, prompt)])[-1])

    return handle


def stream(answer: Callable[[Call, str], str]) -> Handler:
    """The streamGenerateContent method: server-sent events with `alt=sse`, else a JSON array of the same chunks."""

    def handle(call: Call) -> Response:
        call.parameters(NO_PARAMETERS)
        prompt = _prompt(call)
        chunks = _response(call, prompt, halves(answer(call, prompt)))
        return event_stream(call, GENERATE_CONTENT_RESPONSE, chunks)

    return handle


def event_stream(call: Call, message: Message, chunks: Iterable[Value]) -> Response:
    """Messages as server-sent events with `alt=sse`, else as a JSON array."""
    trees = [call.tree(message, chunk) for chunk in chunks]
    if not call.streams_events:
        return json_response(trees)
    events = b"".join(b"data: %b\r\n\r\n" % msgspec.json.encode(tree) for tree in trees)
    return Response(events, media_type="text/event-stream")


def tuned_answer(call: Call, prompt: str) -> str:
    """What the tuned model of the path answers. Raises ApiError: 404, 403, or 400 where it is not ACTIVE."""
    with call.store.transaction():
        model = access.find(call, access.READ)
        state = model.training.state(call.now)
        if state != "ACTIVE":
            message = f"Tuned model {model.name} is in state {state}: it cannot generate content."
            raise ApiError("FAILED_PRECONDITION", message)
        examples = call.store.training_data(model)
    return nearest_output(examples, prompt)


def base_answer(call: Call, prompt: str) -> str:
    """What the base model of the path answers. Raises ApiError (404)."""
    name = base_models.find(call)["name"]
    if not supports(name, GENERATE_CONTENT):
        message = f"{name} is not found for API version v1beta, or is not supported for generateContent."
        raise ApiError("NOT_FOUND", message)
    return prompt


def nearest_output(examples: Iterable[tuple[str, str]], prompt: str) -> str:
    """The output of the first example whose text input is the prompt, else of the first that shares the largest part
    of its pairs of characters (Sorensen-Dice) with it."""
    pairs = [(text.strip(), output) for text, output in examples]
    wanted = prompt.strip()
    exact = next((output for text, output in pairs if text == wanted), None)
    if exact is not None:
        return exact
    bigrams = _bigrams(wanted)
    return max(pairs, key=lambda pair: _likeness(bigrams, _bigrams(pair[0])))[1]


def _bigrams(text: str) -> Counter[str]:
    padded = f" {text.casefold()} "
    return Counter(map(str.__add__, padded, padded[1:]))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / (one.total() + other.total())


def _prompt(call: Call) -> str:
    """The text of the last content of the request; the rest of a conversation is not looked at."""
    request = call.message(GENERATE_CONTENT_REQUEST)
    contents = request.get("contents", [])
    if not contents:
        message = "* GenerateContentRequest.contents: contents is not specified\n"
        raise ApiError("INVALID_ARGUMENT", message)
    text = "".join(part.get("text", "") for part in contents[-1].get("parts", []))
    if not text.strip():
        path = f"contents[{len(contents) - 1}].parts"
        raise bad_request([Violation(path, f"* GenerateContentRequest.{path}: must hold a text\n")])
    return text


def halves(text: str) -> list[str]:
    """Two chunks of an answer, so that clients of streams meet more than one; a single character is one."""
    middle = (len(text) + 1) // 2
    return [part for part in (text[:middle], text[middle:]) if part]


def _response(call: Call, prompt: str, parts: list[str]) -> list[Value]:
    """One GenerateContentResponse for each part of the text; the last says that it is the last, and the usage."""
    tokens = token_count(prompt), token_count("".join(parts))
    chunks: list[Value] = [{"candidates": [_candidate(part)], "model_version": call.path["model"]} for part in parts]
    chunks[-1]["candidates"][0]["finish_reason"] = "STOP"
    chunks[-1]["usage_metadata"] = {
        "prompt_token_count": tokens[0],
        "candidates_token_count": tokens[1],
        "total_token_count": sum(tokens),
    }
    return chunks


def _candidate(text: str) -> Value:
    return {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}


def token_count(text: str) -> int:
    """How many tokens a text has, by a rule of thumb."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)
