"""Reads blocks of JSON lines without mistakes: the fast path for almost all data. Used by `jsonl`.

`jsonl` reads all other blocks row by row, and reports problems. For accepted blocks both give the same examples
(tests/manifest/test_jsonl_fast.py). msgspec is as strict about JSON as the standard library, but takes the last of two
equal field names. So the quotes of each line are counted: every further field has more of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from gemspec.domain.training_data import Contents, Example
from gemspec.identity.conversation import INSTRUCTION
from gemspec.manifest.data.conversations import CONTENTS
from gemspec.manifest.validation.schema import longest_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.domain.training_data import TrainingExample
    from gemspec.manifest.data.rows import Fields, Texts

    # The example of a line, its texts, and how many quotes the line has if it has no other content.
    _Found = tuple[TrainingExample, Texts, int]
    _Read = Callable[[bytes], _Found | None]  # None where in doubt

_QUOTE, _ESCAPE = b'"', b"\\"
_HIDDEN_QUOTE = rb"\u0022"
_PAIR_QUOTES = 8
_TURN_QUOTES, _PART_QUOTES, _BLOCK_QUOTES = 6, 4, 2
_SIMPLE_QUOTES = _BLOCK_QUOTES + 2 * (_TURN_QUOTES + _PART_QUOTES)  # a text and its answer


class _Strict(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Fields are in the order of their names, as in the canonical form."""


class _Part(_Strict):
    text: str


class _Turn(_Strict):
    parts: list[_Part]
    role: Literal["user", "model"]


class _Instruction(_Strict, omit_defaults=True):
    parts: list[_Part]
    role: str | msgspec.UnsetType = msgspec.UNSET  # ignored


class _Conversation(_Strict, omit_defaults=True):
    contents: list[_Turn]
    system: _Instruction | msgspec.UnsetType = msgspec.field(name=INSTRUCTION, default=msgspec.UNSET)


_conversation = msgspec.json.Decoder(_Conversation).decode
_canonical = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class FastLines:
    """Reads lines with rows that have these `fields`, or are conversations."""

    fields: Fields

    def read(self, lines: Sequence[bytes]) -> tuple[list[TrainingExample], list[Texts]] | None:
        """Give the example of each line, and its texts; None unless all have the same form and no mistakes."""
        return next(filter(None, (_all(lines, read) for read in self._forms if _may_read(read, lines[0]))), None)

    @cached_property
    def _longest(self) -> tuple[float, float]:
        longest = longest_texts(self.fields.service)
        return longest["textInput"], longest["output"]

    @cached_property
    def _forms(self) -> list[_Read]:
        inputs, outputs = self.fields.inputs, self.fields.outputs
        pairs = [
            self._pair(*both) for both in product(inputs, outputs) if len({*both}) == 2 and all(map(_is_plain, both))
        ]
        return pairs if CONTENTS in (*inputs, *outputs) else [*pairs, self._turns]

    def _pair(self, given: str, wanted: str) -> _Read:
        names = [("text_input", str, msgspec.field(name=given)), ("output", str, msgspec.field(name=wanted))]
        decode = msgspec.json.Decoder(msgspec.defstruct("_Pair", names, bases=(_Strict,))).decode

        def read(line: bytes) -> _Found | None:
            row: Any = decode(line)
            return self._example(row.text_input, row.output, _PAIR_QUOTES)

        return read

    def _turns(self, line: bytes) -> _Found | None:
        row = _conversation(line)
        turns = row.contents
        if not turns or turns[0].role != "user" or turns[-1].role != "model":
            return None
        if len(turns) == 2 and row.system is msgspec.UNSET:
            given, wanted = turns[0].parts, turns[1].parts
            if len(given) == len(wanted) == 1:
                return self._example(given[0].text, wanted[0].text, _SIMPLE_QUOTES)
        service = self.fields.service
        return _dialogue(row) if service is None or service.takes_conversations else None

    def _example(self, given: str, wanted: str, quotes: int) -> _Found | None:
        longest = self._longest
        if len(given) > longest[0] or len(wanted) > longest[1]:
            return None
        return Example(given, wanted), ("", given, wanted), quotes + _quotes_in(given) + _quotes_in(wanted)


def _dialogue(row: _Conversation) -> _Found | None:
    """Read a row with more than a text and its answer."""
    if not all(turn.parts for turn in row.contents) or (row.system is not msgspec.UNSET and not row.system.parts):
        return None
    instruction, quotes, said = "", _BLOCK_QUOTES, []
    if row.system is not msgspec.UNSET:
        instruction, more = _text(row.system.parts)
        quotes += 2 * _BLOCK_QUOTES + more
        if row.system.role is not msgspec.UNSET:
            quotes += _PART_QUOTES + _quotes_in(row.system.role)
            row.system.role = msgspec.UNSET
    for turn in row.contents:
        text, more = _text(turn.parts)
        quotes += _TURN_QUOTES + more
        said.append(text)
    return Contents(_canonical(row).decode()), (instruction, "\n".join(said[:-1]), said[-1]), quotes


def _all(lines: Sequence[bytes], read: _Read) -> tuple[list[TrainingExample], list[Texts]] | None:
    examples, texts = [], []
    try:
        for line in lines:
            found = read(line)
            if found is None or line.count(_QUOTE) != found[2] or (_ESCAPE in line and _HIDDEN_QUOTE in line):
                return None
            examples.append(found[0])
            texts.append(found[1])
    except (msgspec.MsgspecError, RecursionError):
        return None
    return examples, texts


def _text(parts: Sequence[_Part]) -> tuple[str, int]:
    """Give the text of parts, and how many quotes they have."""
    text = parts[0].text if len(parts) == 1 else "\n".join(part.text for part in parts)
    return text, _PART_QUOTES * len(parts) + _quotes_in(text)


def _quotes_in(text: str) -> int:
    return text.count('"') if '"' in text else 0  # `in` is ten times faster than count


def _is_plain(name: str) -> bool:
    """Whether JSON writes a field's name without escapes; msgspec takes no other."""
    return name.isprintable() and not {*name} & {'"', "\\"}


def _may_read(read: _Read, line: bytes) -> bool:
    return _all([line], read) is not None
