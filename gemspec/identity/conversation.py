"""Training examples as conversations: a single form for all spellings, and the lines that are sent to Vertex AI. Pure.

It is above `fingerprint`, which owns the permanent form of a line. The manifest reader makes examples here from rows
that it has checked, and the Vertex AI provider writes its upload here. The same examples always make the same bytes,
so that an upload can be named after its content.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gemspec.domain.training_data import Contents, Example
from gemspec.identity.fingerprint import conversation_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gemspec.domain.training_data import TrainingExample

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
    """Make an example of a conversation in the API's form: {"contents": [{"role", "parts"}, ...], ...}.

    Spellings, null for absent fields, and the role of the systemInstruction (which the service ignores) do not matter.
    A single text with its answer is an Example in whichever form it is written. Raises ValueError for infinite numbers.
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
    # Within text the quotes would be escaped, so most lines need no parsing.
    may_have = isinstance(example, Contents) and f'"{INSTRUCTION}":' in example.line
    return may_have and INSTRUCTION in _conversation(example)


def line_of(example: TrainingExample) -> bytes:
    """Write the line that is sent to Vertex AI for an example, with its line end, in UTF-8."""
    line = example.line if isinstance(example, Contents) else conversation_line(_conversation(example))
    return f"{line}\n".encode()


def jsonl(examples: Iterable[TrainingExample]) -> Iterator[bytes]:
    """Write the file that is sent to Vertex AI, line by line: JSON Lines in UTF-8, equal for equal examples."""
    return map(line_of, examples)


def texts_of(example: TrainingExample) -> tuple[str, str, str]:
    """Give the texts of an example: systemInstruction, all turns but the last, and the last turn (the wanted answer).

    Parts that are not text are given as JSON.
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
    """Give a conversation of a single text and its answer as an Example; None for any other conversation."""
    contents = line["contents"]
    if line.keys() != {"contents"} or [turn["role"] for turn in contents] != ["user", "model"]:
        return None
    if any([[*part] for part in turn["parts"]] != [["text"]] for turn in contents):
        return None
    given, wanted = (turn["parts"][0]["text"] for turn in contents)
    return Example(given, wanted)


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Spell a part as the API does. Arguments and results of functions are the user's own and stay as they are."""
    spelt = _spelt(part)
    return spelt | {name: _spelt(spelt[name]) for name in _MEDIA if name in spelt}


def _spelt(value: Mapping[str, Any]) -> dict[str, Any]:
    """Spell the fields of a block as the API does, and drop those that are null."""
    return {SPELLINGS.get(name, name): inner for name, inner in value.items() if inner is not None}


def _text(turn: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] if "text" in part else conversation_line(part) for part in turn["parts"])
