"""One row of a data file in the form of a conversation -> an example, or everything that is wrong with it.

That form is the API's: {"systemInstruction": {"parts": [...]}, "contents": [{"role", "parts": [{"text"}]}, ...]}. It
works in every format that can hold it; `readers` tells it by its `contents`. `identity.conversation` has the one form
that all spellings become, `conversation_rules` what must be right before that.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import Problem
from gemspec.domain.model import Contents, Example
from gemspec.identity.conversation import INSTRUCTION, example_of
from gemspec.manifest.data.conversation_rules import A_QUESTION, AN_ANSWER, CONTENTS, value_of, wrong
from gemspec.manifest.data.rows import HALF_A_PAIR, Rows, read_row, too_long
from gemspec.manifest.syntax.error_limits import MOST_IN_DOCUMENT
from gemspec.manifest.syntax.nodes import has_lone_surrogate
from gemspec.manifest.validation.schema import longest_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.domain.errors import Origin
    from gemspec.domain.model import TrainingExample
    from gemspec.manifest.data.rows import Fields, Item
    from gemspec.manifest.validation.provider_schema import Service

_OTHER = "messages"


def read_any(row: object, origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn a row into Rows of one, or into everything that is wrong with it, in whichever form it is."""
    if isinstance(row, dict) and is_conversation(row, fields):
        return read_conversation(row, origin, fields)
    return read_row(row, origin, fields)


def is_conversation(row: dict[str, Any], fields: Fields) -> bool:
    """Whether a row is in this form, or in that of other services where a conversation can be meant."""
    if CONTENTS in row:
        return CONTENTS not in (*fields.inputs, *fields.outputs)
    takes_it = fields.service is not None and fields.service.takes_conversations
    return _OTHER in row and takes_it and not row.keys() & {*fields.inputs, *fields.outputs}


def read_conversation(row: dict[str, Any], origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn one such row into Rows of one, or into everything that is wrong with it."""
    if CONTENTS not in row:
        advice = f'Vertex AI has "{CONTENTS}": [{A_QUESTION}, {AN_ANSWER}]'
        yield Problem(f"{_OTHER} is not how a conversation is written here", advice, origin)
        return
    found = [] if _is_plain(row) else list(islice(wrong(row), MOST_IN_DOCUMENT))
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
    """Whether a row is of texts alone and right: there may be millions of them, for which all the rest takes long."""
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
    """Give the example that a row is, or what is wrong where JSON can say what a file cannot hold."""
    try:
        example = example_of(row)
    except ValueError:
        return "a number here is too large", "write a smaller one"
    except RecursionError:
        return "this is nested too deep", "write it flatter"
    texts = (example.line,) if isinstance(example, Contents) else (example.text_input, example.output)
    return HALF_A_PAIR if any(map(has_lone_surrogate, texts)) else example


def _too_long(example: Example, origin: Origin, service: Service | None) -> Iterator[Problem]:
    longest = longest_texts(service)
    for index, (field, text) in enumerate((("textInput", example.text_input), ("output", example.output))):
        if len(text) > longest[field]:
            yield too_long(f"{CONTENTS}[{index}].parts[0].text", text, longest[field], origin)


def _what(row: dict[str, Any]) -> str:
    """Say by what an example is more than a text and its answer."""
    if value_of(row, INSTRUCTION) is not None:
        return f"this example has a {INSTRUCTION}"
    if len(row[CONTENTS]) > 2:
        return f"this is a conversation of {len(row[CONTENTS])} turns"
    return "this is more than a text and its answer"
