"""Endpoints that callers create, models that they deploy, and trainings that end without an endpoint."""

from __future__ import annotations

import pytest


def deploy(vertex, endpoint, model):
    body = {"deployedModel": {"model": model, "displayName": "again"}, "trafficSplit": {"0": 100}}
    return vertex.post(f"{endpoint}:deployModel", body)


def create(vertex, **fields):
    return vertex.post("endpoints", {"displayName": "mine", **fields})


def ask(vertex, endpoint):
    body = {"contents": [{"role": "user", "parts": [{"text": "3"}]}]}
    return vertex.post(f"{endpoint}:generateContent", body)["candidates"][0]["content"]["parts"][0]["text"]


def test_an_endpoint_is_created_and_a_model_deployed(vertex):
    """Both are operations; the endpoint is there, and answers, when they have ended."""
    model = vertex.tuned()["tunedModel"]["model"]
    begun = create(vertex, labels={"team": "chat"})
    endpoint = begun["name"].partition("/operations/")[0]
    assert begun["metadata"]["@type"].endswith("v1.CreateEndpointOperationMetadata")
    assert vertex.refused("GET", endpoint) == "NOT_FOUND"
    ended = vertex.finish(begun)
    assert ended["response"]["@type"].endswith("v1.Endpoint")
    assert (ended["response"]["name"], ended["response"]["labels"]) == (endpoint, {"team": "chat"})
    assert "deployedModels" not in vertex.get(endpoint)
    begun = deploy(vertex, endpoint, model)
    assert begun["metadata"]["@type"].endswith("v1.DeployModelOperationMetadata")
    assert "deployedModels" not in vertex.get(endpoint)
    body = {"deployedModel": {"model": model}}
    assert vertex.refused("POST", f"{endpoint}:deployModel", json=body) == "FAILED_PRECONDITION"  # busy
    ended = vertex.finish(begun)
    shown = vertex.get(endpoint)
    [deployed] = shown["deployedModels"]
    assert ended["response"]["deployedModel"] == deployed
    assert (deployed["model"], deployed["modelVersionId"]) == (model.removesuffix("@1"), "1")
    assert shown["trafficSplit"] == {deployed["id"]: 100}
    assert ask(vertex, endpoint) == "4"
    assert len(vertex.get(model.removesuffix("@1"))["deployedModels"]) == 2
    assert vertex.refused("POST", f"{endpoint}:deployModel", json=body) == "INVALID_ARGUMENT"  # it has one


def test_a_model_is_deployed_again_where_it_was(vertex):
    """On the endpoint of its job, whose name stays in the job."""
    job = vertex.tuned()
    endpoint, model = job["tunedModel"]["endpoint"], job["tunedModel"]["model"]
    [deployed] = vertex.get(endpoint)["deployedModels"]
    vertex.finish(vertex.post(f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]}))
    vertex.finish(deploy(vertex, endpoint, model))
    [again] = vertex.get(endpoint)["deployedModels"]
    assert again["id"] != deployed["id"]
    assert vertex.get(job["name"]) == job
    assert ask(vertex, endpoint) == "4"


def test_another_model_on_the_endpoint_of_a_job(vertex):
    """The job still names its endpoint and its model."""
    first, second = vertex.tuned(), vertex.tuned()
    endpoint = first["tunedModel"]["endpoint"]
    [deployed] = vertex.get(endpoint)["deployedModels"]
    vertex.finish(vertex.post(f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]}))
    vertex.finish(deploy(vertex, endpoint, second["tunedModel"]["model"]))
    assert vertex.get(first["name"]) == first
    [deployed] = vertex.get(endpoint)["deployedModels"]
    assert deployed["model"] == second["tunedModel"]["model"].removesuffix("@1")
    model = second["tunedModel"]["model"].removesuffix("@1")
    assert vertex.refused("DELETE", model) == "FAILED_PRECONDITION"


def test_a_training_that_ends_without_an_endpoint(vertex):
    """PARTIALLY_SUCCEEDED: its model is there, and can be deployed."""
    data = vertex.upload("partly.jsonl", [("1", "2"), ("3", "!no-endpoint")])
    job = vertex.tuned(data)
    assert job["state"] == "JOB_STATE_PARTIALLY_SUCCEEDED"
    assert job["tunedModel"].keys() == {"model"}
    assert vertex.get("endpoints") == {}
    endpoint = vertex.finish(create(vertex))["response"]["name"]
    vertex.finish(deploy(vertex, endpoint, job["tunedModel"]["model"]))
    assert ask(vertex, endpoint) == "!no-endpoint"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, "INVALID_ARGUMENT"),  # displayName is required
        ({"displayName": "x" * 129}, "INVALID_ARGUMENT"),
        ({"displayName": "x", "labels": {"Team": "chat"}}, "INVALID_ARGUMENT"),
        ({"displayName": "x", "encryptionSpec": {"kmsKeyName": "mine"}}, "INVALID_ARGUMENT"),
        ({"displayName": "x", "network": "mine"}, "INVALID_ARGUMENT"),
    ],
)
def test_endpoints_that_are_refused(vertex, body, status):
    assert vertex.refused("POST", "endpoints", json=body) == status
    assert vertex.get("endpoints") == {}


def test_an_id_of_the_caller_is_refused(vertex):
    assert vertex.refused("POST", "endpoints?endpointId=mine", json={"displayName": "x"}) == "INVALID_ARGUMENT"


def test_deployments_that_are_refused(vertex):
    """For want of the model, of its endpoint, or of all traffic, and at another location."""
    model = vertex.tuned()["tunedModel"]["model"]
    endpoint = vertex.finish(create(vertex))["response"]["name"]
    for wanted, status in (
        ({}, "INVALID_ARGUMENT"),
        ({"model": "publishers/google/models/gemini-2.5-flash"}, "INVALID_ARGUMENT"),
        ({"model": model.replace("us-central1", "europe-west4")}, "INVALID_ARGUMENT"),
        ({"model": f"{model[:-1]}2"}, "NOT_FOUND"),
    ):
        body = {"deployedModel": wanted}
        assert vertex.refused("POST", f"{endpoint}:deployModel", json=body) == status, wanted
    body = {"deployedModel": {"model": model}, "trafficSplit": {"0": 50}}
    assert vertex.refused("POST", f"{endpoint}:deployModel", json=body) == "INVALID_ARGUMENT"
    assert vertex.refused("POST", f"{endpoint}1:deployModel", json={"deployedModel": {"model": model}}) == "NOT_FOUND"
    assert "deployedModels" not in vertex.get(endpoint)
