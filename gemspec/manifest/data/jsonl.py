"""Reads JSON Lines: an object on each line. Files may be large, so only a few lines are in memory at a time.

A reader of `readers`. `jsonl_fast` reads blocks of lines without mistakes; this module reads every other block row by
row, and reports problems.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from typing import TYPE_CHECKING, NoReturn

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.data.conversations import read_example
from gemspec.manifest.data.jsonl_fast import FastLines
from gemspec.manifest.data.rows import Fields, Item, Rows
from gemspec.manifest.syntax.encoding import refuse_other_encodings
from gemspec.manifest.syntax.json_reader import STRING_ERRORS
from gemspec.manifest.syntax.nodes import Broken
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

_BLOCK = 256 * 1024  # bytes that are read at a time
_MAX_WHOLE = 16 * 1024 * 1024  # bytes to parse of a file with a first line that is not an object
_NOT_JSON = ("this line is not JSON", 'write one object a line: {"textInput": "1", "output": "2"}')


class _DuplicateFieldError(ValueError):
    """A JSON object names a field twice."""


def read_jsonl(stream: BufferedReader, file: str, fields: Fields) -> Iterator[Item]:
    """Read JSON Lines: an object on each line; blank lines do not count. Only a few thousand lines are in memory."""
    try:
        refuse_other_encodings(stream.peek(), file)
    except Broken as broken:
        yield broken.problem
        return
    if whole := _whole_json(stream):
        yield Problem(*whole, Origin(file, 1))
        return
    number, fast = 1, FastLines(fields)
    for lines in _blocks(stream):
        if found := fast.read(lines):
            examples, texts = found
            yield Rows(examples, Origin(file, number), texts)
        else:
            for at, line in enumerate(lines, number):
                if line.strip():
                    yield from _json_line(line.rstrip(b"\r"), Origin(file, at), fields)
        number += len(lines)


def _blocks(stream: BufferedReader) -> Iterator[list[bytes]]:
    """Yield the lines of a file, a block of them at a time."""
    stream.seek(0)
    stream.seek(len(BOM_UTF8) if stream.peek().startswith(BOM_UTF8) else 0)
    begun: list[bytes] = []
    while data := stream.read(_BLOCK):
        lines, end, rest = data.rpartition(b"\n")
        if end:
            yield b"".join([*begun, lines]).split(b"\n")
            begun.clear()
        begun.append(rest)
    if last := b"".join(begun):
        yield [last]


def _whole_json(stream: BufferedReader) -> tuple[str, str] | None:
    """Give the problem of a file that is a single JSON document, and not an object on each line."""
    filled = (line for line in stream if line.removeprefix(BOM_UTF8).strip())
    first = next(filled, b"{}")
    if is_object(first.removeprefix(BOM_UTF8)) or next(filled, None) is None:
        return None
    stream.seek(0)
    try:
        value = json.loads(stream.read(_MAX_WHOLE))
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return "this is one JSON array, not an object a line", "name the file .json"
    return "this object stands on several lines", "write each object on one line"


def is_object(line: bytes) -> bool:
    """Whether a line is a JSON object."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _json_line(line: bytes, origin: Origin, fields: Fields) -> Iterator[Item]:
    try:
        row = _DECODER.decode(line.decode())
    except UnicodeDecodeError as error:
        yield Problem(f"the byte 0x{line[error.start]:02x} is not UTF-8", "save the file as UTF-8", origin)
    except json.JSONDecodeError as error:
        summary, detail = _NOT_JSON
        for message, words in STRING_ERRORS.items():
            if error.msg.startswith(message):
                summary, detail = words
        yield Problem(summary, detail, Origin(origin.file, origin.line, error.colno))
    except _DuplicateFieldError as error:
        yield Problem(f"the field {error} stands in this line twice", "keep one of them", origin)
    except RecursionError:
        yield Problem("this is nested too deep", "write a flat object", origin)
    except ValueError:
        yield Problem("this line is not JSON that can be read", "write text in double quotes", origin)
    else:
        yield from read_example(row, origin, fields)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _DuplicateFieldError(next(shortened(name) for name in row if counts[name] > 1))
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse
)  # made only once, since there are many lines
