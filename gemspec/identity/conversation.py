"""Training examples as conversations: a single form for all spellings, and the lines that Vertex AI is sent. Pure.

Above `fingerprint`, whose form of a line is permanent. The manifest reader makes examples here, out of rows that it has
checked; the Vertex AI provider writes its upload here. The same examples always make the same bytes, so that an upload
can be named after its content.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gemspec.domain.model import Contents, Example
from gemspec.identity.fingerprint import conversation_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gemspec.domain.model import TrainingExample

INSTRUCTION = "systemInstruction"
# The spellings of JSON made from protocol buffers -> the API's own.
SPELLINGS = {
    "system_instruction": INSTRUCTION,
    "generation_config": "generationConfig",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "mime_type": "mimeType",
    "file_uri": "fileUri",
    "display_name": "displayName",
}
_MEDIA = ("inlineData", "fileData")


def example_of(conversation: Mapping[str, Any]) -> TrainingExample:
    """Give the example that a conversation in the API's form is: {"contents": [{"role", "parts"}, ...], ...}.

    Spellings do not matter, nor does null for what is not there, nor the role of the systemInstruction, which the
    service ignores. A text and its answer, with nothing else, are an Example in whichever form they are written. Raises
    ValueError for infinite numbers.
    """
    line = _spelt(conversation)
    line["contents"] = [{"role": turn["role"], "parts": list(map(_part, turn["parts"]))} for turn in line["contents"]]
    if INSTRUCTION in line:
        line[INSTRUCTION] = {"parts": list(map(_part, line[INSTRUCTION]["parts"]))}
    return _pair(line) or Contents(conversation_line(line))


def instructed(example: TrainingExample, instruction: str) -> Contents:
    """Give the example with a systemInstruction, in place of any that it has."""
    parts = {INSTRUCTION: {"parts": [{"text": instruction}]}}
    return Contents(conversation_line({**_conversation(example), **parts}))


def has_instruction(example: TrainingExample) -> bool:
    """Whether the example has a systemInstruction of its own."""
    # Within text its quotes would be escaped; so most lines need not be read for it.
    may_have = isinstance(example, Contents) and f'"{INSTRUCTION}":' in example.line
    return may_have and INSTRUCTION in _conversation(example)


def line_of(example: TrainingExample) -> bytes:
    """Write the line that Vertex AI is sent for an example, with its line end, in UTF-8."""
    line = example.line if isinstance(example, Contents) else conversation_line(_conversation(example))
    return f"{line}\n".encode()


def jsonl(examples: Iterable[TrainingExample]) -> Iterator[bytes]:
    """Write the file that Vertex AI is sent, line by line: JSON Lines in UTF-8, equal for equal examples."""
    return map(line_of, examples)


def texts_of(example: TrainingExample) -> tuple[str, str, str]:
    """Give the texts of an example: systemInstruction, the turns up to the last, and that, which is wanted.

    Parts that are no text are there as JSON.
    """
    if isinstance(example, Example):
        return "", example.text_input, example.output
    line = json.loads(example.line)
    *before, last = line["contents"]
    return _text(line.get(INSTRUCTION, {"parts": []})), "\n".join(map(_text, before)), _text(last)


def _conversation(example: TrainingExample) -> dict[str, Any]:
    if isinstance(example, Contents):
        line: dict[str, Any] = json.loads(example.line)
        return line
    turns = (("user", example.text_input), ("model", example.output))
    return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}


def _pair(line: Mapping[str, Any]) -> Example | None:
    """Give a conversation of a single text and its answer as such a pair."""
    contents = line["contents"]
    if line.keys() != {"contents"} or [turn["role"] for turn in contents] != ["user", "model"]:
        return None
    if any([[*part] for part in turn["parts"]] != [["text"]] for turn in contents):
        return None
    given, wanted = (turn["parts"][0]["text"] for turn in contents)
    return Example(given, wanted)


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Spell a part as the API does; what a function is called with, or answers, is the user's own and stays."""
    spelt = _spelt(part)
    return spelt | {name: _spelt(spelt[name]) for name in _MEDIA if name in spelt}


def _spelt(value: Mapping[str, Any]) -> dict[str, Any]:
    """Spell the fields of a block as the API does; null is what is not there."""
    return {SPELLINGS.get(name, name): inner for name, inner in value.items() if inner is not None}


def _text(turn: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] if "text" in part else conversation_line(part) for part in turn["parts"])
