"""Generated answers, as the Gemini API and Vertex AI give them: an emulation of answers, not of a model.

A tuned model answers what it was trained on. The answer to a prompt is always the same. The `generation` of each
service reads the request and knows where the training data is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from .calls import json_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .calls import Call
    from .fields import Message, Value

CHARACTERS_PER_TOKEN = 4  # Google's own rule of thumb for English


def nearest_output(examples: Iterable[tuple[str, str]], prompt: str) -> str:
    """The output of the first example with the prompt as its input, else of the first example that shares the largest
    part of its pairs of characters (Sorensen-Dice) with it. Blanks around them do not count."""
    pairs = [(text.strip(), output) for text, output in examples]
    wanted = prompt.strip()
    exact = next((output for text, output in pairs if text == wanted), None)
    if exact is not None:
        return exact
    bigrams = _bigrams(wanted)
    return max(pairs, key=lambda pair: _similarity(bigrams, _bigrams(pair[0])))[1]


def token_count(text: str) -> int:
    """How many tokens a text has, by a rule of thumb."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def text_of(content: Value) -> str:
    """All text of a Content."""
    return "".join(part.get("text", "") for part in content.get("parts", []))


def generated(
    call: Call[Any], message: Message, prompt: str, text: str, shared: Mapping[str, Any], **usage: Any
) -> Response:
    """The answer to generateContent. `shared` are fields of the GenerateContentResponse, `usage` of its usage."""
    return call.answer(message, _chunks(prompt, [text], shared, usage)[0])


def streamed(
    call: Call[Any], message: Message, prompt: str, text: str, shared: Mapping[str, Any], **usage: Any
) -> Response:
    """The answer to streamGenerateContent: server-sent events with `alt=sse`, else a JSON array of the same chunks.

    There are two chunks, so that clients get a stream of several; a single character makes a single chunk.
    """
    middle = (len(text) + 1) // 2
    parts = [part for part in (text[:middle], text[middle:]) if part]
    trees = [call.tree(message, chunk) for chunk in _chunks(prompt, parts, shared, usage)]
    if not call.streams_events:
        return json_response(trees)
    events = b"".join(b"data: %b\r\n\r\n" % msgspec.json.encode(tree) for tree in trees)
    return Response(events, media_type="text/event-stream")


def _chunks(prompt: str, parts: list[str], shared: Mapping[str, Any], usage: Mapping[str, Any]) -> list[Value]:
    """A GenerateContentResponse for each part of the text; the last has the finish reason and the usage."""
    tokens = token_count(prompt), token_count("".join(parts))
    chunks: list[Value] = [{"candidates": [_candidate(part)], **shared} for part in parts]
    chunks[-1]["candidates"][0]["finish_reason"] = "STOP"
    chunks[-1]["usage_metadata"] = {
        "prompt_token_count": tokens[0],
        "candidates_token_count": tokens[1],
        "total_token_count": sum(tokens),
        **usage,
    }
    return chunks


def _candidate(text: str) -> Value:
    return {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}


def _bigrams(text: str) -> Counter[str]:
    padded = f" {text.casefold()} "
    return Counter(map(str.__add__, padded, padded[1:]))


def _similarity(left: Counter[str], right: Counter[str]) -> float:
    return 2 * (left & right).total() / (left.total() + right.total())
