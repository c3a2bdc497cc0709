"""The tree of values with their places that both readers (YAML and JSON) make.

`yaml_reader` and `json_reader` build it, `documents` wraps each tree as a Document. All later steps get values and
places from a Document, and never see YAML or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gemspec.domain.errors import Origin, Problem
from gemspec.util.text import shortened

Path = tuple[str | int, ...]
Place = tuple[int, int]
MAX_DEPTH = 64
TOO_LARGE, INFINITY, NAN = "a number that is too large", "infinity", "not a number (NaN)"
NOT_FINITE = frozenset([TOO_LARGE, INFINITY, NAN])


class Broken(Exception):  # noqa: N818 - carries a Problem; never leaves this package
    """A file, or the rest of a document, that cannot be read at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


_EMPTY: dict[Any, Any] = {}  # shared, and never changed


@dataclass(frozen=True, slots=True)
class Odd:
    """A doubtful scalar, neither text nor a plain number. `kind` says how YAML readers interpret it."""

    kind: str


class Node:
    """A value and its place: line and column count from 1. `keys` has the places of a mapping's keys.

    `written` is an unquoted scalar as the file has it, None for a scalar in quotes. `size` and `height` measure the
    tree below with all aliases expanded; long text counts as several values. Leaves share an empty mapping, since there
    may be half a million of them. Not a dataclass, since making nodes takes most of the time of reading.
    """

    __slots__ = ("children", "height", "keys", "place", "size", "value", "written")

    def __init__(self, value: object, place: Place, written: str | None = None, size: int = 1) -> None:
        self.value = value
        self.place = place
        self.written = written
        self.children: dict[str | int, Node] = _EMPTY
        self.keys: dict[str, Place] = _EMPTY
        self.size = size
        self.height = 1

    def attach(self, name: str | int, child: Node) -> None:
        """Take `child` as the next item."""
        if self.children is _EMPTY:
            self.children = {}
        self.children[name] = child
        self.size += child.size
        if child.height >= self.height:
            self.height = child.height + 1

    def attach_field(self, name: str, place: Place, child: Node) -> None:
        """Take `child` as the value of a key, which is at `place`."""
        if self.keys is _EMPTY:
            self.keys = {}
        self.keys[name] = place
        self.attach(name, child)


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a file. `problems` are those of its syntax that did not stop the reading (such as a tag)."""

    file: str
    root: Node
    problems: tuple[Problem, ...] = ()

    @property
    def value(self) -> object:
        """The document as plain Python: dict, list, str, int, float, bool, None, and Odd for a doubtful scalar."""
        return self.root.value

    def get(self, *path: str | int) -> object:
        """Give the value at `path`, None where there is none."""
        node = self._node(path)
        return node.value if node else None

    def text(self, *path: str | int) -> str | None:
        """Give the text at `path`, None where there is none or something else."""
        value = self.get(*path)
        return value if isinstance(value, str) else None

    def texts(self, *path: str | int) -> dict[Path, str]:
        """Give the text at `path`, or the texts of the list there, each with its own path."""
        value = self.get(*path)
        items = {(*path, index): item for index, item in enumerate(value)} if isinstance(value, list) else {path: value}
        return {where: item for where, item in items.items() if isinstance(item, str)}

    def mapping(self, *path: str | int) -> dict[str, object]:
        """Give the mapping at `path`, empty where there is none or something else."""
        value = self.get(*path)
        return value if isinstance(value, dict) else {}

    def plain(self) -> object:
        """Give the document with every doubtful scalar as its text in the file."""
        return _plain(self.root)

    def written(self, path: Path) -> str | None:
        """Give the unquoted scalar at `path` as the file has it."""
        node = self._node(path)
        return node.written if node else None

    def put(self, path: Path, value: object) -> None:
        """Give the field at `path` another value, at its place."""
        node, parent = self._node(path), self._node(path[:-1])
        if node and parent and isinstance(parent.value, dict):
            node.value = parent.value[path[-1]] = value

    def origin(self, path: Path = ()) -> Origin:
        """Give the place of the value at `path`, or of the innermost block around it where it is missing."""
        node = self.root
        for name in path:
            if name not in node.children:
                break
            node = node.children[name]
        return Origin(self.file, *node.place, pointer(path))

    def key_origin(self, path: Path) -> Origin:
        """Give the place of the key at the end of `path`."""
        parent, name = self._node(path[:-1]), path[-1] if path else None
        if parent is None or not isinstance(name, str) or name not in parent.keys:
            return self.origin(path)
        return Origin(self.file, *parent.keys[name], pointer(path))

    def _node(self, path: Path) -> Node | None:
        node: Node | None = self.root
        for name in path:
            node = node.children.get(name) if node else None
        return node


def _plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {name: _plain(child) for name, child in node.children.items()}
    if isinstance(node.value, list):
        return [_plain(child) for child in node.children.values()]
    is_plain = node.value is None or isinstance(node.value, str | int | float)
    return node.value if is_plain else node.written


def pointer(path: Path) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in path)


def has_lone_surrogate(text: str) -> bool:
    """Whether UTF-8 cannot encode `text`; escapes such as \\ud800 make such text."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def duplicate_key(name: str, file: str, place: Place, first: Place) -> Problem:
    """Word the problem of a key that appears twice in a mapping."""
    return Problem(
        f"the field {shortened(name)} stands here twice (first in line {first[0]})",
        "keep one of them",
        Origin(file, *place),
    )


def lone_surrogate(file: str, place: Place) -> Problem:
    """Word the problem of text that UTF-8 cannot encode."""
    return Problem(
        "half of a surrogate pair (\\ud800 to \\udfff) is not a character",
        "write the character itself, or both halves",
        Origin(file, *place),
    )
