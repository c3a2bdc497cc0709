"""Examples as conversations: a single form for all spellings, and the lines for Vertex AI."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.training_data import Contents, Example
from gemspec.identity import conversation as contents, fingerprint

SIMPLE = {"contents": [{"role": "user", "parts": [{"text": "1"}]}, {"role": "model", "parts": [{"text": "2"}]}]}


def chat(*turns: str, **fields: object) -> dict[str, object]:
    """A conversation of these texts, the user's first."""
    roles = ("user", "model") * len(turns)
    said = [{"role": role, "parts": [{"text": text}]} for role, text in zip(roles, turns, strict=False)]
    return {"contents": said, **fields}


PAIRS = {
    "a text and its answer": chat("1", "2"),
    "null for what is not there": chat("1", "2", systemInstruction=None, tools=None),
    "null beside a text": {
        "contents": [
            {"role": "user", "parts": [{"text": "1", "inlineData": None}]},
            {"role": "model", "parts": [{"text": "2"}]},
        ]
    },
}


@pytest.mark.parametrize("conversation", PAIRS.values(), ids=PAIRS)
def test_pairs(conversation: dict[str, object]) -> None:
    """They are text examples like all others, so that both spellings have the same fingerprint."""
    assert contents.example_of(conversation) == Example("1", "2")


TOLD = {"parts": [{"text": "Be brief."}]}
PART = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}
SNAKE = {"file_uri": "gs://b/a.png", "mime_type": "image/png"}
ANSWER = {"role": "model", "parts": [{"text": "2"}]}
SAME = {
    "systemInstruction": [
        chat("1", "2", systemInstruction=TOLD),
        chat("1", "2", system_instruction=TOLD),
        chat("1", "2", systemInstruction={"role": "system", **TOLD}),
        dict(reversed(chat("1", "2", systemInstruction=TOLD).items())),
    ],
    "a file": [
        {"contents": [{"role": "user", "parts": [{"text": "What is it?"}, PART]}, ANSWER]},
        {
            "contents": [
                {
                    "parts": [{"text": "What is it?"}, {"file_data": SNAKE}],
                    "role": "user",
                },
                dict(reversed(ANSWER.items())),
            ]
        },
    ],
    "settings": [
        chat("1", "2", generationConfig={"mediaResolution": "MEDIA_RESOLUTION_LOW"}),
        chat("1", "2", generation_config={"mediaResolution": "MEDIA_RESOLUTION_LOW"}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("spellings", SAME.values(), ids=SAME)
def test_spellings(spellings: list[dict[str, object]]) -> None:
    """All spellings of a conversation are the same example."""
    examples = {contents.example_of(spelling) for spelling in spellings}
    assert len(examples) == 1
    assert all(isinstance(example, Contents) for example in examples)


DIFFERENT = {
    "nothing more": chat("1", "2"),
    "an instruction": chat("1", "2", systemInstruction=TOLD),
    "more turns": chat("1", "2", "3", "4"),
    "two parts": {
        "contents": [
            {"role": "user", "parts": [{"text": "1"}, {"text": ""}]},
            {"role": "model", "parts": [{"text": "2"}]},
        ]
    },
    "tools": chat("1", "2", tools=[{"functionDeclarations": []}]),
    "two turns of the user's": {
        "contents": [
            {"role": "user", "parts": [{"text": "1"}]},
            {"role": "user", "parts": [{"text": ""}]},
            {"role": "model", "parts": [{"text": "2"}]},
        ]
    },
}


def test_what_counts() -> None:
    """A difference in anything that the model sees makes another example."""
    examples = [contents.example_of(row) for row in DIFFERENT.values()]
    assert len({fingerprint.fingerprint([example]).fingerprint for example in examples}) == len(DIFFERENT)


def test_arguments_of_function_calls_are_not_normalised() -> None:
    """The names there are the user's own."""
    call = {"function_call": {"name": "look_up", "args": {"file_uri": 1, "a": None}}}
    turns = [{"role": "user", "parts": [{"text": "1"}]}, {"role": "model", "parts": [call]}]
    (example,) = [contents.example_of({"contents": turns})]
    assert isinstance(example, Contents)
    found = json.loads(example.line)["contents"][1]["parts"]
    assert found == [{"functionCall": {"name": "look_up", "args": {"file_uri": 1, "a": None}}}]


def test_system_instructions() -> None:
    """An instruction becomes a part of the example, as if its row had had it."""
    told = contents.instructed(Example("1", "2"), "Be brief.")
    assert told == contents.example_of(chat("1", "2", systemInstruction=TOLD))
    more = contents.example_of(chat("1", "2", "3", "4"))
    assert contents.instructed(more, "Be brief.") == contents.example_of(
        chat("1", "2", "3", "4", systemInstruction=TOLD)
    )
    assert [contents.has_instruction(example) for example in (Example("1", "2"), more, told)] == [False, False, True]
    quoting = contents.example_of(chat('{"systemInstruction":{}}', "2", "3", "4"))
    assert not contents.has_instruction(quoting)


def test_texts() -> None:
    """Instruction, prompt and answer; other parts as JSON."""
    assert contents.texts_of(Example("1", "2")) == ("", "1", "2")
    told = contents.example_of(chat("1", "2", "3", "4", systemInstruction=TOLD))
    assert contents.texts_of(told) == ("Be brief.", "1\n2\n3", "4")
    seen = contents.example_of(SAME["a file"][0])
    assert contents.texts_of(seen)[1] == f"What is it?\n{fingerprint.conversation_line(PART)}"


def test_infinite_numbers() -> None:
    """JSON cannot hold them, so that no upload could."""
    with pytest.raises(ValueError, match="Out of range"):
        contents.example_of(chat("1", "2", tools=[{"x": float("inf")}]))


texts = st.text(max_size=8)
examples = st.lists(
    st.builds(Example, texts, texts)
    | st.lists(texts, min_size=4, max_size=6).map(lambda said: contents.example_of(chat(*said[: len(said) // 2 * 2]))),
    max_size=4,
)


@given(examples)
def test_the_upload_holds_the_same_examples(given_examples: list[Example | Contents]) -> None:
    """One line each, in order, in UTF-8; read back, they are the same examples, and the bytes are always the same."""
    data = b"".join(contents.jsonl(given_examples))
    lines = data.decode().split("\n")
    assert lines.pop() == ""
    assert [contents.example_of(json.loads(line)) for line in lines] == given_examples
    assert b"".join(contents.jsonl(given_examples)) == data
    assert [contents.line_of(example) for example in given_examples] == [f"{line}\n".encode() for line in lines]


def test_the_line_of_an_example() -> None:
    """To the letter, since an upload is named after its content: with another form all data would be sent again."""
    assert contents.line_of(Example("é", "2\n")).decode() == (
        '{"contents":[{"parts":[{"text":"é"}],"role":"user"},{"parts":[{"text":"2\\n"}],"role":"model"}]}\n'
    )
