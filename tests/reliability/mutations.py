"""Garbage from what is right: bytes and structures, changed in the ways that editors, merges, exports and vandals
change them. Everything follows from one `random.Random`, so that a case is known by its seed.
"""

# ruff: noqa: E501 - tables of odd values

from __future__ import annotations

import copy
import json
import math
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from random import Random

# What a byte is made, or what is put between two.
PIECES = [
    *(bytes([code]) for code in (0, 9, 10, 11, 13, 26, 27, 32, 127, 128, 0x85, 0xA0, 0xC0, 0xED, 0xF5, 0xFE, 0xFF)),
    *(mark.encode() for mark in "\"'`\\/:;,.-?!#%&*@|<>[]{}()=~^$_+"),
    *(word.encode() for word in ("---", "...", "<<: ", "*a", "&a ", "!!binary ", "!x ", "? ", ": ", "- ", "[[", "{{", "|2", ">-")),
    *(word.encode() for word in ("null", "true", "no", "~", "NaN", "-Infinity", "1e999", "-0", "0x1F", "1_0", "12:30", ".inf")),
    *(char.encode() for char in "é😀\u0085\u00a0\u200b\u202e\u2028\u2066\ufeff\ufffe\u0300"),
    b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\\x1b[2J", b"\x1b]0;x\x07", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\n\n",
    b"<<<<<<< HEAD\n", b"=======\n", b"::error::x", b"9" * 400, b"x" * 3000, b" " * 300, b"[" * 200, b"%YAML 1.1\n---\n",
]  # fmt: skip
# What a value is made.
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**63, 10**320, -(10**20), 0.5, -0.0, 1e-320, 1e308, math.inf, -math.inf, math.nan,
    "", " ", "x", "no", "1", "1e999", "null", "\n", "\t", "\0", "\x1b[2J", "\u202e", "\u2028", "\ud800", "😀", "é" * 50,
    "x" * 5000, "../../etc/passwd", "/etc/passwd", "*", "**/*", "[", "http://127.0.0.1:1/", "gs://b/x.jsonl", "${{ x }}",
    "tunedModels/x", "projects/p/locations/us/models/1", "a: b", "[gemspec:1 owner=a]", "::error::x", "<!-- -->", "`", "|",
    [], {}, [[]], [{}], {"": ""}, {"$ref": "http://127.0.0.1:1/x"}, [None] * 30, {"a": {"b": {"c": {}}}},
]  # fmt: skip
_NUMBER = re.compile(rb"\d+(?:\.\d+)?")
_WORD = re.compile(rb"[A-Za-z]{3,}")


def bytes_mutated(random: Random, data: bytes, others: list[bytes]) -> bytes:
    """Change some bytes, once or several times; `others` are files to take pieces from."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        data = random.choice(_BYTE_CHANGES)(random, data, others)
    return data


def tree_mutated(random: Random, tree: Any) -> Any:
    """Change some values of a tree of JSON, once or several times; gives a new one."""
    tree = [copy.deepcopy(tree)]
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        random.choice(_TREE_CHANGES)(random, *_somewhere(random, tree))
    return tree[0]


def as_yaml(random: Random, tree: Any) -> bytes:
    """Write a tree as YAML, in one of its many ways."""
    style = {
        "allow_unicode": random.random() < 0.7,
        "default_flow_style": random.choice((None, True, False)),
        "default_style": random.choice((None, None, None, '"', "'")),
        "width": random.choice((40, 10**6)),
    }
    if random.random() < 0.4:
        return as_json(random, tree)
    try:
        text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, **style)
    except UnicodeEncodeError:  # libyaml writes no half of a surrogate pair
        return as_json(random, tree)
    return text.encode()


def as_json(random: Random, tree: Any) -> bytes:
    """Write a tree as JSON; numbers that JSON has not are written as Python does."""
    text = json.dumps(tree, ensure_ascii=random.random() < 0.7, indent=random.choice((None, None, 1)))
    return text.encode("utf-8", "surrogatepass")


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes every value out: aliases are for the bytes to make."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _span(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 1, 2, 5, 20, 100)))


def _put(random: Random, data: bytes, _: list[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(PIECES) + data[at:]


def _replace(random: Random, data: bytes, _: list[bytes]) -> bytes:
    start, end = _span(random, data)
    return data[:start] + random.choice(PIECES) + data[end:]


def _flip(random: Random, data: bytes, _: list[bytes]) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _remove(random: Random, data: bytes, _: list[bytes]) -> bytes:
    start, end = _span(random, data)
    return data[:start] + data[end:]


def _repeat(random: Random, data: bytes, _: list[bytes]) -> bytes:
    start, end = _span(random, data)
    return data[:end] + data[start:end] * random.choice((1, 2, 30)) + data[end:]


def _cut(random: Random, data: bytes, _: list[bytes]) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _splice(random: Random, data: bytes, others: list[bytes]) -> bytes:
    other = random.choice(others)
    start, end = _span(random, other)
    at = random.randrange(len(data) + 1)
    return data[:at] + other[start : end + random.choice((0, 200))] + data[at:]


def _another_number(random: Random, data: bytes, _: list[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    chosen = random.choice(found)
    number = random.choice(
        (b"0", b"-1", b"1e999", b"1" * 500, b"0.1e-400", b"1.", b".5", b"1,5", b"0x10", b"09", b"''")
    )
    return data[: chosen.start()] + number + data[chosen.end() :]


def _another_word(random: Random, data: bytes, _: list[bytes]) -> bytes:
    found = list(_WORD.finditer(data))
    if not found:
        return data
    chosen, other = random.choice(found), random.choice(found)[0]
    word = random.choice(
        (chosen[0].upper(), chosen[0][:-1], chosen[0] + b"s", other, b"", chosen[0] + b":", b'"' + chosen[0])
    )
    return data[: chosen.start()] + word + data[chosen.end() :]


def _another_line_end(random: Random, data: bytes, _: list[bytes]) -> bytes:
    return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\r", "\x85".encode(), "\u2028".encode(), b"\n\t")))


def _another_indent(random: Random, data: bytes, _: list[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    lines[at] = random.choice((b" ", b"  ", b"\t", b"", b"- ", "\u00a0".encode())) + lines[at].lstrip(
        random.choice((b"", b" "))
    )
    return b"\n".join(lines)


def _another_encoding(random: Random, data: bytes, _: list[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "utf-7")), "replace")


_BYTE_CHANGES = [
    *(_put, _put, _replace, _replace, _flip, _remove, _repeat, _cut, _splice),
    *(_another_number, _another_word, _another_word, _another_line_end, _another_indent, _another_encoding),
]


def _somewhere(random: Random, tree: Any) -> tuple[Any, Any]:
    """Choose a place: a container, and the key or index in it."""
    places = [(tree, 0)]
    for container, name in places:  # grows on the way
        inner = container[name]
        if len(places) > 1000:
            break
        if isinstance(inner, dict):
            places += [(inner, key) for key in inner]
        elif isinstance(inner, list):
            places += [(inner, index) for index in range(len(inner))]
    return random.choice(places)


def _set(random: Random, container: Any, name: Any) -> None:
    container[name] = copy.deepcopy(random.choice(VALUES))


def _drop(random: Random, container: Any, name: Any) -> None:
    del container[name]
    if not container and isinstance(container, list):
        container.append(None)


def _rename(random: Random, container: Any, name: Any) -> None:
    if isinstance(name, str):
        other = random.choice(
            (name[:-1], name.upper(), f"{name}s", f" {name}", "", "\u202e" + name, "x" * 300, "__proto__")
        )
        container[other] = container.pop(name)


def _wrap(random: Random, container: Any, name: Any) -> None:
    inner = container[name]
    container[name] = random.choice(([inner], {"value": inner}, {str(name): inner}, str(inner)[:5000]))


def _swap(random: Random, container: Any, name: Any) -> None:
    other = random.choice(list(container) if isinstance(container, dict) else range(len(container)))
    container[name], container[other] = container[other], container[name]


def _grow(random: Random, container: Any, name: Any) -> None:
    inner = container[name]
    if isinstance(inner, list):
        container[name] = (inner * random.choice((2, 10, 50)))[:200]
    elif isinstance(inner, dict):
        inner.update({f"extra{number}": random.choice(VALUES[:20]) for number in range(random.choice((1, 3, 60)))})
    elif isinstance(inner, str):
        container[name] = (inner * random.choice((2, 100)))[:10_000]
    elif isinstance(inner, int | float) and not isinstance(inner, bool):
        container[name] = inner * random.choice((-1, 1000))


def _scribble(random: Random, container: Any, name: Any) -> None:
    inner = container[name]
    if isinstance(inner, str):
        at = random.randrange(len(inner) + 1)
        container[name] = inner[:at] + random.choice(PIECES).decode("utf-8", "surrogateescape") + inner[at:]


_TREE_CHANGES = [_set, _set, _set, _drop, _drop, _rename, _rename, _wrap, _swap, _grow, _scribble]
