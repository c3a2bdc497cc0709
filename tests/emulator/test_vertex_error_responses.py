"""Requests to Vertex AI are refused as the service refuses them."""

import pytest

SPEC = "tuning_job.supervised_tuning_spec"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"baseModel": ""}, None),
        ({"baseModel": "gemini-9"}, None),
        ({"baseModel": "models/gemini-2.5-flash"}, None),
        ({"baseModel": None}, "tuning_job"),
        ({"preTunedModel": {"tunedModelName": "x"}}, "tuning_job"),
        ({"preTunedModel": {}, "baseModel": "gemini-2.5-flash"}, "tuning_job"),
        ({"supervisedTuningSpec": None}, SPEC),
        ({"supervisedTuningSpec": {}}, f"{SPEC}.training_dataset_uri"),
        ({"preferenceOptimizationSpec": {}}, "tuning_job"),
        ({"colour": "red"}, "tuning_job"),
        ({"batchSize": 4}, "tuning_job"),
        ({"tunedModelDisplayName": "x" * 129}, "tuning_job.tuned_model_display_name"),
        ({"tunedModelDisplayName": 7}, "tuning_job.tuned_model_display_name"),
        ({"labels": {"Team": "x"}}, "tuning_job.labels"),
        ({"labels": {"team": "x" * 64}}, "tuning_job.labels"),
        ({"labels": {"1team": "x"}}, "tuning_job.labels"),
        ({"labels": {"": "x"}}, "tuning_job.labels"),
        ({"labels": {"team": "a.b"}}, "tuning_job.labels"),
        ({"labels": {"team": True}}, "tuning_job.labels[team]"),
        ({"serviceAccount": "me"}, "tuning_job.service_account"),
        ({"encryptionSpec": {}}, "tuning_job.encryption_spec.kms_key_name"),
        ({"encryptionSpec": {"kmsKeyName": "k"}}, "tuning_job.encryption_spec.kms_key_name"),
        (
            {"encryptionSpec": {"kmsKeyName": "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k"}},
            "tuning_job.encryption_spec.kms_key_name",
        ),
    ],
)
def test_jobs_that_are_refused(vertex, change, field):
    """400 INVALID_ARGUMENT that names the field; no job is made."""
    order = {k: v for k, v in {**vertex.order(), **change}.items() if v is not None}
    error = vertex.refusal("POST", f"{vertex.HERE}/tuningJobs", json=order)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    if field:
        [detail] = error["details"]
        assert detail["@type"] == BAD_REQUEST
        assert [violation["field"] for violation in detail["fieldViolations"]] == [field]
    assert vertex.get("tuningJobs") == {}


@pytest.mark.parametrize(
    ("hyper", "field"),
    [
        ({"epochCount": 0}, "epoch_count"),
        ({"epochCount": 101}, "epoch_count"),
        ({"epochCount": "many"}, "epoch_count"),
        ({"epochCount": 1.5}, "epoch_count"),
        ({"learningRateMultiplier": 0}, "learning_rate_multiplier"),
        ({"learningRateMultiplier": "NaN"}, "learning_rate_multiplier"),
        ({"adapterSize": 8}, "adapter_size"),
        ({"adapterSize": "ADAPTER_SIZE_THIRTY_TWO"}, "adapter_size"),
        ({"adapterSize": "ADAPTER_SIZE_UNSPECIFIED"}, "adapter_size"),
        ({"adapterSize": ""}, "adapter_size"),
        ({"batchSize": 8}, ""),
        ({"learningRate": 0.1}, ""),
    ],
)
def test_hyperparameters_that_are_refused(vertex, hyper, field):
    """Ranges, types, and settings that Vertex AI does not have."""
    error = vertex.refusal("POST", f"{vertex.HERE}/tuningJobs", json=vertex.order(hyper=hyper))
    [violation] = error["details"][0]["fieldViolations"]
    assert violation["field"] == f"{SPEC}.hyper_parameters.{field}".removesuffix(".")


def test_both_spellings(vertex):
    """Fields come in camelCase or snake_case, enums by name or number, numbers as strings."""
    hyper = {"epoch_count": "4", "learning_rate_multiplier": "0.5", "adapter_size": 6}
    spec = {"training_dataset_uri": "gs://my-data/numbers.jsonl", "hyper_parameters": hyper}
    body = {"base_model": "gemini-2.5-flash", "supervised_tuning_spec": spec, "tuned_model_display_name": "x"}
    made = vertex.post("tuningJobs", body)["supervisedTuningSpec"]["hyperParameters"]
    assert made == {"epochCount": "4", "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_TWO"}
    error = vertex.refusal("POST", f"{vertex.HERE}/tuningJobs", json={**body, "baseModel": "gemini-2.5-pro"})
    assert error["status"] == "INVALID_ARGUMENT"  # set twice


def test_what_the_service_sets_is_ignored(vertex):
    """Fields that are output only are checked for their form, and then not looked at."""
    job = vertex.job(name="projects/x/locations/y/tuningJobs/1", state="JOB_STATE_FAILED", experiment="e")
    assert (job["state"], "experiment" in job) == ("JOB_STATE_PENDING", False)
    assert vertex.refused("POST", "tuningJobs", json=vertex.order(state="DONE")) == "INVALID_ARGUMENT"


def test_all_mistakes_at_once(vertex):
    """As with the Gemini API."""
    order = vertex.order(hyper={"epochCount": 0}, labels={"A": "x"}, serviceAccount="me")
    error = vertex.refusal("POST", f"{vertex.HERE}/tuningJobs", json=order)
    assert len(error["details"][0]["fieldViolations"]) == len(error["message"].splitlines()) == 3


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("projects/p/locations/us-central1", "PERMISSION_DENIED"),
        ("projects/Emulated/locations/us-central1", "PERMISSION_DENIED"),
        ("projects/emulated/locations/mars", "INVALID_ARGUMENT"),
        ("projects/emulated/locations/us", "INVALID_ARGUMENT"),  # no tuning there
        ("projects/emulated/locations/global", "INVALID_ARGUMENT"),
    ],
)
def test_places(vertex, place, status):
    """Projects that cannot be, locations that are none, and those without tuning."""
    assert vertex.refused("POST", f"{place}/tuningJobs", json=vertex.order()) == status


@pytest.mark.parametrize("path", ["tuningJobs/1", "models/1", "models/1@2", "endpoints/1", "operations/1",
                                  "models/1/operations/2", "models/1:listVersions"])  # fmt: skip
def test_what_is_not_there(vertex, path):
    """404 with a status of google.rpc."""
    assert vertex.refused("GET", path) == "NOT_FOUND"


@pytest.mark.parametrize(
    "path", ["tuningJobs?page=1", "tuningJobs?pageSize=-1", "tuningJobs?pageSize=x", "models?orderBy=name",
             "models?filter=a=b&filter=c=d", "endpoints?pageToken=x", "operations?filter=done"],
)  # fmt: skip
def test_query_parameters(vertex, path):
    """Unknown, repeated, wrongly typed and unserved ones are refused."""
    assert vertex.refused("GET", path) == "INVALID_ARGUMENT"


def test_keys_are_no_principals(vertex):
    """A key alone is 401, as the services of Google Cloud answer it."""
    error = vertex.refusal("GET", f"{vertex.HERE}/models", headers={"x-goog-api-key": "k"})
    assert error["status"] == "UNAUTHENTICATED"
    assert error["details"][0]["metadata"] == {
        "service": "aiplatform.googleapis.com",
        "method": "google.cloud.aiplatform.v1.ModelService.ListModels",
    }
    headers = {"x-goog-api-key": "k", "Authorization": "Bearer user:ann@example.com"}
    assert vertex.get("models", headers=headers) == {}


@pytest.mark.parametrize("path", ["models:upload", "endpoints/1:predict", "endpoints/1:mutateDeployedModel",
                                  "tuningJobs:rebaseTunedModel", "trainingPipelines"])  # fmt: skip
def test_what_is_not_served(vertex, path):
    """A page that says 404, as for any path that there is not."""
    response = vertex.send("POST", f"{vertex.HERE}/{path}", json={})
    assert (response.status_code, response.headers["content-type"][:9]) == (404, "text/html")
