"""The emulated Vertex AI under google-api-python-client, which is drawn from the discovery document: for what
google-genai lacks, endpoints, operations and labels."""

import json
import time

import httplib2
import pytest
from googleapiclient import discovery, errors

CLIENT = "google-api-python-client, Vertex AI"
HERE = "projects/emulated/locations/us-central1"


@pytest.fixture(scope="module")
def rest(url):
    """projects.locations of the client that is made from the discovery document."""
    how = {
        "http": httplib2.Http(proxy_info=None),
        "client_options": {"api_endpoint": url},
        "static_discovery": True,
    }
    with discovery.build("aiplatform", "v1", **how) as made:
        yield made.projects().locations()


@pytest.fixture
def tune(rest, data):
    """Makes a job and lets it end."""

    def make(base_model="gemini-2.5-flash", **fields):
        spec = {"trainingDatasetUri": data, "exportLastCheckpointOnly": True}
        body = {"baseModel": base_model, "supervisedTuningSpec": spec, **fields}
        job = rest.tuningJobs().create(parent=HERE, body=body).execute()
        while job["state"] in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING"):
            time.sleep(0.1)
            job = rest.tuningJobs().get(name=job["name"]).execute()
        assert job["state"] == "JOB_STATE_SUCCEEDED"
        return job

    return make


def finish(rest, operation):
    """Wait for an operation, wherever its name is in the answer."""
    service = rest.endpoints().operations() if "/endpoints/" in operation["name"] else rest.operations()
    while not operation.get("done"):
        time.sleep(0.05)
        operation = service.wait(name=operation["name"]).execute()
    return operation


def refusal(request):
    """The status of a request that must fail."""
    with pytest.raises(errors.HttpError) as refused:
        request.execute()
    return json.loads(refused.value.content)["error"]["status"]


def test_the_end_of_a_model(rest, tune):
    """undeployModel, endpoints.delete, models.delete, with the operations between them."""
    job = tune()
    model, endpoint = job["tunedModel"]["model"].removesuffix("@1"), job["tunedModel"]["endpoint"]
    shown = rest.endpoints().get(name=endpoint).execute()
    assert refusal(rest.models().delete(name=model)) == "FAILED_PRECONDITION"
    assert refusal(rest.endpoints().delete(name=endpoint)) == "FAILED_PRECONDITION"
    body = {"deployedModelId": shown["deployedModels"][0]["id"]}
    begun = rest.endpoints().undeployModel(endpoint=endpoint, body=body).execute()
    assert refusal(rest.endpoints().undeployModel(endpoint=endpoint, body=body)) == "FAILED_PRECONDITION"
    assert finish(rest, begun)["done"]
    listed = rest.endpoints().operations().list(name=endpoint).execute()
    assert [operation["name"] for operation in listed["operations"]] == [begun["name"]]
    rest.endpoints().operations().delete(name=begun["name"]).execute()
    finish(rest, rest.endpoints().delete(name=endpoint).execute())
    assert "deployedModels" not in rest.models().get(name=model).execute()
    finish(rest, rest.models().delete(name=model).execute())
    assert refusal(rest.models().get(name=model)) == "NOT_FOUND"
    assert rest.tuningJobs().get(name=job["name"]).execute() == job


def test_changes_with_a_mask(rest, tune):
    """models.patch and endpoints.patch, as the reference describes them."""
    made = tune()["tunedModel"]
    for service, name in ((rest.models(), made["model"][:-2]), (rest.endpoints(), made["endpoint"])):
        whole = service.get(name=name).execute()
        body = {**whole, "labels": {**whole.get("labels", {}), "owner": "us"}}
        changed = service.patch(name=name, updateMask="labels", body=body).execute()
        assert changed["labels"] == body["labels"]
        found = service.list(parent=HERE, filter="labels.owner=us")
        assert name in [model["name"] for page in found.execute().values() for model in page]


def test_jobs(rest, tune):
    """create, get and list, walked by the client's own list_next; cancel of an operation that has ended."""
    names = [tune(labels={"rest": "yes"})["name"] for _ in range(2)]
    request, seen = rest.tuningJobs().list(parent=HERE, filter="labels.rest=yes", pageSize=1), []
    while request is not None:
        page = request.execute()
        seen += [job["name"] for job in page["tuningJobs"]]
        request = rest.tuningJobs().list_next(request, page)
    assert seen == names
    assert refusal(rest.tuningJobs().cancel(name=names[0], body={})) == "FAILED_PRECONDITION"


def test_newer_models_are_elsewhere(rest, tune):
    """All resources of such a model exist in its own location only."""
    made = tune("gemini-3.1-flash-lite")["tunedModel"]
    endpoint = rest.endpoints().get(name=made["endpoint"]).execute()
    assert endpoint["name"].split("/")[3] == "us"
    assert refusal(rest.endpoints().get(name=made["endpoint"].replace("/us/", "/us-central1/"))) == "NOT_FOUND"
    body = {"deployedModelId": endpoint["deployedModels"][0]["id"]}
    finish(rest, rest.endpoints().undeployModel(endpoint=made["endpoint"], body=body).execute())
    begun = rest.models().delete(name=made["model"].removesuffix("@1")).execute()
    assert begun["name"].split("/")[3] == "us"
    finish(rest, begun)


def test_a_model_is_deployed_elsewhere(rest, tune):
    """endpoints.create and deployModel, beside a model that is at another location than its job."""
    made = tune("gemini-3.1-flash-lite")["tunedModel"]
    there = made["model"].partition("/models/")[0]
    begun = rest.endpoints().create(parent=there, body={"displayName": "mine", "labels": {"rest": "yes"}}).execute()
    endpoint = finish(rest, begun)["response"]["name"]
    body = {"deployedModel": {"model": made["model"], "displayName": "mine"}, "trafficSplit": {"0": 100}}
    ended = finish(rest, rest.endpoints().deployModel(endpoint=endpoint, body=body).execute())
    [deployed] = rest.endpoints().get(name=endpoint).execute()["deployedModels"]
    assert ended["response"]["deployedModel"] == deployed
    assert refusal(rest.endpoints().create(parent=there, body={})) == "INVALID_ARGUMENT"
    assert refusal(rest.endpoints().deployModel(endpoint=endpoint, body={})) == "INVALID_ARGUMENT"
