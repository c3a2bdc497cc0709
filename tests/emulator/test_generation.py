"""generateContent, streamGenerateContent and the base models."""

import json

import pytest

from gemspec.emulator.kernel.generation import nearest_output


def ask(text, **fields):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **fields}


@pytest.fixture
def trained(emulator, order):
    emulator.post(
        "tunedModels?tunedModelId=m", order(examples=[(" LXIII ", "LXIV"), ("three", "four"), ("thirty", "31")])
    )
    emulator.wait()
    return emulator


def text_of(answer):
    return answer["candidates"][0]["content"]["parts"][0]["text"]


def test_an_answer_field_for_field(trained):
    """A tuned model answers what it was trained on, in the service's shape."""
    assert trained.post("tunedModels/m:generateContent", ask(" three ")) == {
        "candidates": [{"content": {"parts": [{"text": "four"}], "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 1, "totalTokenCount": 3},
        "modelVersion": "m",
    }


@pytest.mark.parametrize(
    ("prompt", "output"), [("LXIII", "LXIV"), ("threee", "four"), ("Thirty!", "31"), ("LXI", "LXIV")]
)
def test_nearest(trained, prompt, output):
    """Exactly what it was trained on, blanks around it aside; else the nearest example."""
    assert text_of(trained.post("tunedModels/m:generateContent", ask(prompt))) == output


def test_nearest_is_the_first_of_equals():
    """The same prompt gets the same answer, also where nothing is like it."""
    assert nearest_output([("a", "first"), ("b", "second"), ("a", "third")], "zzz") == "first"
    assert nearest_output([("a", "first"), ("b", "second"), ("a", "third")], "a") == "first"


def test_server_sent_events(trained):
    """alt=sse gives one `data:` line a chunk; the last has the finish reason and the usage."""
    response = trained.send("POST", "/v1beta/tunedModels/m:streamGenerateContent?alt=sse", json=ask("three"))
    assert response.headers["content-type"].startswith("text/event-stream")
    chunks = [json.loads(event.removeprefix("data: ")) for event in response.text.split("\r\n\r\n") if event]
    assert [text_of(chunk) for chunk in chunks] == ["fo", "ur"]
    assert ["finishReason" in chunk["candidates"][0] for chunk in chunks] == [False, True]
    assert "usageMetadata" in chunks[1]


def test_stream_as_an_array(trained):
    """Without alt=sse a stream is a JSON array of the chunks."""
    chunks = trained.post("tunedModels/m:streamGenerateContent", ask("three"))
    assert "".join(map(text_of, chunks)) == "four"


def test_under_v1_too(trained):
    """v1 serves generation of tuned models and the base models."""
    response = trained.send("POST", "/v1/tunedModels/m:generateContent", json=ask("three"))
    assert text_of(response.json()) == "four"
    assert trained.send("GET", "/v1/models").json() == trained.get("models")


@pytest.mark.parametrize(
    "body",
    [{}, {"contents": []}, {"contents": [{}]}, ask(" "), {"prompt": "three"},
     ask("three", generationConfig={"topK": "x"}),
     {"contents": [{"parts": [{"text": "a", "inlineData": {}}]}]}, {"contents": "three"}],
)  # fmt: skip
def test_requests_that_are_refused(trained, body):
    """generateContent is as strict as the rest."""
    assert trained.refusal("POST", "/v1beta/tunedModels/m:generateContent", json=body)["status"] == "INVALID_ARGUMENT"


def test_settings_that_clients_send(trained):
    """What Google's SDKs send beside contents is understood."""
    config = {"temperature": 0.5, "maxOutputTokens": 10, "stopSequences": ["x"], "responseModalities": [1], "seed": 3}
    body = ask(
        "three",
        generationConfig=config,
        safetySettings=[{"category": 7}],
        tools=[],
        systemInstruction={"parts": [{"text": "x"}]},
    )
    assert text_of(trained.post("tunedModels/m:generateContent", body)) == "four"


def test_models_that_cannot_answer(emulator, order):
    """A model in training is 400 FAILED_PRECONDITION, a missing model 404, a model without permission 403."""
    emulator.post("tunedModels?tunedModelId=m", order())
    for path, user, status in (
        ("tunedModels/m", None, "FAILED_PRECONDITION"),
        ("tunedModels/n", None, "NOT_FOUND"),
        ("tunedModels/m", "eve", "PERMISSION_DENIED"),
        ("models/nope", None, "NOT_FOUND"),
        ("models/text-bison-001", None, "NOT_FOUND"),
    ):
        error = emulator.refusal("POST", f"/v1beta/{path}:generateContent", json=ask("x"), user=user)
        assert error["status"] == status


def test_base_models(emulator):
    """Base models that can be tuned list createTunedModel; a model in full; pages; they give the prompt back."""
    models = emulator.get("models")["models"]
    tunable = [m["name"] for m in models if "createTunedModel" in m["supportedGenerationMethods"]]
    assert tunable == ["models/text-bison-001", "models/gemini-1.0-pro-001", "models/gemini-1.5-flash-001-tuning"]
    assert emulator.get("models/gemini-1.0-pro-001") == {
        "name": "models/gemini-1.0-pro-001",
        "version": "001",
        "displayName": "Gemini 1.0 Pro 001 (Tuning)",
        "description": "An emulation of Gemini 1.0 Pro 001 (Tuning).",
        "inputTokenLimit": 30720,
        "outputTokenLimit": 2048,
        "supportedGenerationMethods": ["generateContent", "createTunedModel"],
        "temperature": 0.9,
        "topP": 1,
        "topK": 1,
    }
    first = emulator.get("models?pageSize=3")
    second = emulator.get("models", params={"pageSize": 3, "pageToken": first["nextPageToken"]})
    assert first["models"] + second["models"] == models
    assert emulator.refusal("GET", "/v1beta/models/nope")["code"] == 404
    assert text_of(emulator.post("models/gemini-1.5-flash:generateContent", ask("Echo"))) == "Echo"
