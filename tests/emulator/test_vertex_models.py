"""Models on Vertex AI: what a tuning makes, where, and what can be changed of it."""

import pytest

SERVICE_LABELS = {"google-vertex-llm-tuning-job-id", "tune-type"}


def made(job):
    """The model's name, without its version."""
    return job["tunedModel"]["model"].partition("@")[0]


def deployment(vertex, job):
    return vertex.get(job["tunedModel"]["endpoint"])["deployedModels"][0]["id"]


def test_a_model_field_for_field(vertex):
    """With the job's display name, the job's end as its time, deployed, with the labels that the service sets."""
    job = vertex.tuned(labels={"team": "bots"})
    model = vertex.get(made(job))
    etag = model.pop("etag")
    assert etag
    assert model == {
        "name": made(job),
        "displayName": "numbers",
        "createTime": job["endTime"],
        "updateTime": job["endTime"],
        "deployedModels": [
            {"endpoint": job["tunedModel"]["endpoint"], "deployedModelId": deployment(vertex, job)},
        ],
        "labels": {"google-vertex-llm-tuning-job-id": job["name"].rpartition("/")[2], "tune-type": "sft"},
        "versionId": "1",
        "versionAliases": ["default"],
        "versionCreateTime": job["endTime"],
        "versionUpdateTime": job["endTime"],
        "modelSourceInfo": {"sourceType": "GENIE"},
        "baseModelSource": {"genieSource": {"baseModelUri": "publishers/google/models/gemini-2.5-flash"}},
    }


def test_labels_of_the_job(make_vertex):
    """They stay with the job, or where so chosen reach model and endpoint."""
    for reaches in (False, True):
        vertex = make_vertex(labels_reach_models=reaches)
        job = vertex.tuned(labels={"team": "bots"})
        assert job["labels"] == {"team": "bots"}
        assert vertex.get(made(job))["labels"].get("team") == ("bots" if reaches else None)
        assert vertex.get(job["tunedModel"]["endpoint"]).get("labels", {}) == ({"team": "bots"} if reaches else {})


@pytest.mark.parametrize(
    ("base", "job_location", "model_location"),
    [
        ("gemini-2.5-flash", "us-central1", "us-central1"),
        ("gemini-3.1-flash-lite", "us-central1", "us"),
        ("publishers/google/models/gemini-3.1-flash-lite", "europe-west4", "eu"),
    ],
)
def test_where_a_model_is(vertex, base, job_location, model_location):
    """Newer base models make models in a multi-region: only their own names say where, and only there they are."""
    job = vertex.post(f"projects/emulated/locations/{job_location}/tuningJobs", vertex.order(baseModel=base))
    vertex.wait()
    job = vertex.get(job["name"])
    for name in (made(job), job["tunedModel"]["endpoint"]):
        assert name.split("/")[3] == model_location
        assert vertex.get(name)["name"] == name
        if job_location != model_location:
            elsewhere = name.replace(f"/{model_location}/", f"/{job_location}/")
            assert vertex.refused("GET", elsewhere) == "NOT_FOUND"


def test_a_model_is_not_there_before_its_job_is_done(vertex):
    """Nothing is listed or found while the job runs."""
    vertex.job()
    assert vertex.get("models") == vertex.get("endpoints") == {}


# --- changes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["model", "endpoint"])
@pytest.mark.parametrize("mask", ["", "?updateMask=displayName,labels", "?updateMask=display_name,labels"])
def test_patch(vertex, kind, mask):
    """With a mask or without a mask, as Google's own client sends it; the answer is the whole resource."""
    job = vertex.tuned()
    name = made(job) if kind == "model" else job["tunedModel"]["endpoint"]
    before = vertex.get(name)
    after = vertex.patch(f"{name}{mask}", {"displayName": "new", "labels": {"a": "b"}})
    assert after == vertex.get(name)
    assert (after["displayName"], after["labels"]) == ("new", {"a": "b"})
    assert after["updateTime"] == "2023-11-14T22:30:00.250Z"
    changed = {"displayName", "labels", "updateTime", "etag", "versionUpdateTime"}
    assert {key for key in before | after if before.get(key) != after.get(key)} <= changed
    assert before["etag"] != after["etag"]


def test_labels_are_replaced_whole(vertex):
    """Who sends labels sends all of them: those that the service set are lost, if they are left out."""
    job = vertex.tuned()
    kept = vertex.get(made(job))["labels"]
    assert vertex.patch(made(job), {"labels": {**kept, "a": "b"}})["labels"].keys() == {*SERVICE_LABELS, "a"}
    assert vertex.patch(made(job), {"labels": {"a": "b"}})["labels"] == {"a": "b"}


def test_what_a_mask_clears(vertex):
    """A field in the mask that the body leaves out is cleared; a field outside of the mask is ignored."""
    name = made(vertex.tuned())
    vertex.patch(name, {"description": "d"})
    after = vertex.patch(f"{name}?updateMask=description", {"displayName": "new"})
    assert ("description" in after, after["displayName"]) == (False, "numbers")


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?updateMask=encryptionSpec", {}),
        ("?updateMask=nope", {}),
        ("", {"versionAliases": ["x"]}),
        ("", {"displayName": "x" * 129}),
        ("", {"displayName": ""}),
        ("?updateMask=displayName", {}),
        ("", {"labels": {"Upper": "x"}}),
        ("", {"labels": {"a": "b" * 64}}),
        ("", {"labels": {f"k{n}": "x" for n in range(65)}}),
        ("", {"labels": {"a": 1}}),
        ("", {"labels": ["a"]}),
        ("", {"labels": {"a": None}}),
        ("", {"colour": "red"}),
        ("", {"defaultCheckpointId": "7"}),
    ],
)
def test_patches_that_are_refused(vertex, query, body):
    """400, and nothing is changed."""
    name = made(vertex.tuned())
    before = vertex.get(name)
    assert vertex.refused("PATCH", f"{name}{query}", json=body) == "INVALID_ARGUMENT"
    assert vertex.get(name) == before


def test_etags(vertex):
    """A change that is based on something older is refused with 409; without an etag it is made."""
    name = made(vertex.tuned())
    old = vertex.get(name)["etag"]
    vertex.patch(name, {"description": "mine", "etag": old})
    assert vertex.refused("PATCH", name, json={"description": "theirs", "etag": old}) == "ABORTED"
    vertex.patch(name, {"description": "blind"})


def test_the_default_checkpoint(vertex):
    """It is the last checkpoint, and can be changed to another existing checkpoint."""
    job = vertex.tuned(hyper={"epochCount": 3}, spec={"exportLastCheckpointOnly": False})
    assert vertex.get(made(job))["defaultCheckpointId"] == "3"
    assert vertex.patch(made(job), {"default_checkpoint_id": "2"})["defaultCheckpointId"] == "2"
