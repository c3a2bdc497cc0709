"""The emulated Vertex AI under Google's own client for it, google-genai in Vertex mode.

What that client does that the emulator does not serve:

- It speaks v1beta1 unless `api_version="v1"` (or GOOGLE_GENAI_API_VERSION) says otherwise.
- tunings.tune with another `method` than supervised, or with evaluation_config, output_uri, custom_base_model,
  batch_size, learning_rate, tuning_mode, dataset_resource: refused as unknown or unsupported.
- tunings.validate_reward; models.list, get and generate_content of base models (publishers/google/models);
  count_tokens, compute_tokens, embeddings, images, videos; caches, batches, files, live.
- models.list(query_base=False) with a filter of the caller's own sends `filter` twice, which is refused here.
- With an API key instead of credentials (express mode) its paths have no project, and keys are refused.
"""

import time

import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

pytestmark = pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")

CLIENT = "google-genai, Vertex AI"
HERE = "projects/emulated/locations/us-central1"


@pytest.fixture(scope="module")
def client(url):
    """As `gemspec emulator` says it."""
    options = {"base_url": url, "api_version": "v1", "client_args": {"trust_env": False}}
    credentials = Credentials("none")
    place = {"project": "emulated", "location": "us-central1"}
    with genai.Client(vertexai=True, credentials=credentials, http_options=options, **place) as made:
        yield made


@pytest.fixture
def tune(client, data):
    """Starts a job; lets it end if asked to."""

    def make(base_model="gemini-2.5-flash", *, ended=False, **config):
        config = {"epoch_count": 2, "export_last_checkpoint_only": True, "tuned_model_display_name": "numbers"} | config
        job = client.tunings.tune(base_model=base_model, training_dataset={"gcs_uri": data}, config=config)
        while ended and not job.has_ended:
            time.sleep(0.1)
            job = client.tunings.get(name=job.name)
        return job

    return make


def test_a_job_through_its_life(client, tune):
    """tune, get until it has ended, list; every field arrives in google-genai's types."""
    job = tune(labels={"team": "bots"}, description="d", adapter_size="ADAPTER_SIZE_TWO", learning_rate_multiplier=0.5)
    assert job.state in (types.JobState.JOB_STATE_PENDING, types.JobState.JOB_STATE_RUNNING)
    seen = {job.state}
    while not job.has_ended:
        job = client.tunings.get(name=job.name)
        seen.add(job.state)
        time.sleep(0.05)
    assert seen == {types.JobState[f"JOB_STATE_{state}"] for state in ("PENDING", "RUNNING", "SUCCEEDED")}
    assert job.has_succeeded
    assert job.create_time < job.start_time < job.end_time == job.update_time
    assert (job.base_model, job.description, job.labels) == ("gemini-2.5-flash", "d", {"team": "bots"})
    hyper = job.supervised_tuning_spec.hyper_parameters
    assert (hyper.epoch_count, hyper.learning_rate_multiplier) == (2, 0.5)
    assert hyper.adapter_size == types.AdapterSize.ADAPTER_SIZE_TWO
    assert job.supervised_tuning_spec.export_last_checkpoint_only
    assert job.tuned_model.model.endswith("@1")
    assert job.tuned_model.checkpoints is None
    stats = job.tuning_data_stats.supervised_tuning_data_stats
    assert (stats.tuning_dataset_example_count, stats.tuning_step_count) == (15, 4)
    assert stats.user_input_token_distribution.buckets[0].count == 15
    assert "tuning-experiment" in job.experiment


def test_a_validation_dataset_and_checkpoints(client, tune, data):
    """As google-genai sends them."""
    dataset = types.TuningValidationDataset(gcs_uri=data)
    job = tune(ended=True, validation_dataset=dataset, export_last_checkpoint_only=None)
    assert [checkpoint.checkpoint_id for checkpoint in job.tuned_model.checkpoints] == ["1", "2"]
    model = client.models.get(model=job.tuned_model.model)
    assert model.default_checkpoint_id == "2"
    changed = client.models.update(model=model.name, config={"default_checkpoint_id": "1"})
    assert changed.default_checkpoint_id == "1"


def test_lists(client, tune):
    """The client's pager walks all pages; a filter on labels finds."""
    names = [tune(labels={"list": "yes"}).name for _ in range(3)]
    listed = client.tunings.list(config={"page_size": 2, "filter": "labels.list=yes"})
    assert [job.name for job in listed] == names


def test_cancel(client, tune):
    """CANCELLING, then CANCELLED with a status; twice is refused."""
    job = tune()
    client.tunings.cancel(name=job.name)
    while not (job := client.tunings.get(name=job.name)).has_ended:
        assert job.state == types.JobState.JOB_STATE_CANCELLING
        time.sleep(0.05)
    assert (job.state, job.error.code) == (types.JobState.JOB_STATE_CANCELLED, 1)
    with pytest.raises(errors.ClientError, match="FAILED_PRECONDITION"):
        client.tunings.cancel(name=job.name)


def test_errors_as_the_client_sees_them(client, tune):
    """Refusals arrive as ClientError with code and status."""
    with pytest.raises(errors.ClientError) as refused:
        tune("gemini-9")
    assert (refused.value.code, refused.value.status) == (400, "INVALID_ARGUMENT")
    with pytest.raises(errors.ClientError) as refused:
        client.tunings.get(name=f"{HERE}/tuningJobs/1")
    assert (refused.value.code, refused.value.status) == (404, "NOT_FOUND")
    with pytest.raises(errors.ClientError, match="batch"):
        tune(batch_size=4)


def test_generation(client, tune):
    """generate_content and the stream on the endpoint."""
    endpoint = tune(ended=True).tuned_model.endpoint
    config = types.GenerateContentConfig(
        temperature=0.2, top_k=3, system_instruction="count", response_modalities=["TEXT"], labels={"a": "b"},
        safety_settings=[types.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_NONE")],
    )  # fmt: skip
    answer = client.models.generate_content(model=endpoint, contents="9", config=config)
    assert (answer.text, answer.candidates[0].finish_reason) == ("10", types.FinishReason.STOP)
    assert answer.usage_metadata.total_token_count == 2
    assert [chunk.text for chunk in client.models.generate_content_stream(model=endpoint, contents="9")] == ["1", "0"]


def test_models(client, tune):
    """list, get, update (which comes without an updateMask), and a delete that is refused while it is deployed."""
    job = tune(ended=True, tuned_model_display_name="one of many")
    id_ = job.name.rpartition("/")[2]
    listed = client.models.list(config={"query_base": False, "page_size": 2})
    [model] = [model for model in listed if model.labels["google-vertex-llm-tuning-job-id"] == id_]
    assert (model.display_name, model.version) == ("one of many", "1")
    assert model.endpoints[0].name == job.tuned_model.endpoint
    assert client.models.get(model=model.name) == model
    changed = client.models.update(model=model.name, config={"display_name": "new", "description": "d"})
    assert (changed.display_name, changed.description, changed.labels) == ("new", "d", model.labels)
    with pytest.raises(errors.ClientError, match="undeploy"):
        client.models.delete(model=model.name)


def test_tuned_further(client, tune):
    """A base model that is called projects/... is a preTunedModel; under its own name it gets a version."""
    first = tune(ended=True)
    second = tune(first.tuned_model.model, ended=True)
    assert second.pre_tuned_model.base_model == "gemini-2.5-flash"
    assert second.tuned_model.model == first.tuned_model.model.replace("@1", "@2")
    assert client.models.get(model=second.tuned_model.model).version == "2"


def test_newer_models_are_elsewhere(client, tune):
    """The client finds them by their own names, not in its own location."""
    job = tune("gemini-3.1-flash-lite", ended=True)
    assert "/locations/us/" in job.tuned_model.model
    assert client.models.get(model=job.tuned_model.model).endpoints[0].name == job.tuned_model.endpoint
    assert client.models.generate_content(model=job.tuned_model.endpoint, contents="3").text == "4"


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.models.list(config={"query_base": False, "filter": "labels.a=b"}),
        lambda client: client.models.list(),
        lambda client: client.models.get(model="gemini-2.5-flash"),
        lambda client: client.models.generate_content(model="gemini-2.5-flash", contents="x"),
        lambda client: client.models.count_tokens(model="gemini-2.5-flash", contents="x"),
        lambda client: client.tunings.tune(
            base_model="gemini-2.5-flash",
            training_dataset={"gcs_uri": "gs://my-data/numbers.jsonl"},
            config={"method": "PREFERENCE_TUNING"},
        ),
    ],
)
def test_what_is_not_served(client, use):
    """It is refused, not ignored."""
    with pytest.raises(errors.ClientError):
        use(client)
