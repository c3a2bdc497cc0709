"""JSON text to a tree of nodes, strictly. Called by `documents` for manifests and by `data.readers` for data files.

JSON does not go through the YAML reader: YAML refuses the surrogate pairs that JSON writes for emoji (RFC 8259,
section 7), and JSON may be indented with tabs. The standard library reads scalars; the walk around them is our own, for
the places.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.syntax.error_limits import add_problem
from gemspec.manifest.syntax.nodes import (
    MAX_DEPTH,
    Broken,
    Document,
    Node,
    Place,
    duplicate_key,
    has_lone_surrogate,
    lone_surrogate,
)
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\r\n]*")
_LINE_END = re.compile("\r\n|\r|\n")
_BARE = re.compile(r"[^\s\[\]{}:,\"]{1,400}")
# The decoder's messages about text in quotes -> what is wrong, what to write.
STRING_ERRORS = {
    "Unterminated string": ("the quote that opens here is never closed", "close it"),
    "Invalid control character": ("a line end or control character stands within quotes", "write it as \\n or \\u0000"),
    "Invalid \\escape": ("JSON has no such escape", "write a backslash as \\\\"),
    "Invalid \\uXXXX": ("\\u needs four hexadecimal digits", "write a backslash as \\\\"),
}


def read_json(text: str, file: str) -> Document:
    """Read a JSON text as a document. Raises Broken with line and column."""
    reader = _Reader(text, file)
    root = reader.whole()
    return Document(file, root, tuple(reader.problems))


def read_json_items(text: str, file: str) -> Iterator[tuple[object, Origin] | Problem]:
    """Yield the items of a JSON array, each with its line. Raises Broken at what cannot be read.

    Data has many items, so no tree is made of an item that the standard library can read.
    """
    reader = _Reader(text, file)
    for item in reader.items():
        yield from reader.problems
        reader.problems.clear()
        yield item


def is_json_array(text: str) -> bool:
    """Whether a JSON text begins as an array does."""
    return text[: 1 + len(text) - len(text.lstrip(" \t\r\n"))].endswith("[")


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self._text, self._file, self._at = text, file, 0
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self.problems: list[Problem] = []

    def whole(self) -> Node:
        self._skip()
        root = self._value(1)
        self._end()
        return root

    def items(self) -> Iterator[tuple[object, Origin]]:
        self._skip()
        line = seen = count = 0
        opened = self._step()
        while not self._closes("]", opened, first=not count):
            line, seen, count = line + _line_ends(self._text, seen, self._at), self._at, count + 1
            yield self._item(), Origin(self._file, line + 1)
        self._end()

    def _item(self) -> object:
        try:
            value, self._at = _FAST.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return self._value(2).value  # says what is wrong, and where
        self._skip()
        return value

    def _end(self) -> None:
        if self._at < len(self._text):
            self._fail("there is something after the end of the document", "remove it")

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self._text))]

    def _value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._fail(f"this is nested more than {MAX_DEPTH} levels deep", "write it flatter")
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case _:
                return self._scalar()

    def _object(self, depth: int) -> Node:
        values: dict[str, object] = {}
        node = Node(values, self._place())
        opened = self._step()
        while not self._closes("}", opened, first=not node.keys):
            place = self._place()
            if self._text[self._at : self._at + 1] != '"':
                self._fail("a field name in double quotes is missing here", 'write "name": value')
            name = str(self._scalar().value)
            if self._text[self._at : self._at + 1] != ":":
                self._fail(f'a ":" is missing after {shortened(name)}', 'write "name": value')
            self._step()
            child = self._value(depth + 1)
            if name in node.keys:
                add_problem(self.problems, duplicate_key(name, self._file, place, node.keys[name]))
                continue
            node.attach_field(name, place, child)
            values[name] = child.value
        return node

    def _array(self, depth: int) -> Node:
        values: list[object] = []
        node = Node(values, self._place())
        opened = self._step()
        while not self._closes("]", opened, first=not values):
            child = self._value(depth + 1)
            node.attach(len(values), child)
            values.append(child.value)
        return node

    def _closes(self, closing: str, opened: int, *, first: bool) -> bool:
        """Skip the closing bracket and say True, or skip the comma before the next item."""
        char = self._text[self._at : self._at + 1]
        if char == closing:
            self._step()
            return True
        if first and char:
            return False
        if char == ",":
            self._step()
            if self._text[self._at : self._at + 1] == closing:
                self._fail(f'JSON allows no "," before "{closing}"', 'remove the ","')
            return False
        if not char:
            self._at = opened
            self._fail(f'the "{self._text[opened]}" that opens here is never closed', f'write "{closing}" at its end')
        return self._fail(f'a "," or "{closing}" is missing here', "write it")

    def _scalar(self) -> Node:
        start, place = self._at, self._place()
        try:
            value, self._at = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._explain(error)
        except ValueError:
            self._fail("this number is of no use", "write a finite number with fewer digits")
        if isinstance(value, str):
            if has_lone_surrogate(value):
                add_problem(self.problems, lone_surrogate(self._file, place))
            written = None
        else:
            written = self._text[start : self._at]
            if isinstance(value, float) and value in (float("inf"), float("-inf")):
                self._at = start
                self._fail("this number is too large", "write a smaller one")
        self._skip()
        return Node(value, place, written)

    def _explain(self, error: json.JSONDecodeError) -> NoReturn:
        bare = _BARE.match(self._text, self._at)
        if error.msg == "Expecting value" and bare:
            self._fail(f"{bare[0][:40]} is not JSON", "put double quotes around text")
        for message, (summary, detail) in STRING_ERRORS.items():
            if error.msg.startswith(message):
                self._at = error.pos
                self._fail(summary, detail)
        self._fail("a value is missing here", "write it")

    def _step(self) -> int:
        """Skip a character and the space after it; give the position of the character."""
        at = self._at
        self._at += 1
        self._skip()
        return at

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _place(self) -> Place:
        line = bisect_right(self._lines, self._at)
        return line, self._at - self._lines[line - 1] + 1

    def _fail(self, summary: str, detail: str) -> NoReturn:
        raise Broken(Problem(summary, detail, Origin(self._file, *self._place())))


def _line_ends(text: str, start: int, end: int) -> int:
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(written: str) -> float:
    if not math.isfinite(number := float(written)):
        raise ValueError(written)
    return number


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError
    return row


_FAST = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant)
