"""What must be right in a conversation, as the API has it: what is wrong, what to write. Used by `conversations`.

Names say where in the row a mistake stands (`contents[1].parts[0]`), since a row has but one place in its file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gemspec.identity.conversation import INSTRUCTION, SPELLINGS
from gemspec.util.text import closest, listed, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Wrong = Iterator[tuple[str, str]]

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
# What other services, and other places of a conversation, call a field; and a role.
_OTHER_NAMES = {"content": "parts", "text": "parts", "system": INSTRUCTION}
_ROLES = {
    "assistant": 'write "model"',
    "bot": 'write "model"',
    "human": 'write "user"',
    "system": f'write it beside {CONTENTS}, as "{INSTRUCTION}": {{"parts": [{{"text": "..."}}]}}',
}


def wrong(row: dict[str, Any]) -> Wrong:
    """Find everything that is wrong with a row that has `contents`."""
    yield from _names("", row, _LINE)
    yield from _turns(row[CONTENTS])
    if (instruction := value_of(row, INSTRUCTION)) is not None:
        yield from _instruction(instruction)
    if (tools := row.get("tools")) is not None:
        yield from _tools(tools)
    if (config := value_of(row, "generationConfig")) is not None:
        yield from _must_be_block("generationConfig", config, '{"mediaResolution": "..."}')


def _turns(turns: object) -> Wrong:
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


def _turn(name: str, turn: object) -> Wrong:
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


def _instruction(instruction: Any) -> Wrong:
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


def _parts(name: str, parts: object) -> Wrong:
    if not isinstance(parts, list) or not parts:
        text = shortened(parts) if isinstance(parts, str) else '"..."'
        yield f"{name} must be a list of parts", f'write [{{"text": {text}}}]'
        return
    for index, part in enumerate(parts):
        yield from _part(f"{name}[{index}]", part)


def _part(name: str, part: object) -> Wrong:
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


def _kind(name: str, kind: str, value: Any) -> Wrong:
    if kind == "text":
        yield from _must_be_text(name, value)
        return
    texts = _KINDS[kind]
    example = json.dumps(dict.fromkeys(texts, "..."))
    if not isinstance(value, dict):
        yield from _must_be_block(name, value, example)
        return
    known, is_media = (*texts, "displayName"), "mimeType" in texts  # what else a function has is its own
    yield from _names(name, value, known) if is_media else ()
    for text in texts:
        if value_of(value, text) is not None:
            yield from _must_be_text(f"{name}.{text}", value_of(value, text))
        elif not (is_media and text in _meant(value, known)):
            yield f"{name} has no {text}", f"write {example}"


def _must_be_text(name: str, value: object) -> Wrong:
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        yield f"{name} must be text", f'put quotes around it: "{json.dumps(value)}"' if is_number else 'write "..."'


def _must_be_block(name: str, value: object, example: str) -> Wrong:
    if not isinstance(value, dict):
        yield f"{name} must be an object", f"write {example}"


def _tools(tools: object) -> Wrong:
    if not isinstance(tools, list) or not tools or not all(isinstance(tool, dict) for tool in tools):
        yield "tools must be a list of objects", 'write [{"functionDeclarations": [...]}]'


def _names(where: str, block: dict[str, Any], known: tuple[str, ...]) -> Wrong:
    """Find fields that do not belong here, and those that stand here in two spellings."""
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
    """Give the fields that unknown ones were meant to be: that they are missing is the same mistake."""
    return {_guess(name, block, known) for name in _unknown(block, known)}


def _guess(name: str, block: dict[str, Any], known: tuple[str, ...]) -> str | None:
    other = _OTHER_NAMES.get(name)
    return other if other in known and other not in block else closest(name, (one for one in known if one not in block))


def _unknown(block: Iterable[str], known: tuple[str, ...]) -> list[str]:
    return [name for name in block if SPELLINGS.get(name, name) not in known]


def value_of(block: dict[str, Any], name: str) -> Any:
    """Give the value of a field in whichever spelling."""
    spellings = [name, *(short for short, long in SPELLINGS.items() if long == name)]
    return next((block[one] for one in spellings if one in block), None)
