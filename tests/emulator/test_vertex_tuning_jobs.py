"""tuningJobs on Vertex AI: what a job is, what becomes of it, and cancel."""

import pytest

NUMBER = "398904644969"  # of the project `emulated`
PENDING, RUNNING = "JOB_STATE_PENDING", "JOB_STATE_RUNNING"
SUCCEEDED, FAILED = "JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED"
CANCELLING, CANCELLED = "JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED"


def state(vertex, job):
    return vertex.get(job["name"])["state"]


def test_a_new_job_field_for_field(vertex):
    """What was sent, what the service filled in, and the project's number where the request had its id."""
    labels, account = {"team": "bots"}, "tuner@emulated.iam.gserviceaccount.com"
    key = "projects/emulated/locations/us-central1/keyRings/r/cryptoKeys/k"
    job = vertex.job(
        hyper={"epochCount": 3, "adapterSize": "ADAPTER_SIZE_EIGHT"}, description="d", labels=labels,
        serviceAccount=account, encryptionSpec={"kmsKeyName": key},
    )  # fmt: skip
    assert job.pop("name").startswith(f"projects/{NUMBER}/locations/us-central1/tuningJobs/")
    assert job == {
        "tunedModelDisplayName": "numbers",
        "description": "d",
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {
            "trainingDatasetUri": "gs://my-data/numbers.jsonl",
            "hyperParameters": {"epochCount": "3", "learningRateMultiplier": 1, "adapterSize": "ADAPTER_SIZE_EIGHT"},
            "exportLastCheckpointOnly": True,
        },
        "state": PENDING,
        "createTime": "2023-11-14T22:13:20.250Z",
        "updateTime": "2023-11-14T22:13:20.250Z",
        "labels": labels,
        "encryptionSpec": {"kmsKeyName": key},
        "serviceAccount": account,
    }


def test_a_job_through_its_time(vertex):
    """PENDING for a tenth of its time, RUNNING, SUCCEEDED; times, statistics and model where they belong."""
    job = vertex.job(hyper={"epochCount": 2})
    vertex.seconds += 0.9
    assert state(vertex, job) == PENDING
    vertex.seconds += 0.1
    running = vertex.get(job["name"])
    assert (running["state"], running["startTime"]) == (RUNNING, "2023-11-14T22:13:21.250Z")
    assert running["updateTime"] == running["startTime"]
    experiment = "metadataStores/default/contexts/tuning-experiment-20231114221321"
    assert running["experiment"] == f"projects/{NUMBER}/locations/us-central1/{experiment}"
    assert "tunedModel" not in running
    assert "endTime" not in running
    vertex.seconds += 9
    done = vertex.get(job["name"])
    assert (done["state"], done["endTime"], done["updateTime"]) == (SUCCEEDED, *["2023-11-14T22:13:30.250Z"] * 2)
    place = f"projects/{NUMBER}/locations/us-central1"
    assert set(done["tunedModel"]) == {"model", "endpoint"}
    assert done["tunedModel"]["model"].startswith(f"{place}/models/")
    assert done["tunedModel"]["model"].endswith("@1")
    assert done["tunedModel"]["endpoint"].startswith(f"{place}/endpoints/")
    stats = done["tuningDataStats"]["supervisedTuningDataStats"]
    assert (stats["tuningDatasetExampleCount"], stats["tuningStepCount"]) == ("15", "4")
    assert stats["totalBillableTokenCount"] == "30"
    assert stats["totalTuningCharacterCount"] == "43"


def test_repeated_creates_make_repeated_jobs(vertex):
    """There is no id to send, and no request id: the same request twice is two jobs."""
    assert vertex.job()["name"] != vertex.job()["name"]
    assert len(vertex.get("tuningJobs")["tuningJobs"]) == 2


@pytest.mark.parametrize(("examples", "epochs"), [(1, "40"), (100, "20"), (3000, "1")])
def test_epochs_by_default(vertex, examples, epochs):
    """The service chooses, and chooses many for little data."""
    job = vertex.job(vertex.upload("some.jsonl", [("a", "b")] * examples))
    assert job["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == epochs


@pytest.mark.parametrize(("epochs", "ends"), [(1, [1]), (3, [1, 2, 3]), (25, [3, 5, 8, 10, 13, 15, 18, 20, 23, 25])])
def test_checkpoints(vertex, epochs, ends):
    """Without exportLastCheckpointOnly each of about ten checkpoints has an endpoint; the model has the last."""
    job = vertex.tuned(hyper={"epochCount": epochs}, spec={"exportLastCheckpointOnly": False})
    made = job["tunedModel"]
    assert [int(checkpoint["epoch"]) for checkpoint in made["checkpoints"]] == ends
    assert [checkpoint["checkpointId"] for checkpoint in made["checkpoints"]] == [str(n + 1) for n in range(len(ends))]
    steps = job["tuningDataStats"]["supervisedTuningDataStats"]["tuningStepCount"]
    assert made["checkpoints"][-1]["step"] == steps
    assert made["endpoint"] == made["checkpoints"][-1]["endpoint"]
    endpoints = {checkpoint["endpoint"] for checkpoint in made["checkpoints"]}
    assert {endpoint["name"] for endpoint in vertex.get("endpoints?pageSize=100")["endpoints"]} == endpoints
    assert len(endpoints) == len(ends)


def test_a_job_that_fails(vertex):
    """A line with the model text !fail: half way it is FAILED, with a status, and makes no model."""
    job = vertex.job(vertex.upload("bad.jsonl", [("1", "2"), ("2", "!fail")]))
    vertex.seconds += 4.9
    assert state(vertex, job) == RUNNING
    vertex.seconds += 0.1
    failed = vertex.get(job["name"])
    assert (failed["state"], failed["error"]["code"]) == (FAILED, 13)
    assert failed["endTime"] == "2023-11-14T22:13:25.250Z"
    assert "tunedModel" not in failed
    vertex.wait()
    assert vertex.get("models") == vertex.get("endpoints") == {}


def test_cancel(vertex):
    """CANCELLING for as long as an operation takes, then CANCELLED with code 1; twice does no harm; no model comes."""
    job = vertex.job()
    vertex.seconds += 2
    assert vertex.post(f"{job['name']}:cancel", {}) == {}
    assert state(vertex, job) == CANCELLING
    assert vertex.post(f"{job['name']}:cancel") == {}
    vertex.seconds += 1
    cancelled = vertex.get(job["name"])
    assert (cancelled["state"], cancelled["error"]["code"]) == (CANCELLED, 1)
    assert cancelled["endTime"] == cancelled["updateTime"] == "2023-11-14T22:13:23.250Z"
    vertex.wait()
    assert vertex.get("models") == {}


def test_a_cancel_that_comes_too_late(vertex):
    """A job that ends before its cancellation takes effect has ended; an ended job cannot be cancelled."""
    job = vertex.job()
    vertex.seconds += 9.5
    vertex.post(f"{job['name']}:cancel", {})
    vertex.seconds += 1
    assert state(vertex, job) == SUCCEEDED
    assert vertex.refused("POST", f"{job['name']}:cancel", json={}) == "FAILED_PRECONDITION"


def test_there_is_no_delete_and_no_patch(vertex):
    """Job records stay for ever."""
    job = vertex.job()
    for method in ("DELETE", "PATCH"):
        response = vertex.send(method, f"/v1/{job['name']}")
        assert (response.status_code, response.headers["content-type"][:9]) == (404, "text/html")


def test_instant(make_vertex):
    """With training_seconds=0 the create's own answer is done."""
    vertex = make_vertex(None, 0)
    job = vertex.job()
    assert job["state"] == SUCCEEDED
    assert vertex.get(job["tunedModel"]["endpoint"])["deployedModels"]
