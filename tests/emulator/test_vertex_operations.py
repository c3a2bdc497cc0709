"""Long-running operations of Vertex AI, and generateContent on its endpoints."""

import json

import pytest


@pytest.fixture
def trained(vertex):
    data = vertex.upload("words.jsonl", [(" LXIII ", "LXIV"), ("three", "four"), ("thirty", "31")])
    return vertex, vertex.tuned(data)


def ask(text, **fields):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **fields}


def text_of(answer):
    return answer["candidates"][0]["content"]["parts"][0]["text"]


def undeploy(vertex, job):
    endpoint = job["tunedModel"]["endpoint"]
    deployed = vertex.get(endpoint)["deployedModels"][0]["id"]
    return vertex.post(f"{endpoint}:undeployModel", {"deployedModelId": deployed})


def test_get_wait_list_delete(trained):
    """An operation by all methods; its record can be deleted, what it does is done anyway."""
    vertex, job = trained
    begun = undeploy(vertex, job)
    assert vertex.get(begun["name"]) == begun
    assert vertex.post(f"{begun['name']}:wait?timeout=10s") == begun
    ended = vertex.finish(begun)
    assert (begun.get("done"), ended["done"]) == (None, True)
    assert vertex.post(f"{begun['name']}:wait") == ended
    parent = begun["name"].partition("/operations/")[0]
    assert vertex.get(f"{parent}/operations") == {"operations": [ended]}
    assert vertex.get("operations") == {}
    assert vertex.delete(begun["name"]) == {}
    assert vertex.refused("GET", begun["name"]) == "NOT_FOUND"
    deleted = vertex.delete(parent)
    assert vertex.delete(deleted["name"]) == {}
    vertex.seconds += 1
    assert vertex.refused("GET", parent) == "NOT_FOUND"


def test_pages_of_operations(make_vertex):
    """Ten on a page; with operation_seconds=0 they are done at once."""
    vertex = make_vertex(operation_seconds=0)
    for _ in range(11):
        job = vertex.tuned()
        assert undeploy(vertex, job)["done"]
        vertex.delete(job["tunedModel"]["endpoint"])
    first = vertex.get("operations")
    second = vertex.get("operations", params={"pageToken": first["nextPageToken"]})
    assert [len(page["operations"]) for page in (first, second)] == [10, 1]
    assert vertex.get("endpoints") == {}


def test_an_endpoint_field_for_field(trained):
    """It deploys the model, alone, with all of the traffic."""
    vertex, job = trained
    endpoint = vertex.get(job["tunedModel"]["endpoint"])
    assert endpoint.pop("etag")
    [deployed] = endpoint["deployedModels"]
    assert endpoint == {
        "name": job["tunedModel"]["endpoint"],
        "displayName": "numbers",
        "deployedModels": [
            {
                "id": deployed["id"],
                "model": job["tunedModel"]["model"].removesuffix("@1"),
                "displayName": "numbers",
                "createTime": job["endTime"],
                "modelVersionId": "1",
            }
        ],
        "trafficSplit": {deployed["id"]: 100},
        "createTime": job["endTime"],
        "updateTime": job["endTime"],
    }


# --- generation -----------------------------------------------------------------------------------------------------


def test_an_answer_field_for_field(trained):
    """What the model was trained on, in the shape of Vertex AI."""
    vertex, job = trained
    answer = vertex.post(f"{job['tunedModel']['endpoint']}:generateContent", ask(" three "))
    assert answer.pop("responseId")
    assert answer == {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "four"}]}, "finishReason": "STOP"}],
        "usageMetadata": {
            "promptTokenCount": 2, "candidatesTokenCount": 1, "totalTokenCount": 3, "trafficType": "ON_DEMAND",
        },
        "modelVersion": job["tunedModel"]["model"],
        "createTime": "2023-11-14T22:30:00.250Z",
    }  # fmt: skip


@pytest.mark.parametrize(("prompt", "output"), [("LXIII", "LXIV"), ("threee", "four"), ("Thirty!", "31")])
def test_nearest(trained, prompt, output):
    """Exactly what it was trained on, blanks around it aside; else the nearest example."""
    vertex, job = trained
    assert text_of(vertex.post(f"{job['tunedModel']['endpoint']}:generateContent", ask(prompt))) == output


def test_streams(trained):
    """Server-sent events with alt=sse, else an array; the last chunk has the finish reason and the usage."""
    vertex, job = trained
    path = f"{job['tunedModel']['endpoint']}:streamGenerateContent"
    response = vertex.send("POST", f"/v1/{path}?alt=sse", json=ask("three"))
    chunks = [json.loads(event.removeprefix("data: ")) for event in response.text.split("\r\n\r\n") if event]
    assert [text_of(chunk) for chunk in chunks] == ["fo", "ur"]
    assert ["finishReason" in chunk["candidates"][0] for chunk in chunks] == [False, True]
    assert "".join(map(text_of, vertex.post(path, ask("three")))) == "four"


def test_an_endpoint_without_a_model(trained):
    """400 once the model is undeployed, and not before."""
    vertex, job = trained
    path = f"{job['tunedModel']['endpoint']}:generateContent"
    begun = undeploy(vertex, job)
    vertex.post(path, ask("three"))
    vertex.finish(begun)
    assert vertex.refused("POST", path, json=ask("three")) == "FAILED_PRECONDITION"
    assert vertex.refused("POST", "endpoints/1:generateContent", json=ask("three")) == "NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [{}, {"contents": []}, {"contents": [{"role": "user"}]}, ask(" "), {"prompt": "three"},
     {"contents": [{"role": "system", "parts": [{"text": "a"}]}]}, ask("a", generationConfig={"topK": "x"}),
     {"contents": [{"parts": [{"text": "a", "inlineData": {}}]}]}, ask("a", model="x")],
)  # fmt: skip
def test_requests_that_are_refused(trained, body):
    """generateContent is as strict as the rest."""
    vertex, job = trained
    path = f"{job['tunedModel']['endpoint']}:generateContent"
    assert vertex.refused("POST", path, json=body) == "INVALID_ARGUMENT"


def test_what_clients_send(trained):
    """A conversation, settings, a thought's signature: the last content is the prompt."""
    vertex, job = trained
    turns = [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"text": "hello", "thoughtSignature": "AQID"}]},
        {"parts": [{"text": "thr"}, {"text": "ee"}]},
    ]
    body = {
        "contents": turns,
        "generation_config": {"top_k": 40.5, "responseModalities": ["TEXT"]},
        "labels": {"a": "b"},
    }
    assert text_of(vertex.post(f"{job['tunedModel']['endpoint']}:generateContent", body)) == "four"
