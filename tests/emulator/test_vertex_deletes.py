"""Deleting models and endpoints on Vertex AI, lists of them, and versions: models that were tuned further."""

import pytest


def made(job):
    """The model's name, without its version."""
    return job["tunedModel"]["model"].partition("@")[0]


def deployment(vertex, job):
    return vertex.get(job["tunedModel"]["endpoint"])["deployedModels"][0]["id"]


def undeploy(vertex, job):
    body = {"deployedModelId": deployment(vertex, job)}
    return vertex.finish(vertex.post(f"{job['tunedModel']['endpoint']}:undeployModel", body))


def test_the_end_of_a_model(vertex):
    """undeploy, delete the endpoint, the model: each an operation, each refused before its turn. The job stays."""
    job = vertex.tuned()
    model, endpoint = made(job), job["tunedModel"]["endpoint"]
    assert vertex.refused("DELETE", model) == vertex.refused("DELETE", endpoint) == "FAILED_PRECONDITION"
    body = {"deployedModelId": deployment(vertex, job)}
    begun = vertex.post(f"{endpoint}:undeployModel", body)
    assert begun["name"].startswith(f"{endpoint}/operations/")
    assert begun["metadata"]["@type"].endswith("v1.UndeployModelOperationMetadata")
    assert "done" not in begun
    assert vertex.get(endpoint)["deployedModels"]
    assert vertex.refused("DELETE", model) == "FAILED_PRECONDITION"
    ended = vertex.finish(begun)
    assert ended["done"]
    assert ended["response"] == {"@type": "type.googleapis.com/google.cloud.aiplatform.v1.UndeployModelResponse"}
    assert {"deployedModels", "trafficSplit"}.isdisjoint(vertex.get(endpoint))
    assert "deployedModels" not in vertex.get(model)

    begun = vertex.delete(endpoint)
    assert begun["name"].startswith(f"{endpoint.partition('/endpoints/')[0]}/operations/")
    assert vertex.get(endpoint)
    assert vertex.finish(begun)["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    assert vertex.refused("GET", endpoint) == "NOT_FOUND"

    begun = vertex.delete(model)
    assert vertex.get(model)
    assert vertex.finish(begun)["metadata"]["genericMetadata"] == {
        "createTime": "2023-11-14T22:30:02.250Z",
        "updateTime": "2023-11-14T22:30:03.250Z",
    }
    assert vertex.refused("GET", model) == vertex.refused("DELETE", model) == "NOT_FOUND"
    assert vertex.get("models") == vertex.get("endpoints") == {}
    assert vertex.get(job["name"]) == job


def test_one_operation_at_a_time(vertex):
    """A resource under an operation refuses a second operation until the first is done."""
    job = vertex.tuned()
    endpoint = job["tunedModel"]["endpoint"]
    body = {"deployedModelId": deployment(vertex, job)}
    vertex.post(f"{endpoint}:undeployModel", body)
    error = vertex.refusal("POST", f"/v1/{endpoint}:undeployModel", json=body)
    assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")
    assert "other operations running" in error["message"]
    vertex.seconds += 1
    assert vertex.refused("POST", f"{endpoint}:undeployModel", json=body) == "INVALID_ARGUMENT"  # gone already
    for name in (endpoint, made(job)):
        begun = vertex.delete(name)
        assert vertex.refused("DELETE", name) == "FAILED_PRECONDITION"
        vertex.finish(begun)


def test_every_checkpoints_endpoint_deploys(vertex):
    """A model with checkpoints can be deleted only when none of their endpoints deploys it."""
    job = vertex.tuned(hyper={"epochCount": 2}, spec={"exportLastCheckpointOnly": False})
    first, last = (checkpoint["endpoint"] for checkpoint in job["tunedModel"]["checkpoints"])
    assert [deployed["checkpointId"] for deployed in vertex.get(made(job))["deployedModels"]] == ["1", "2"]
    for endpoint in (last, first):
        assert vertex.refused("DELETE", made(job)) == "FAILED_PRECONDITION"
        deployed = vertex.get(endpoint)["deployedModels"][0]
        vertex.finish(vertex.post(f"{endpoint}:undeployModel", {"deployed_model_id": deployed["id"]}))
    vertex.finish(vertex.delete(made(job)))


# --- lists and versions ---------------------------------------------------------------------------------------------


def test_lists(vertex):
    """Pages of ten, by labels, by presence of a label, by display name."""
    for number in range(11):
        vertex.job(tunedModelDisplayName=f"m{number % 2}")
    vertex.wait()
    first = vertex.get("models")
    second = vertex.get("models", params={"pageToken": first["nextPageToken"]})
    assert [len(page["models"]) for page in (first, second)] == [10, 1]
    job = first["models"][0]["labels"]["google-vertex-llm-tuning-job-id"]
    for filter_, count in (
        (f"labels.google-vertex-llm-tuning-job-id={job}", 1),
        ("labels.tune-type:*", 11),
        ('display_name="m0"', 6),
        ("labels.tune-type=sft AND display_name=m1", 5),
    ):
        found = vertex.get("models", params={"filter": filter_, "page_size": 100})["models"]
        assert len(found) == count
    assert len(vertex.get("endpoints?pageSize=100&filter=display_name=m0")["endpoints"]) == 6


def again(vertex, job, **fields):
    """Tunes a job's model further."""
    return vertex.tuned(preTunedModel={"tunedModelName": job["tunedModel"]["model"]}, **fields)


def test_tuned_further_under_a_new_name(vertex):
    """A new model. The job names its parent and its base model."""
    first = vertex.tuned()
    second = again(vertex, first, tunedModelDisplayName="more")
    assert second["preTunedModel"] == {
        "tunedModelName": first["tunedModel"]["model"],
        "baseModel": "gemini-2.5-flash",
    }
    assert "baseModel" not in second
    assert made(second) != made(first)
    assert second["tunedModel"]["model"].endswith("@1")


@pytest.mark.parametrize("name", ["numbers", ""])
def test_tuned_further_under_the_same_name(vertex, name):
    """The same name, or none, makes a version of the same model, which becomes its default."""
    first = vertex.tuned()
    second = again(vertex, first, tunedModelDisplayName=name)
    assert second["tunedModel"]["model"] == f"{made(first)}@2"
    newest = vertex.get(made(first))
    assert (newest["versionId"], newest["versionAliases"]) == ("2", ["default"])
    assert newest == vertex.get(f"{made(first)}@2") == vertex.get(f"{made(first)}@default")
    assert "versionAliases" not in vertex.get(f"{made(first)}@1")
    assert [model["versionId"] for model in vertex.get("models")["models"]] == ["2"]
    listed = vertex.get(f"{made(first)}:listVersions")["models"]
    assert [model["versionId"] for model in listed] == ["1", "2"]
    assert vertex.refused("GET", f"{made(first)}@3") == "NOT_FOUND"


def test_versions_are_deleted_alone_or_together(vertex):
    """An old version by deleteVersion, the default version only with the model."""
    first = vertex.tuned()
    second = again(vertex, first)
    assert vertex.refused("DELETE", f"{made(first)}@1:deleteVersion") == "FAILED_PRECONDITION"  # deployed
    undeploy(vertex, first)
    undeploy(vertex, second)
    assert vertex.refused("DELETE", f"{made(first)}@2:deleteVersion") == "FAILED_PRECONDITION"
    assert vertex.refused("DELETE", f"{made(first)}:deleteVersion") == "INVALID_ARGUMENT"
    assert vertex.refused("DELETE", f"{made(first)}@1") == "INVALID_ARGUMENT"
    vertex.finish(vertex.delete(f"{made(first)}@1:deleteVersion"))
    assert len(vertex.get(f"{made(first)}:listVersions")["models"]) == 1
    vertex.finish(vertex.delete(made(first)))
    assert vertex.refused("GET", made(first)) == "NOT_FOUND"


def test_models_to_tune_further(vertex):
    """A missing model is 404, also while its job runs; a checkpoint must be of that model."""
    first = vertex.tuned(hyper={"epochCount": 2}, spec={"exportLastCheckpointOnly": False})
    name = made(first)
    order = vertex.order(preTunedModel={"tunedModelName": f"{name}9"})
    assert vertex.refused("POST", "tuningJobs", json=order) == "NOT_FOUND"
    for source in ({"tunedModelName": name, "checkpointId": "3"}, {"tunedModelName": "numbers"}, {}):
        order = vertex.order(preTunedModel=source)
        assert vertex.refused("POST", "tuningJobs", json=order) == "INVALID_ARGUMENT"
    vertex.job(preTunedModel={"tuned_model_name": name, "checkpoint_id": "2"})
