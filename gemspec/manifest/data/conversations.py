"""Reads a row of a data file in the form of a conversation: gives an example, or all problems of the row.

The form is the API's: {"systemInstruction": {"parts": [...]}, "contents": [{"role", "parts": [{"text"}]}, ...]}. It
works in every file format with nested values. `readers` and `jsonl` give the rows, `rows` reads rows of two texts.
`identity.conversation` brings all spellings into a single form. Messages name the place in the row
(`contents[1].parts[0]`), since a row has only a single place in its file.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import Problem
from gemspec.domain.training_data import Contents, Example
from gemspec.identity.conversation import INSTRUCTION, SPELLINGS, example_of
from gemspec.manifest.data.rows import HALF_A_PAIR, Rows, read_pair, too_long
from gemspec.manifest.syntax.error_limits import MAX_IN_DOCUMENT
from gemspec.manifest.syntax.nodes import has_lone_surrogate
from gemspec.manifest.validation.schema import longest_texts
from gemspec.util.text import closest, listed, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gemspec.domain.errors import Origin
    from gemspec.domain.training_data import TrainingExample
    from gemspec.manifest.data.rows import Fields, Item
    from gemspec.providers.spec import ProviderSpec

    _Mistakes = Iterator[tuple[str, str]]

_OTHER = "messages"


def read_example(row: object, origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn a row in either form into Rows with an example, or into its problems."""
    if isinstance(row, dict) and is_conversation(row, fields):
        return read_conversation(row, origin, fields)
    return read_pair(row, origin, fields)


def is_conversation(row: dict[str, Any], fields: Fields) -> bool:
    """Whether a row is in this form, or in a form of another service that can only be a conversation."""
    if CONTENTS in row:
        return CONTENTS not in (*fields.inputs, *fields.outputs)
    takes_it = fields.service is not None and fields.service.takes_conversations
    return _OTHER in row and takes_it and not row.keys() & {*fields.inputs, *fields.outputs}


def read_conversation(row: dict[str, Any], origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn such a row into Rows with an example, or into its problems."""
    if CONTENTS not in row:
        advice = f'Vertex AI has "{CONTENTS}": [{A_QUESTION}, {AN_ANSWER}]'
        yield Problem(f"{_OTHER} is not how a conversation is written here", advice, origin)
        return
    found = [] if _is_plain(row) else list(islice(_mistakes(row), MAX_IN_DOCUMENT))
    example = found[0] if found else _example(row)
    if isinstance(example, tuple):
        yield from (Problem(summary, advice, origin) for summary, advice in found or [example])
        return
    service = fields.service
    if isinstance(example, Example):
        problems = list(_too_long(example, origin, service))
        yield from problems or (Rows((example,), origin),)
    elif service and not service.takes_conversations:
        advice = f'write {{"textInput": "...", "output": "..."}}, {service.elsewhere}'
        yield Problem(f"{_what(row)}, which {service.name} cannot learn from", advice, origin)
    else:
        yield Rows((example,), origin)


def _is_plain(row: dict[str, Any]) -> bool:
    """Whether a row has only texts and no mistake: a fast answer, since there may be millions of such rows."""
    turns = row[CONTENTS]
    if row.keys() != {CONTENTS} or not isinstance(turns, list) or not all(map(_is_plain_turn, turns)):
        return False
    return bool(turns) and turns[0]["role"] == "user" and turns[-1]["role"] == "model"


def _is_plain_turn(turn: object) -> bool:
    if not isinstance(turn, dict) or turn.keys() != {"role", "parts"} or turn["role"] not in ("user", "model"):
        return False
    parts = turn["parts"]
    if not isinstance(parts, list) or not parts:
        return False
    return all(isinstance(part, dict) and part.keys() == {"text"} and isinstance(part["text"], str) for part in parts)


def _example(row: dict[str, Any]) -> TrainingExample | tuple[str, str]:
    """Give the example of a row, or the problem of a value that JSON can express and a file for the service cannot."""
    try:
        example = example_of(row)
    except ValueError:
        return "a number here is too large", "write a smaller one"
    except RecursionError:
        return "this is nested too deep", "write it flatter"
    texts = (example.line,) if isinstance(example, Contents) else (example.text_input, example.output)
    return HALF_A_PAIR if any(map(has_lone_surrogate, texts)) else example


def _too_long(example: Example, origin: Origin, service: ProviderSpec | None) -> Iterator[Problem]:
    longest = longest_texts(service)
    for index, (field, text) in enumerate((("textInput", example.text_input), ("output", example.output))):
        if len(text) > longest[field]:
            yield too_long(f"{CONTENTS}[{index}].parts[0].text", text, longest[field], origin)


def _what(row: dict[str, Any]) -> str:
    """Say in what an example differs from a text with its answer."""
    if value_of(row, INSTRUCTION) is not None:
        return f"this example has a {INSTRUCTION}"
    if len(row[CONTENTS]) > 2:
        return f"this is a conversation of {len(row[CONTENTS])} turns"
    return "this is more than a text and its answer"


CONTENTS = "contents"
A_QUESTION = '{"role": "user", "parts": [{"text": "..."}]}'
AN_ANSWER = '{"role": "model", "parts": [{"text": "..."}]}'
_LINE = (CONTENTS, INSTRUCTION, "tools", "generationConfig")
_TURN = ("role", "parts")
# Kinds of parts -> the texts that each must hold, where it is an object.
_KINDS: dict[str, tuple[str, ...]] = {
    "text": (),
    "inlineData": ("mimeType", "data"),
    "fileData": ("mimeType", "fileUri"),
    "functionCall": ("name",),
    "functionResponse": ("name",),
}
_BESIDE = ("videoMetadata", "mediaResolution")
# Names of fields and roles in other services, and in other places of a conversation.
_OTHER_NAMES = {"content": "parts", "text": "parts", "system": INSTRUCTION}
_ROLES = {
    "assistant": 'write "model"',
    "bot": 'write "model"',
    "human": 'write "user"',
    "system": f'write it beside {CONTENTS}, as "{INSTRUCTION}": {{"parts": [{{"text": "..."}}]}}',
}


def _mistakes(row: dict[str, Any]) -> _Mistakes:
    """Find all problems of a row with `contents`."""
    yield from _names("", row, _LINE)
    yield from _turns(row[CONTENTS])
    if (instruction := value_of(row, INSTRUCTION)) is not None:
        yield from _instruction(instruction)
    if (tools := row.get("tools")) is not None:
        yield from _tools(tools)
    if (config := value_of(row, "generationConfig")) is not None:
        yield from _must_be_block("generationConfig", config, '{"mediaResolution": "..."}')


def _turns(turns: object) -> _Mistakes:
    if not isinstance(turns, list) or not turns:
        yield f"{CONTENTS} must be a list of turns", f"write [{A_QUESTION}, {AN_ANSWER}]"
        return
    found = False
    for index, turn in enumerate(turns):
        for problem in _turn(f"{CONTENTS}[{index}]", turn):
            found = True
            yield problem
    if found:
        return
    if turns[0]["role"] != "user":
        yield "the first turn is the model's", f"begin with what it is asked: {A_QUESTION}"
    if turns[-1]["role"] != "model":
        yield "the last turn is the user's", f"end with the answer that is to be learnt: {AN_ANSWER}"


def _turn(name: str, turn: object) -> _Mistakes:
    if not isinstance(turn, dict):
        yield f"{name} must be an object", f"write {A_QUESTION}"
        return
    yield from _names(name, turn, _TURN)
    role = turn.get("role")
    if "role" not in turn:
        yield f"{name} has no role", 'write "role": "user" or "role": "model"'
    elif role not in ("user", "model"):
        advice = _ROLES.get(role.lower(), "") if isinstance(role, str) else ""
        yield f"{name}.role cannot be {shortened(role)}", advice or 'write "user" or "model"'
    if "parts" in turn:
        yield from _parts(f"{name}.parts", turn["parts"])
    elif "parts" not in _meant(turn, _TURN):
        yield f"{name} has no parts", 'write "parts": [{"text": "..."}]'


def _instruction(instruction: Any) -> _Mistakes:
    if not isinstance(instruction, dict):
        yield from _must_be_block(INSTRUCTION, instruction, '{"parts": [{"text": "..."}]}')
        return
    yield from _names(INSTRUCTION, instruction, _TURN)
    parts = instruction.get("parts")
    if parts is None:
        yield f"{INSTRUCTION} has no parts", 'write "parts": [{"text": "..."}]'
    else:
        yield from _parts(f"{INSTRUCTION}.parts", parts)
    if isinstance(parts, list) and any(isinstance(part, dict) and part.keys() - {"text"} for part in parts):
        yield f"{INSTRUCTION} holds more than text", 'write parts of the form {"text": "..."}'


def _parts(name: str, parts: object) -> _Mistakes:
    if not isinstance(parts, list) or not parts:
        text = shortened(parts) if isinstance(parts, str) else '"..."'
        yield f"{name} must be a list of parts", f'write [{{"text": {text}}}]'
        return
    for index, part in enumerate(parts):
        yield from _part(f"{name}[{index}]", part)


def _part(name: str, part: object) -> _Mistakes:
    if not isinstance(part, dict):
        yield from _must_be_block(name, part, '{"text": "..."}')
        return
    yield from _names(name, part, (*_KINDS, *_BESIDE))
    kinds = [kind for kind in _KINDS if value_of(part, kind) is not None]
    if len(kinds) > 1:
        yield f"{name} holds {listed(kinds, 'and')}", "write a part for each of them"
    elif not kinds and not _meant(part, tuple(_KINDS)):
        yield f"{name} holds nothing", 'write {"text": "..."}'
    for kind in kinds:
        yield from _kind(f"{name}.{kind}", kind, value_of(part, kind))


def _kind(name: str, kind: str, value: Any) -> _Mistakes:
    if kind == "text":
        yield from _must_be_text(name, value)
        return
    texts = _KINDS[kind]
    example = json.dumps(dict.fromkeys(texts, "..."))
    if not isinstance(value, dict):
        yield from _must_be_block(name, value, example)
        return
    known, is_media = (*texts, "displayName"), "mimeType" in texts  # other fields of a function are free
    yield from _names(name, value, known) if is_media else ()
    for text in texts:
        if value_of(value, text) is not None:
            yield from _must_be_text(f"{name}.{text}", value_of(value, text))
        elif not (is_media and text in _meant(value, known)):
            yield f"{name} has no {text}", f"write {example}"


def _must_be_text(name: str, value: object) -> _Mistakes:
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        yield f"{name} must be text", f'put quotes around it: "{json.dumps(value)}"' if is_number else 'write "..."'


def _must_be_block(name: str, value: object, example: str) -> _Mistakes:
    if not isinstance(value, dict):
        yield f"{name} must be an object", f"write {example}"


def _tools(tools: object) -> _Mistakes:
    if not isinstance(tools, list) or not tools or not all(isinstance(tool, dict) for tool in tools):
        yield "tools must be a list of objects", 'write [{"functionDeclarations": [...]}]'


def _names(where: str, block: dict[str, Any], known: tuple[str, ...]) -> _Mistakes:
    """Find unknown fields, and fields that appear in two spellings."""
    for short, name in SPELLINGS.items():
        if short in block and name in block:
            yield f"{short} and {name} are two spellings of one field", "keep one of them"
    unknown = _unknown(block, known)
    pair = [name for name in ("textInput", "text_input", "output") if name in unknown]
    if not where and pair:
        yield f"{CONTENTS} and {pair[0]} are two forms of one example", "keep one of them"
        unknown = [name for name in unknown if name not in pair]
    for name in unknown:
        guess = _guess(name, block, known)
        advice = f"did you mean {shortened(guess)}?" if guess else f"the fields here are {listed(known, 'and')}"
        if guess == "parts":
            advice = 'write "parts": [{"text": "..."}]'
        yield f"unknown field {shortened(name)}{f' in {where}' if where else ''}", advice


def _meant(block: dict[str, Any], known: tuple[str, ...]) -> set[str | None]:
    """Give the fields that unknown fields probably mean: these are not reported as missing, too."""
    return {_guess(name, block, known) for name in _unknown(block, known)}


def _guess(name: str, block: dict[str, Any], known: tuple[str, ...]) -> str | None:
    other = _OTHER_NAMES.get(name)
    return (
        other
        if other in known and other not in block
        else closest(name, [field for field in known if field not in block])
    )


def _unknown(block: Iterable[str], known: tuple[str, ...]) -> list[str]:
    return [name for name in block if SPELLINGS.get(name, name) not in known]


def value_of(block: dict[str, Any], name: str) -> Any:
    """Give the value of a field in any spelling."""
    spellings = [name, *(short for short, long in SPELLINGS.items() if long == name)]
    return next((block[spelling] for spelling in spellings if spelling in block), None)
