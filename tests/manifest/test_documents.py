"""Bytes to documents: what strict YAML and JSON refuse, and at which place."""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from gemspec.manifest.syntax.documents import read_documents

from .manifest_fixture import TRICKY

SYNTAX = {
    "a tab": (b"a:\n\tb: 1\n", "2:1: a tab stands where YAML wants spaces, indent with spaces"),
    "a NUL": (b"a: x\nb: y\0z\n", '2:5: a NUL is not allowed here, remove it, or write it as "\\x00" in double quotes'),
    "a byte of Latin-1": (b"a: 1\nb: caf\xe9\n", "2:7: the byte 0xe9 is not UTF-8, save the file as UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), "1:1: the file is in UTF-16, save it as UTF-8"),
    "UTF-32": ("a: 1".encode("utf-32"), "1:1: the file is in UTF-32, save it as UTF-8"),
    "a line separator": (
        "a: 'x\u2028y'".encode(),
        "1:6: U+2028 is a line end to some YAML readers and a character to others, "
        'write it as "\\u2028" in double quotes',
    ),
    "a colon in text": (
        b"a: b: c\n",
        '1:5: a ": " is not allowed here, put quotes around text that holds ": ", otherwise check the indentation',
    ),
    "an open quote": (b"a: 1\nb: 'x\n", "2:4: the quote that opens here is never closed, close it with the same quote"),
    "an open list": (
        b"a: [1, 2\nb: 3\n",
        '1:4: the list that "[" opens here is not closed, write "," between items, "]" at the end',
    ),
    "an open mapping": (
        b"a: {b: 1\n",
        '1:4: the block that "{" opens here is not closed, write "," between fields, "}" at the end',
    ),
    "wrong indentation": (
        b"a:\n  b: 1\n c: 2\n",
        "3:2: this line does not fit the lines above it, indent it as deep as the other fields of its block",
    ),
    "an @": (b"a: @x\n", '1:4: text cannot begin with "@" here, put quotes around it'),
    "an unknown escape": (b'a: "\\q"\n', "1:5: YAML has no such escape, write a backslash in double quotes as \\\\"),
    "a text block": (
        b"a: |x\n  y\n",
        '1:5: this text block is not begun right, write "|" alone, and the text indented below it',
    ),
    "an asterisk": (b"a: **x**\n", '1:5: text cannot begin with "&" or "*" here, put quotes around it'),
    "a list beside its field": (b"a: - x\n", '1:4: a "- " is not allowed here, begin the list on a line of its own'),
    "an alias to nothing": (b"a: *x\n", '1:4: "*x" refers to an anchor that is not above it, write "&x" first'),
    "an alias to itself": (b"a: &x [*x]\n", '1:8: "*x" stands within what it refers to, write the value out'),
    "depth": (
        b"a: " + b"[" * 70 + b"]" * 70,
        "1:67: this is nested more than 64 levels deep, write it flatter",
    ),
}


@pytest.mark.parametrize(("data", "expected"), SYNTAX.values(), ids=SYNTAX)
def test_unreadable_yaml(data: bytes, expected: str) -> None:
    """What is no YAML is reported in plain words at the place of the mistake."""
    documents, problems = read_documents(data, "f.yaml")
    assert (documents, [str(problem) for problem in problems]) == ([], [f"f.yaml:{expected}"])


DOUBTFUL = {
    "equal keys": (b"a: 1\nb: 2\na: 3\n", '3:1: the field "a" stands here twice (first in line 1), keep one of them'),
    "a tag": (
        b"a: !!str 1\n",
        "1:4: tags (words that begin with !) are not supported, remove it, and put quotes around text",
    ),
    "a merge key": (b"a: &x {b: 1}\nc: {<<: *x}\n", '2:5: merge keys ("<<") are not supported, write the fields out'),
    "a mapping as key": (
        b"? {a: 1}\n: 2\n",
        '1:3: a field name must be plain text, write "name: value"; templates ({{ }}) are not filled in',
    ),
}


@pytest.mark.parametrize(("data", "expected"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_doubtful_yaml(data: bytes, expected: str) -> None:
    """What YAML allows and people get wrong is a problem of its document, and reading continues."""
    (document,), problems = read_documents(data, "f.yaml")
    assert not problems
    assert [str(problem) for problem in document.problems] == [f"f.yaml:{expected}"]


def test_alias_bomb() -> None:
    """Aliases that multiply are refused before anything is built from them."""
    levels = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [b"a%d: &a%d [%b]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)]
    documents, (problem,) = read_documents(b"\n".join(levels), "f.yaml")
    assert not documents
    assert problem.summary == "aliases make this document too large"


def test_plain_aliases_are_fine() -> None:
    """An anchor may be used again below it."""
    (document,), _ = read_documents(b"a: &x {b: 1}\nc: *x\n", "f.yaml")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}}


def test_reading_goes_on_at_the_next_document() -> None:
    """A document that cannot be read hides neither its neighbours nor their mistakes; lines stay those of the file."""
    documents, problems = read_documents(b"a: 1\n---\nb: [1\n---\nc: 3\n---\nd: @\n---\ne: 5\n", "f.yaml")
    assert [document.value for document in documents] == [{"a": 1}, {"c": 3}, {"e": 5}]
    assert [str(problem.origin) for problem in problems] == ["f.yaml:3:4", "f.yaml:7:4"]
    assert str(documents[2].origin(("e",))) == "f.yaml:9:4"


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfa: 1\r\nb: x\r\n", b"a: 1\rb: x", b"a: 1\nb: x\n"])
def test_marks_and_line_ends(data: bytes) -> None:
    """A byte order mark and any line ends are fine, and places are those an editor shows."""
    (document,), problems = read_documents(data, "f.yaml")
    assert (document.value, problems) == ({"a": 1, "b": "x"}, [])
    assert str(document.origin(("b",))) == "f.yaml:2:4"


SCALARS = {
    "1": 1, "-7": -7, "0.5": 0.5, "1e-3": 0.001, "5.": 5.0, ".5": 0.5, "~": None, "null": None, "true": True, "NO": False,
    "yes": True, "off": False, "text": "text", "1.2.3": "1.2.3", "v1": "v1", "y": "y", "+x": "+x",
}  # fmt: skip


@pytest.mark.parametrize(("written", "value"), SCALARS.items())
def test_plain_scalars(written: str, value: object) -> None:
    """Scalars without quotes mean what YAML 1.1 and 1.2 agree on; 1e-3 is a number."""
    (document,), _ = read_documents(f"a: {written}".encode(), "f.yaml")
    assert document.get("a") == value
    assert type(document.get("a")) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "012",
        "0x1F",
        "0o17",
        "0b11",
        "1_000",
        "0_1.5",
        "1:30",
        ".inf",
        "-.inf",
        ".nan",
        "1e999",
        "9" * 400,
        "2024-01-02",
        "2024-01-02T03:04:05Z",
    ],
)
def test_odd_scalars(written: str) -> None:
    """Scalars that YAML readers take for different things are neither text nor number."""
    (document,), _ = read_documents(f"a: {written}".encode(), "f.yaml")
    assert not isinstance(document.get("a"), str | int | float)


JSON = {
    "an open brace": (b'{"a": 1', '1:1: the "{" that opens here is never closed, write "}" at its end'),
    "a comma too many": (b'{"a": [1,]}', '1:10: JSON allows no "," before "]", remove the ","'),
    "a missing comma": (b'{"a": 1\n "b": 2}', '2:2: a "," or "}" is missing here, write it'),
    "a bare word": (b'{"a": yes}', "1:7: yes is not JSON, put double quotes around text"),
    "a bare key": (b"{a: 1}", '1:2: a field name in double quotes is missing here, write "name": value'),
    "an open quote": (b'{"a": "x', "1:7: the quote that opens here is never closed, close it"),
    "NaN": (b'{"a": NaN}', "1:7: this number is of no use, write a finite number with fewer digits"),
    "two documents": (b"{} {}", "1:4: there is something after the end of the document, remove it"),
    "depth": (b"[" * 99, "1:65: this is nested more than 64 levels deep, write it flatter"),
    "nothing after a colon": (b'{"a": }', "1:7: a value is missing here, write it"),
}


@pytest.mark.parametrize(("data", "expected"), JSON.values(), ids=JSON)
def test_unreadable_json(data: bytes, expected: str) -> None:
    """What is no JSON is reported in plain words at the place of the mistake."""
    documents, problems = read_documents(data, "f.json")
    assert (documents, [str(problem) for problem in problems]) == ([], [f"f.json:{expected}"])


def test_json_escapes_and_places() -> None:
    """JSON keeps its own rules: tabs, surrogate pairs, equal keys told with their places."""
    (document,), _ = read_documents(b'{\n\t"a": "\\ud83d\\ude00",\n\t"a": 1, "b": "\\ud83d"}', "f.json")
    assert document.value == {"a": "\U0001f600", "b": "\ud83d"}
    assert [str(problem) for problem in document.problems] == [
        'f.json:3:2: the field "a" stands here twice (first in line 2), keep one of them',
        "f.json:3:15: half of a surrogate pair (\\ud800 to \\udfff) is not a character, "
        "write the character itself, or both halves",
    ]


TEXT = st.text(TRICKY, max_size=6)
SIMPLE = st.none() | st.booleans() | st.integers(-1000, 1000) | TEXT
VALUES = SIMPLE | st.lists(SIMPLE, max_size=4) | st.dictionaries(TEXT, st.lists(SIMPLE, max_size=3), max_size=4)


@given(st.dictionaries(TEXT, VALUES, max_size=4), st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(value: object, indent: int | None) -> None:
    """Places cost nothing of the value."""
    (document,), problems = read_documents(json.dumps(value, indent=indent).encode(), "f.json")
    assert (document.value, problems) == (value, [])


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    """Whatever is in a file, reading gives documents or problems."""
    for name in ("f.yaml", "f.json"):
        documents, problems = read_documents(data, name)
        assert all(problem.origin for problem in problems)
        assert all(document.file == name for document in documents)


@given(st.text("ab:-[]{}&*!#|>'\"%@\\\n\t ,?~1.x", max_size=60))
def test_any_yaml_like_text(text: str) -> None:
    """Text full of YAML's own signs never raises."""
    read_documents(text.encode(), "f.yaml")
