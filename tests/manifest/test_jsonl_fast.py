"""Many lines at once give what they give one by one, or nothing is said of them; of a large file little is kept."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from gemspec.domain.errors import Problem
from gemspec.domain.training_data import Contents, Example
from gemspec.identity import conversation
from gemspec.manifest import load
from gemspec.manifest.data import dataset, jsonl
from gemspec.manifest.data.jsonl_fast import FastLines
from gemspec.manifest.data.rows import Fields, Rows
from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.vertex.spec import SPEC as VERTEX

from .manifest_fixture import PROJECT, VERTEX as ON_VERTEX, model, on_vertex, only, write

if TYPE_CHECKING:
    from gemspec.domain.training_data import TrainingExample
    from gemspec.providers.spec import ProviderSpec

PAIR = b'{"textInput": "1", "output": "2"}'
CHAT = b'{"contents": [{"role": "user", "parts": [{"text": "1"}]}, {"role": "model", "parts": [{"text": "2"}]}]}'
TOLD = CHAT[:-1] + b', "systemInstruction": {"parts": [{"text": "Be brief."}]}}'

# Each is read at once, and is this.
PLAIN: dict[str, tuple[bytes, TrainingExample]] = {
    "a pair": (PAIR, Example("1", "2")),
    "the other spelling": (b'{"output":"2","text_input":"1"}', Example("1", "2")),
    "escapes": (rb'{"textInput": "\"\\\n\u00e9\ud83d\ude00", "output": "\/"}', Example('"\\\né\U0001f600', "/")),
    "a line end of Windows": (PAIR + b"\r", Example("1", "2")),
    "a text and its answer": (CHAT, Example("1", "2")),
    "a conversation": (
        b'{"contents": [{"parts": [{"text": "\\""}, {"text": "2"}], "role": "user"},'
        b' {"role": "model", "parts": [{"text": "\xc3\xa9\\u0001"}]}]}',
        Contents(
            '{"contents":[{"parts":[{"text":"\\""},{"text":"2"}],"role":"user"},'
            '{"parts":[{"text":"é\\u0001"}],"role":"model"}]}'
        ),
    ),
    "an instruction": (
        TOLD,
        Contents(
            '{"contents":[{"parts":[{"text":"1"}],"role":"user"},{"parts":[{"text":"2"}],"role":"model"}],'
            '"systemInstruction":{"parts":[{"text":"Be brief."}]}}'
        ),
    ),
}
PLAIN["an instruction with a role"] = TOLD[:-2] + b', "role": "system"}}', PLAIN["an instruction"][1]
# Each is left to be read by itself.
DOUBTFUL = {
    "a field twice": b'{"textInput": "1", "textInput": "1", "output": "2"}',
    "a field twice, in other letters": b'{"text\\u0049nput": "1", "textInput": "1", "output": "2"}',
    "a field twice, with hidden quotes": b'{"output": "", "textInput": "\\u0022\\u0022\\u0022\\u0022", "output": "2"}',
    "text of a conversation twice": CHAT.replace(b'{"text": "1"}', b'{"text": "1", "text": "1"}'),
    "an instruction of nothing": CHAT[:-1] + b', "systemInstruction": null}',
    "another spelling of an instruction": TOLD.replace(b"systemI", b"system_i"),
    "half a surrogate": b'{"textInput": "\\ud800", "output": "2"}',
    "a control character": b'{"textInput": "\t", "output": "2"}',
    "bytes that are no text": b'{"textInput": "\xff", "output": "2"}',
    "too long for the Gemini API": b'{"textInput": "1", "output": "%b"}' % (b"2" * 5_001),
    "a number": b'{"textInput": 1, "output": "2"}',
    "one field more": b'{"textInput": "1", "output": "2", "id": "3"}',
    "no object": b'["1", "2"]',
    "two objects": PAIR + PAIR,
    "nothing": b"",
    "no turns": b'{"contents": []}',
    "the answer first": CHAT.replace(b"user", b"MODEL").replace(b"model", b"user").replace(b"MODEL", b"model"),
    "a part that is no text": CHAT.replace(b'"text": "1"', b'"fileData": {"mimeType": "x", "fileUri": "y"}'),
    "a turn of nothing": CHAT.replace(b'[{"text": "1"}]', b"[]"),
}


def read(*lines: bytes, service: ProviderSpec | None = VERTEX) -> list[TrainingExample] | None:
    found = FastLines(Fields(service=service)).read(lines)
    if found is None:
        return None
    examples, texts = found
    assert texts == [conversation.texts_of(example) for example in examples]
    return examples


def one_by_one(line: bytes, fields: Fields) -> list[Any]:
    """What the reader says of a line that the fast one does not answer."""
    stream = io.BufferedReader(io.BytesIO(PAIR + b"\n\n" + line + b"\n"))  # a blank line is not plain
    _, *found = jsonl.read_jsonl(stream, "d", fields)
    return [item if isinstance(item, Problem) else item.examples[0] for item in found]


@pytest.mark.parametrize(("line", "example"), PLAIN.values(), ids=PLAIN)
def test_plain(line: bytes, example: TrainingExample) -> None:
    """One of them, and several."""
    assert read(line) == [example]
    assert read(line, line) == [example, example]
    assert one_by_one(line, Fields(service=VERTEX)) == [example]


@pytest.mark.parametrize("line", DOUBTFUL.values(), ids=DOUBTFUL)
def test_doubtful(line: bytes) -> None:
    """Nothing is said of it, nor of what is beside it."""
    assert read(line, service=GEMINI) is None
    assert read(CHAT if b"contents" in line else PAIR, line, service=GEMINI) is None


def test_fields_of_other_names() -> None:
    """Those that the manifest names; a field may be named as that of a conversation is."""
    found = FastLines(Fields(("q",), ("a",))).read([b'{"a": "2", "q": "1"}'])
    assert found
    assert found[0] == [Example("1", "2")]
    assert FastLines(Fields(("q",), ("a",))).read([PAIR]) is None
    assert FastLines(Fields(("contents",), ("a",))).read([CHAT]) is None
    assert FastLines(Fields(("q",), ("q",))).read([b'{"q": "1"}']) is None
    assert FastLines(Fields(("q\n",), ('"',))).read([rb'{"q\n": "1", "\"": "2"}']) is None


texts = st.text(alphabet=st.sampled_from('aé\U0001f600"\\/\n\t\x00\x7f\u2028 {}:,[]'), max_size=8)
parts = st.lists(st.fixed_dictionaries({"text": texts}), max_size=2)
turns = st.fixed_dictionaries({"parts": parts, "role": st.sampled_from(["user", "model", "model "])})
rows = st.one_of(
    st.fixed_dictionaries({"textInput": texts, "output": texts}),
    st.fixed_dictionaries({"output": texts | st.none(), "text_input": texts}),
    st.fixed_dictionaries(
        {"contents": st.lists(turns, min_size=1, max_size=3)},
        optional={"systemInstruction": st.fixed_dictionaries({"parts": parts}, optional={"role": texts}) | st.none()},
    ),
)
written = st.builds(
    lambda row, ascii_, tight: json.dumps(row, ensure_ascii=ascii_, separators=(",", ":") if tight else None).encode(),
    rows,
    st.booleans(),
    st.booleans(),
)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A line, some piece of which may stand there twice, or not at all, or be another."""
    line = draw(written)
    for _ in range(draw(st.integers(0, 2))):
        start, end = sorted((draw(st.integers(0, len(line))), draw(st.integers(0, len(line)))))
        piece = draw(st.sampled_from([line[start:end] * 2, b"", b'"', b"\\u0022", b"\\", b" ", b",", b"\xff", b"null"]))
        line = line[:start] + piece + line[end:]
    return line.replace(b"\n", b" ")


@settings(max_examples=1_500)
@given(spoilt(), st.sampled_from([VERTEX, GEMINI, None]))
def test_both_agree(line: bytes, service: ProviderSpec | None) -> None:
    """Where the fast one answers, so does the other."""
    if (found := read(line, service=service)) is not None:
        assert one_by_one(line, Fields(service=service)) == found


@given(
    st.lists(st.builds(Example, texts, texts) | st.builds(lambda a: conversation.instructed(Example(a, a), a), texts))
)
def test_their_size(examples: list[TrainingExample]) -> None:
    """Counted together they are as long as they are when they are sent."""
    assert dataset._size_of(examples) == sum(len(conversation.line_of(example)) for example in examples)


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\n\n"])
def test_blocks(block: int, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a block ends, lines are whole and numbered as in the file; what is wrong is reported at its line."""
    lines = [f'{{"textInput": "{n}", "output": "{n * n}"}}' if n % 5 else "{}" for n in range(1, 40)]
    monkeypatch.setattr(jsonl, "_BLOCK", block)
    stream = io.BufferedReader(io.BytesIO(("\ufeff" + "\n".join(lines) + end).encode()))
    found = list(jsonl.read_jsonl(stream, "d", Fields()))
    seen = {
        rows.place(at).line: text for rows in found if isinstance(rows, Rows) for at, text in enumerate(rows.examples)
    }
    assert seen == {n: Example(str(n), str(n * n)) for n in range(1, 40) if n % 5}
    assert {problem.origin.line for problem in found if isinstance(problem, Problem) and problem.origin} == {
        *range(5, 40, 5)
    }


@pytest.mark.parametrize("project", [PROJECT, ON_VERTEX])
def test_layout_does_not_count(project: str, here: Path) -> None:
    """A file that is read at once, and one that is not, hold the same data and get the same advice."""
    lines = [f'{{"textInput": "{n % 30}", "output": "{n % 31}"}}' for n in range(40)]
    found = []
    for text in ("\n".join(lines), "\n".join([*lines[:20], "", *lines[20:]])):
        write(here, {"gemspec.yaml": project, "m.yaml": _manifest(project), "d.jsonl": text})
        workspace = load()
        found.append((only(workspace).dataset, workspace.examples("numbers"), len(workspace.warnings)))
    assert found[0] == found[1]
    assert found[0][0].examples == 40


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_memory(here: Path) -> None:
    """Ten times the data take the memory that one part of it takes."""
    peaks = []
    for size in (10, 100):
        rows = (f'{{"textInput": "{n} {"x" * 2_000}", "output": "y"}}\n' for n in range(500))
        write(here, {"gemspec.yaml": ON_VERTEX, "m.yaml": _manifest(ON_VERTEX), "d.jsonl": "".join(rows) * size})
        program = "from gemspec.manifest import load; load(); print(open('/proc/self/status').read())"
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        peaks.append(int(said.partition("VmHWM:")[2].split()[0]))
    assert peaks[1] - peaks[0] < 10_000  # kilobytes, of 90,000 more that were read


def _manifest(project: str) -> str:
    make = model if project == PROJECT else on_vertex
    data = {"hyperparameters": {"epochCount": 1}, "trainingData": {"files": ["d.jsonl"]}}
    return make(tuningTask=data)
