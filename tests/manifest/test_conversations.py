"""Data files of conversations: what is read, what is reported, and what of it the Gemini API can use.

The tables are meant to be read top to bottom.
"""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from gemspec.domain.errors import InputError, Origin
from gemspec.domain.training_data import Contents, Example
from gemspec.identity import conversation, fingerprint
from gemspec.manifest import load
from gemspec.manifest.data.conversations import read_conversation
from gemspec.manifest.data.dataset import TRAINING, VALIDATION, TrainingData
from gemspec.manifest.data.rows import Fields, Rows
from gemspec.manifest.syntax.documents import read_documents
from gemspec.providers.gemini.spec import SPEC as GEMINI_API
from gemspec.providers.vertex.spec import SPEC as SERVICE

from .manifest_fixture import PROJECT, VERTEX, model, on_vertex, only, problems, write

if TYPE_CHECKING:
    from pathlib import Path

    from gemspec.providers.spec import ProviderSpec

ASKED, ANSWERED = {"role": "user", "parts": [{"text": "1"}]}, {"role": "model", "parts": [{"text": "2"}]}
TOLD = {"parts": [{"text": "Be brief."}]}
LONG = [ASKED, ANSWERED, ASKED, ANSWERED]


def data(*rows: object) -> str:
    """JSON Lines of these rows."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def task(**training_data: Any) -> dict[str, Any]:
    return {"hyperparameters": {"epochCount": 3}, "trainingData": training_data}


def on(project: str, here: Path, rows: str, **spec: Any) -> None:
    """A project with a model that learns from d.jsonl."""
    make = on_vertex if project == VERTEX else model
    manifest = make(tuningTask=task(files=["d.jsonl"]), **spec)
    write(here, {"gemspec.yaml": project, "m.yaml": manifest, "d.jsonl": rows})


def test_both_forms_in_one_file(here: Path) -> None:
    """Rows of either form follow each other; what is but a text and its answer is the same example in both."""
    on(VERTEX, here, data({"textInput": "1", "output": "2"}, {"contents": [ASKED, ANSWERED]}, {"contents": LONG}))
    workspace = load()
    read_back = workspace.examples("numbers")
    assert read_back[:2] == [Example("1", "2")] * 2
    assert isinstance(read_back[2], Contents)
    assert only(workspace).dataset == fingerprint.fingerprint(read_back)
    assert only(workspace).dataset.characters > len("1212")


def test_a_json_array(here: Path) -> None:
    """Other formats hold conversations, too."""
    on(VERTEX, here, "")
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(tuningTask=task(files=["d.json"]))})
    write(
        here, {"gemspec.yaml": VERTEX, "d.json": json.dumps([{"contents": LONG}, {"contents": [ANSWERED]}], indent=1)}
    )
    found = problems()
    assert found == [
        'd.json:38: the first turn is the model\'s, begin with what it is asked: {"role": "user", "parts": [{"text": "..."}]}'
    ]


def test_an_input_of_that_name(here: Path) -> None:
    """A manifest that says that `contents` is the input is heeded."""
    write(
        here,
        {
            "gemspec.yaml": VERTEX,
            "m.yaml": on_vertex(tuningTask=task(files=["d.jsonl"], inputKey="contents")),
            "d.jsonl": data({"contents": "1", "output": "2"}),
        },
    )
    assert load().examples("numbers") == [Example("1", "2")]


@pytest.mark.parametrize("spelling", ["systemInstruction", "system_instruction"])
def test_an_instruction_for_all(here: Path, spelling: str) -> None:
    """It is as if each row had it: the fingerprint is the same."""
    told = {spelling: {"role": "system", **TOLD}}
    on(VERTEX, here, data({"contents": [ASKED, ANSWERED], **told}, {"contents": LONG, **told}))
    by_row, rows = only(load()), load().examples("numbers")
    on(VERTEX, here, data({"textInput": "1", "output": "2"}, {"contents": LONG}), systemInstruction="Be brief.\r\n")
    by_manifest = load()
    assert by_manifest.examples("numbers") == rows
    assert only(by_manifest).dataset == by_row.dataset
    assert conversation.texts_of(rows[0]) == ("Be brief.", "1", "2")


def test_two_instructions(here: Path) -> None:
    """A row that has one of its own does not say which counts."""
    rows = data({"contents": LONG}, {"contents": LONG, "systemInstruction": TOLD})
    on(VERTEX, here, rows, systemInstruction="Be long.")
    assert problems() == [
        "d.jsonl:2: this example has a systemInstruction, and so has the manifest for all examples, keep one of them"
    ]


def turns(*roles: str) -> dict[str, Any]:
    return {"contents": [{"role": role, "parts": [{"text": "x"}]} for role in roles]}


def part(value: object) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [value]}, ANSWERED]}


A_TURN = '{"role": "user", "parts": [{"text": "..."}]}'
AN_ANSWER = '{"role": "model", "parts": [{"text": "..."}]}'
BAD_ROWS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no list": ({"contents": "1"}, [f"contents must be a list of turns, write [{A_TURN}, {AN_ANSWER}]"]),
    "null": ({"contents": None}, [f"contents must be a list of turns, write [{A_TURN}, {AN_ANSWER}]"]),
    "no turns": ({"contents": []}, [f"contents must be a list of turns, write [{A_TURN}, {AN_ANSWER}]"]),
    "a turn that is a text": ({"contents": ["x", ANSWERED]}, [f"contents[0] must be an object, write {A_TURN}"]),
    "no answer": (turns("user"), [f"the last turn is the user's, end with the answer that is to be learnt: {AN_ANSWER}"]),
    "no question": (turns("model"), [f"the first turn is the model's, begin with what it is asked: {A_TURN}"]),
    "backwards": (
        turns("model", "user"),
        [
            f"the first turn is the model's, begin with what it is asked: {A_TURN}",
            f"the last turn is the user's, end with the answer that is to be learnt: {AN_ANSWER}",
        ],
    ),
    "roles of other services": (
        turns("user", "assistant"),
        ['contents[1].role cannot be "assistant", write "model"'],
    ),
    "a role in capitals": (turns("User", "model"), ['contents[0].role cannot be "User", write "user" or "model"']),
    "a role that is none": (
        {"contents": [{"role": 1, "parts": [{"text": "x"}]}, ANSWERED]},
        ['contents[0].role cannot be 1, write "user" or "model"'],
    ),
    "an instruction as a turn": (
        turns("system", "user", "model"),
        [
            'contents[0].role cannot be "system", write it beside contents, as '
            '"systemInstruction": {"parts": [{"text": "..."}]}'
        ],
    ),
    "no role": ({"contents": [{"parts": [{"text": "x"}]}, ANSWERED]}, ['contents[0] has no role, write "role": "user" or "role": "model"']),
    "no parts": ({"contents": [{"role": "user"}, ANSWERED]}, ['contents[0] has no parts, write "parts": [{"text": "..."}]']),
    "parts by another name": (
        {"contents": [{"role": "user", "content": "x"}, ANSWERED]},
        ['unknown field "content" in contents[0], write "parts": [{"text": "..."}]'],
    ),
    "parts misspelt": (
        {"contents": [{"role": "user", "part": [{"text": "x"}]}, ANSWERED]},
        ['unknown field "part" in contents[0], write "parts": [{"text": "..."}]'],
    ),
    "parts that are a text": (
        {"contents": [{"role": "user", "parts": "Hi"}, ANSWERED]},
        ['contents[0].parts must be a list of parts, write [{"text": "Hi"}]'],
    ),
    "no part": ({"contents": [ASKED, {"role": "model", "parts": []}]}, ['contents[1].parts must be a list of parts, write [{"text": "..."}]']),
    "a part that is a text": (part("Hi"), ['contents[0].parts[0] must be an object, write {"text": "..."}']),
    "a part of nothing": (part({}), ['contents[0].parts[0] holds nothing, write {"text": "..."}']),
    "a part misspelt": (part({"txt": "Hi"}), ['unknown field "txt" in contents[0].parts[0], did you mean "text"?']),
    "a number": (part({"text": 1}), ['contents[0].parts[0].text must be text, put quotes around it: "1"']),
    "a boolean": (part({"text": True}), ['contents[0].parts[0].text must be text, write "..."']),
    "a part of two kinds": (
        part({"text": "Hi", "inlineData": {"mimeType": "image/png", "data": "aGk="}}),
        ["contents[0].parts[0] holds text and inlineData, write a part for each of them"],
    ),
    "a file without a type": (
        part({"fileData": {"fileUri": "gs://b/a.png"}}),
        ['contents[0].parts[0].fileData has no mimeType, write {"mimeType": "...", "fileUri": "..."}'],
    ),
    "a file that is an address": (
        part({"file_data": "gs://b/a.png"}),
        ['contents[0].parts[0].fileData must be an object, write {"mimeType": "...", "fileUri": "..."}'],
    ),
    "a file misspelt": (
        part({"fileData": {"fileUri": "gs://b/a.png", "mimetype": "image/png"}}),
        ['unknown field "mimetype" in contents[0].parts[0].fileData, did you mean "mimeType"?'],
    ),
    "a function without a name": (
        part({"functionCall": {"args": {}}}),
        ['contents[0].parts[0].functionCall has no name, write {"name": "..."}'],
    ),
    "an instruction that is a text": (
        {"contents": [ASKED, ANSWERED], "systemInstruction": "Be brief."},
        ['systemInstruction must be an object, write {"parts": [{"text": "..."}]}'],
    ),
    "an instruction without parts": (
        {"contents": [ASKED, ANSWERED], "systemInstruction": {"role": "system"}},
        ['systemInstruction has no parts, write "parts": [{"text": "..."}]'],
    ),
    "an instruction with a picture": (
        {"contents": [ASKED, ANSWERED], "systemInstruction": {"parts": [{"inlineData": {"mimeType": "image/png", "data": ""}}]}},
        ['systemInstruction holds more than text, write parts of the form {"text": "..."}'],
    ),
    "an instruction twice": (
        {"contents": [ASKED, ANSWERED], "systemInstruction": TOLD, "system_instruction": TOLD},
        ["system_instruction and systemInstruction are two spellings of one field, keep one of them"],
    ),
    "an instruction by another name": (
        {"contents": [ASKED, ANSWERED], "system": "Be brief."},
        ['unknown field "system", did you mean "systemInstruction"?'],
    ),
    "both forms": (
        {"contents": [ASKED, ANSWERED], "textInput": "1", "output": "2"},
        ["contents and textInput are two forms of one example, keep one of them"],
    ),
    "fields of nobody's": (
        {"contents": [ASKED, ANSWERED], "id": 7},
        ['unknown field "id", the fields here are contents, systemInstruction, tools and generationConfig'],
    ),
    "tools that are a block": (
        {"contents": [ASKED, ANSWERED], "tools": {}},
        ['tools must be a list of objects, write [{"functionDeclarations": [...]}]'],
    ),
    "settings that are a text": (
        {"contents": [ASKED, ANSWERED], "generationConfig": "low"},
        ['generationConfig must be an object, write {"mediaResolution": "..."}'],
    ),
    "half of a pair": (
        part({"text": "\ud800"}),
        ["half of a surrogate pair is not a character, write the character itself, or both halves"],
    ),
    "a form of other services": (
        {"messages": [{"role": "user", "content": "1"}]},
        [f'messages is not how a conversation is written here, Vertex AI has "contents": [{A_TURN}, {AN_ANSWER}]'],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("row", "expected"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_bad_rows(here: Path, row: dict[str, Any], expected: list[str]) -> None:
    """Every mistake of a row is reported, with its place and what to write."""
    on(VERTEX, here, data({"contents": LONG}, row))
    assert problems() == [f"d.jsonl:2: {line}" for line in expected]


def test_a_number_beyond_all(here: Path) -> None:
    """JSON can say it, and no upload could."""
    row = data({"contents": [ASKED, {"role": "model", "parts": [{"functionCall": {"name": "f", "args": 7}}]}]})
    on(VERTEX, here, row.replace("7", "1e999"))
    assert problems() == ["d.jsonl:1: a number here is too large, write a smaller one"]


def test_what_is_not_text_is_taken(here: Path) -> None:
    """Pictures, functions, tools: as the API takes them."""
    rows = [
        part({"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}),
        part({"inline_data": {"mime_type": "image/png", "data": "aGk="}}),
        {
            "contents": [ASKED, {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"x": 1}}}]}],
            "tools": [{}],
        },
        {"contents": [ASKED, ANSWERED], "generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"}},
    ]
    on(VERTEX, here, data(*rows))
    assert load().examples("numbers") == [conversation.example_of(row) for row in rows]


GEMINI = {
    "an instruction": ({"contents": [ASKED, ANSWERED], "system_instruction": TOLD}, "this example has a systemInstruction"),
    "several turns": ({"contents": LONG}, "this is a conversation of 4 turns"),
    "a picture": (part({"fileData": {"mimeType": "a/b", "fileUri": "gs://b/a"}}), "this is more than a text and its answer"),
}  # fmt: skip


@pytest.mark.parametrize("project", [PROJECT, PROJECT.replace("emulator", "gemini")], ids=["emulator", "gemini"])
@pytest.mark.parametrize(("row", "summary"), GEMINI.values(), ids=GEMINI)
def test_conversations_on_the_gemini_api(here: Path, project: str, row: dict[str, Any], summary: str) -> None:
    """It learns from single texts and answers only, and each other row gets that message."""
    on(project, here, data({"contents": [ASKED, ANSWERED]}, row))
    (line,) = problems()
    assert line.startswith(
        f'd.jsonl:2: {summary}, which the Gemini API cannot learn from, write {{"textInput": "...", "output": "..."}}, or '
    )
    assert line.endswith("vertex block in the project file" if project == PROJECT else "with provider: vertex")


def test_lengths_on_the_gemini_api(here: Path) -> None:
    """Its limits hold for every form, and for no other service."""
    long = {
        "contents": [
            {"role": "user", "parts": [{"text": "x" * 40_001}]},
            {"role": "model", "parts": [{"text": "y" * 5_001}]},
        ]
    }
    on(PROJECT, here, data(long))
    assert problems() == [
        "d.jsonl:1: contents[0].parts[0].text has 40,001 characters, at most 40,000 are allowed",
        "d.jsonl:1: contents[1].parts[0].text has 5,001 characters, at most 5,000 are allowed",
    ]
    on(VERTEX, here, data(long, {"textInput": "x" * 40_001, "output": "y" * 5_001}))
    assert len(load().examples("numbers")) == 2


def limited(**limits: int) -> ProviderSpec:
    """The service with other limits."""
    return replace(SERVICE, limits=replace(SERVICE.limits, **limits))


LIMITS = {
    "examples": (limited(max_examples=2), TRAINING, "has more than 2 examples"),
    "as many as that": (limited(max_examples=3), TRAINING, None),
    "bytes": (limited(max_upload=1024**2), TRAINING, "makes a file of more than 1 MB"),
    "validation": (limited(max_validation=2), VALIDATION, "has more than 2 examples"),
    "no service": (None, TRAINING, None),
}


@pytest.mark.parametrize(("service", "block", "expected"), LIMITS.values(), ids=LIMITS)
def test_limits(here: Path, service: ProviderSpec | None, block: str, expected: str | None) -> None:
    """What Vertex AI would refuse is reported before anything is sent."""
    examples = [{"textInput": "x" * 500_000, "output": "y"}] * 3
    documents, _ = read_documents(on_vertex(tuningTask={block: {"examples": examples}}).encode(), "m.yaml")
    _, problems = TrainingData(here, documents[0], service, block).measure(lambda _: None)
    wanted = f"m.yaml:6:{len(block) + 21}: {block} {expected}, Vertex AI takes no more: leave some out"
    assert [str(problem) for problem in problems] == ([wanted] if expected else [])


def test_validation_data(here: Path) -> None:
    """It is read, checked and told like training data, and read once more for the create that sends it."""
    spec = task(files=["d.jsonl"]) | {"validationData": {"files": ["v.jsonl"]}}
    files = {"m.yaml": on_vertex(systemInstruction="Be brief.", tuningTask=spec), "d.jsonl": data({"contents": LONG})}
    write(here, {"gemspec.yaml": VERTEX, **files, "v.jsonl": data({"textInput": "1", "output": "2"})})
    workspace = load()
    wanted = [conversation.instructed(Example("1", "2"), "Be brief.")]
    assert workspace.validation("numbers") == wanted
    assert only(workspace).extras["validationData"] == fingerprint.fingerprint(wanted).fingerprint
    (here / "v.jsonl").write_text(data({"contents": [ANSWERED]}))
    assert problems() == [f"v.jsonl:1: the first turn is the model's, begin with what it is asked: {A_TURN}"]
    with pytest.raises(InputError, match="the first turn is the model's"):
        workspace.validation("numbers")
    (here / "v.jsonl").write_text(data({"textInput": "1", "output": "3"}))
    with pytest.raises(InputError, match="the validation data of numbers changed since it was planned, plan again"):
        workspace.validation("numbers")
    assert only(load()).dataset == only(workspace).dataset
    with pytest.raises(KeyError):
        workspace.validation("other")


names = st.sampled_from(
    ["contents", "systemInstruction", "system_instruction", "tools", "role", "parts", "text", "fileData", "file_data",
     "mimeType", "functionCall", "name", "textInput", "output", "x"]
)  # fmt: skip
leaves = st.none() | st.booleans() | st.sampled_from(["user", "model", "", "\ud800", "x"]) | st.floats() | st.integers()
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
said = st.fixed_dictionaries({"text": leaves}) | anything
spoken = st.fixed_dictionaries({"role": leaves, "parts": st.lists(said, max_size=2)}) | anything
rows = st.fixed_dictionaries(
    {"contents": st.lists(spoken, max_size=3) | anything}, optional={"systemInstruction": spoken}
)


@settings(max_examples=400, deadline=None)
@given(rows | st.dictionaries(names, anything), st.sampled_from([SERVICE, GEMINI_API, None]))
def test_any_row(row: dict[str, Any], service: ProviderSpec | None) -> None:
    """Whatever is in a row, it is an example that can be sent, or a problem that says what to write."""
    row = {"contents": None, **row}
    for item in read_conversation(row, Origin("d.jsonl", 1), Fields(service=service)):
        if isinstance(item, Rows):
            [example] = item.examples
            line = conversation.line_of(example)
            assert conversation.example_of(json.loads(line)) == example
            assert conversation.has_instruction(conversation.instructed(example, "x"))
            assert all(isinstance(text, str) for text in conversation.texts_of(example))
        else:
            assert item.summary
            assert item.detail
