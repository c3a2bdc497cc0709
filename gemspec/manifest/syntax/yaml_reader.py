"""YAML text to trees of nodes, strictly: a composer over PyYAML's events (libyaml's where it is installed).

Called by `documents`. PyYAML's own composer is lenient where a person loses work: it takes the last of two equal keys,
follows any alias, and resolves tags. With events, a problem can be reported with its place, and reading continues.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.syntax.error_limits import MAX_DOCUMENTS, add_problem, too_many_documents
from gemspec.manifest.syntax.nodes import (
    INFINITY,
    MAX_DEPTH,
    NAN,
    TOO_LARGE,
    Broken,
    Document,
    Node,
    Odd,
    duplicate_key,
    has_lone_surrogate,
    lone_surrogate,
)
from gemspec.manifest.syntax.yaml_errors import explain_yaml_error
from gemspec.util.text import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The stubs know neither anchor nor tag of an event, and say that a mark may be missing.
Event = Any
_MAX_ALIASED = 10_000
_CHARACTERS = 100  # of text that count as another value
# After a mistake reading continues at the next document, so that all mistakes are reported. Each restart takes time.
_MAX_RESTARTS = 50
_NEXT_DOCUMENT = re.compile(r"^---(?=\s)", re.MULTILINE)

# The meaning of an unquoted scalar is decided here alone, since YAML 1.1 and 1.2 and their readers differ. Text that
# some reader interprets otherwise becomes an Odd, and `validation.schema_errors` then says to put quotes around it.
# Numbers with an exponent (1e-3) are numbers, as in YAML 1.2; PyYAML alone would make them text.
_NULL = frozenset(["", "~", "null", "Null", "NULL"])
_TRUE = frozenset(["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"])
_FALSE = frozenset(["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"])
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# Octal, hexadecimal, binary, base 60 (1:30), underscores, infinity: numbers to some readers, or to different ones.
_ODD_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+(\.[0-9_]*)?|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)?"
)
_MAX_DIGITS = 300
_FIRST = frozenset("+-.0123456789~nNtTfFyYoO")


def read_yaml(text: str, file: str) -> tuple[list[Document], list[Problem]]:
    """Read every document of `text`, and the problems of those that cannot be read at all."""
    documents: list[Document] = []
    problems: list[Problem] = []
    start = 0
    for _ in range(_MAX_RESTARTS):
        composer = _Composer(text[start:], file, text.count("\n", 0, start))
        try:
            for document in composer.documents():
                if len(documents) == MAX_DOCUMENTS:
                    return documents, [*problems, too_many_documents(document.origin())]
                documents.append(document)
            break
        except Broken as broken:
            problems.append(broken.problem)
        following = _NEXT_DOCUMENT.search(text, start + _line_start(text[start:], composer.line))
        if not following or following.start() <= start:
            break
        start = following.start()
    return documents, problems


def _is_simple(event: Event) -> bool:
    """Whether a key is a plain scalar, as almost all are, and needs no further check."""
    is_bare = type(event) is yaml.ScalarEvent and event.tag is None and event.anchor is None
    return is_bare and event.value != "<<" and event.value.isascii()


def _line_start(text: str, line: int) -> int:
    """Give the offset where the line after `line` (from 0) begins."""
    at = 0
    for _ in range(line):
        at = text.find("\n", at) + 1
        if not at:
            return len(text)
    return at


@dataclass(slots=True)
class _Scope:
    """The state of a document: its anchors, the size of all that its aliases refer to, and its problems."""

    anchors: dict[str, Node | None] = field(default_factory=dict)
    aliased: int = 0
    problems: list[Problem] = field(default_factory=list)


class _Composer:
    """Turns the events of a text into documents; `line` is where it stopped (from 0, within its text)."""

    def __init__(self, text: str, file: str, lines_before: int) -> None:
        self._text, self._file, self._before = text, file, lines_before
        self._scope = _Scope()
        self.line = 0

    def documents(self) -> Iterator[Document]:
        """Yield each document. Raises Broken at what cannot be read."""
        try:
            events = iter(_LOADER(self._text).get_event, None)
            for event in events:
                if isinstance(event, yaml.StreamEndEvent):
                    break
                if isinstance(event, yaml.DocumentStartEvent):
                    self._scope = _Scope()
                    root = self._compose(next(events), events, 1)
                    yield Document(self._file, root, tuple(self._scope.problems))
        except yaml.YAMLError as error:
            problem = explain_yaml_error(error, self._text, self._file)
            origin = problem.origin or Origin(self._file)
            mark = getattr(error, "problem_mark", None)
            self.line = mark.line if mark else origin.line - 1
            moved = Origin(self._file, origin.line + self._before, origin.column)
            raise Broken(Problem(problem.summary, problem.detail, moved)) from error

    def _compose(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._broken(event, f"this is nested more than {MAX_DEPTH} levels deep", "write it flatter")
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        node = self._scalar(event) if kind is yaml.ScalarEvent else self._collection(event, events, depth)
        if event.anchor is not None:
            self._scope.anchors[event.anchor] = node
        return node

    def _collection(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        self._check_tag(event)
        if event.anchor is not None:
            self._scope.anchors[event.anchor] = None  # not finished: an alias to it would be endless
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, events, depth)
        return self._mapping(event, events, depth)

    def _sequence(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        values: list[object] = []
        node = Node(values, self._place(event))
        for item in events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            child = self._compose(item, events, depth + 1)
            node.attach(len(values), child)
            values.append(child.value)
        return node

    def _mapping(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        values: dict[str, object] = {}
        node = Node(values, self._place(event))
        for key in events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            name = self._key(key, events, depth)
            child = self._compose(next(events), events, depth + 1)
            if name is None:
                continue
            if name in values:
                add_problem(self._scope.problems, duplicate_key(name, self._file, self._place(key), node.keys[name]))
                continue
            node.attach_field(name, self._place(key), child)
            values[name] = child.value
        return node

    def _key(self, event: Event, events: Iterator[Event], depth: int) -> str | None:
        """Give a key as text (unquoted as written, so that `on:` is "on"); None where it cannot be a field name."""
        if _is_simple(event) and depth < MAX_DEPTH:
            return str(event.value)
        node = self._compose(event, events, depth + 1)
        if not isinstance(event, yaml.ScalarEvent):
            self._complain(
                event, "a field name must be plain text", 'write "name: value"; templates ({{ }}) are not filled in'
            )
            return None
        if node.written == "<<":
            self._complain(event, 'merge keys ("<<") are not supported', "write the fields out")
            return None
        return str(event.value)

    def _scalar(self, event: Event) -> Node:
        if event.tag is not None:
            self._check_tag(event)
        place, text = self._place(event), event.value
        if not text.isascii() and has_lone_surrogate(text):
            add_problem(self._scope.problems, lone_surrogate(self._file, place))
        plain = event.implicit[0] and not event.style
        size = 1 + len(text) // _CHARACTERS
        return Node(resolve(text), place, text, size) if plain else Node(text, place, None, size)

    def _alias(self, event: Event, depth: int) -> Node:
        name = event.anchor
        if name not in self._scope.anchors:
            raise self._broken(
                event, f'"*{cut(name)}" refers to an anchor that is not above it', f'write "&{cut(name)}" first'
            )
        node = self._scope.anchors[name]
        if node is None:
            raise self._broken(event, f'"*{cut(name)}" stands within what it refers to', "write the value out")
        self._scope.aliased += node.size
        if self._scope.aliased > _MAX_ALIASED or depth + node.height > MAX_DEPTH:
            raise self._broken(event, "aliases make this document too large", "write the values out, or use data files")
        return node

    def _check_tag(self, event: Event) -> None:
        if event.tag is not None:
            self._complain(
                event, "tags (words that begin with !) are not supported", "remove it, and put quotes around text"
            )

    def _place(self, event: Event) -> tuple[int, int]:
        mark = event.start_mark
        return mark.line + 1 + self._before, mark.column + 1

    def _complain(self, event: Event, summary: str, detail: str) -> None:
        add_problem(self._scope.problems, Problem(summary, detail, Origin(self._file, *self._place(event))))

    def _broken(self, event: Event, summary: str, detail: str) -> Broken:
        self.line = event.start_mark.line
        return Broken(Problem(summary, detail, Origin(self._file, *self._place(event))))


def resolve(text: str) -> object:
    """Give the value of an unquoted scalar: None, bool, int, finite float, Odd, or the text itself."""
    if text and text[0] not in _FIRST:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _number(text)


def _number(text: str) -> object:
    if _INT.fullmatch(text):
        return int(text) if len(text) <= _MAX_DIGITS else Odd("a number of too many digits")
    if _FLOAT.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else Odd(TOO_LARGE)
    if text.lower().endswith(".inf") or text.lower() == ".nan":
        return Odd(INFINITY if text.lower().endswith("f") else NAN)
    if _ODD_NUMBER.fullmatch(text):
        return Odd("a form of number that YAML readers read differently")
    return Odd("a date") if _DATE.fullmatch(text) else text
