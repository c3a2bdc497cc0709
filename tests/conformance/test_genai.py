"""The emulated Gemini API under google-genai, Google's present SDK, with an API key. It wants to be told the version:
`http_options={"base_url": ..., "api_version": "v1beta"}`; with another base_url it asks for v1, which has no
tuned models but to generate with.

What it does that the emulator does not serve:

- tunings.tune: the client leaves out the examples that it was given (as of 3.4), so that the service, too, would refuse
  it: a training needs data. See the test.
- tunings.list is for Vertex AI alone, says the client. tunings.cancel asks for a path that the API does not have.
- count_tokens of a tuned model: likewise. Of base models: embed_content, images, videos, files, caches, batches, live.
"""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from google import genai
from google.genai import errors, types

CLIENT = "google-genai, Gemini API"
TRAINING_SECONDS = 0.3


@pytest.fixture(scope="module")
def client(url):
    """As `gemspec emulator` says it."""
    options = {"base_url": url, "api_version": "v1beta", "client_args": {"trust_env": False}}
    with genai.Client(api_key="none", http_options=options) as made:
        yield made


@pytest.fixture(scope="module")
def model(url):
    """A trained model, which this client cannot make."""
    examples = [{"textInput": str(n), "output": str(n + 1)} for n in range(1, 16)]
    task = {"trainingData": {"examples": {"examples": examples}}, "hyperparameters": {"epochCount": 2}}
    body = {"displayName": "Numbers", "baseModel": "models/gemini-1.0-pro-001", "tuningTask": task, "temperature": 0.5}
    with httpx.Client(base_url=f"{url}/v1beta/", trust_env=False) as plain:
        assert plain.post("tunedModels?tunedModelId=numbers", json=body).status_code == 200
        while plain.get("tunedModels/numbers").json()["state"] == "CREATING":
            time.sleep(0.05)
    return "tunedModels/numbers"


def test_answers(client, model):
    """generate_content and its stream, with settings; a chat."""
    config = types.GenerateContentConfig(temperature=0.2, system_instruction="Count.", max_output_tokens=5)
    answer = client.models.generate_content(model=model, contents="9", config=config)
    assert (answer.text, answer.candidates[0].finish_reason) == ("10", types.FinishReason.STOP)
    assert "".join(chunk.text for chunk in client.models.generate_content_stream(model=model, contents="9")) == "10"
    chat = client.chats.create(model=model)
    assert [chat.send_message(text).text for text in ("3", "11")] == ["4", "12"]


def test_answers_under_v1(url, model):
    """As a client asks that was told nothing but the address."""
    options = {"base_url": url, "client_args": {"trust_env": False}}
    with genai.Client(api_key="none", http_options=options) as client:
        assert client.models.generate_content(model=model, contents="9").text == "10"


def test_asynchronously(url, model):
    """The same, by its asynchronous half."""

    async def ask():
        options = {"base_url": url, "api_version": "v1beta", "async_client_args": {"trust_env": False}}
        async with genai.Client(api_key="none", http_options=options).aio as client:
            answer = await client.models.generate_content(model=model, contents="1")
            stream = await client.models.generate_content_stream(model=model, contents="9")
            return answer.text, "".join([chunk.text async for chunk in stream])

    assert asyncio.run(ask()) == ("2", "10")


def test_models(client, model):
    """get, list by pages, of base models too; update and delete."""
    got = client.models.get(model=model)
    assert (got.name, got.display_name) == (model, "Numbers")
    assert got.tuned_model_info.base_model == "models/gemini-1.0-pro-001"
    assert got.tuned_model_info.create_time < got.tuned_model_info.update_time
    assert [found.name for found in client.models.list(config={"query_base": False, "page_size": 1})] == [model]
    assert "models/gemini-1.5-flash" in [found.name for found in client.models.list(config={"page_size": 2})]
    client.models.update(model=model, config={"description": "the next number"})
    assert client.models.get(model=model).description == "the next number"


def test_a_tuning_job(client, model):
    """tunings.get reads a tuned model as a job."""
    job = client.tunings.get(name=model)
    assert (job.name, job.state) == (model, types.JobState.JOB_STATE_SUCCEEDED)
    assert job.tuned_model.model == model
    assert job.create_time == job.start_time < job.end_time


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
def test_tune_sends_no_examples(client):
    """The client drops them; a training without data is refused."""
    data = types.TuningDataset(examples=[types.TuningExample(text_input="1", output="2")])
    with pytest.raises(errors.ClientError, match="at least one example"):
        client.tunings.tune(base_model="models/gemini-1.0-pro-001", training_dataset=data)


def test_refusals(client, url, model):
    """The client's exceptions carry code and status."""
    with pytest.raises(errors.ClientError) as refused:
        client.models.get(model="tunedModels/nobody")
    assert (refused.value.code, refused.value.status) == (404, "NOT_FOUND")
    options = {"base_url": url, "api_version": "v1beta", "client_args": {"trust_env": False}}
    with (
        genai.Client(api_key="invalid", http_options=options) as stranger,
        pytest.raises(errors.ClientError, match="API key not valid"),
    ):
        stranger.models.get(model=model)


@pytest.mark.parametrize("use", ["count_tokens", "cancel", "list"])
def test_what_is_not_served(client, model, use):
    """The list above, where the request comes as far as the service, or the client itself refuses it."""
    calls = {
        "count_tokens": lambda: client.models.count_tokens(model=model, contents="9"),
        "cancel": lambda: client.tunings.cancel(name=model),
        "list": lambda: client.tunings.list(),
    }
    with pytest.raises((errors.ClientError, ValueError), match=r"404|only supported in"):
        calls[use]()


def test_delete(client, url):
    """The answer is empty; then it is gone."""
    with httpx.Client(base_url=f"{url}/v1beta/", trust_env=False) as plain:
        task = {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}
        body = {"displayName": "Gone", "baseModel": "models/gemini-1.0-pro-001", "tuningTask": task}
        name = plain.post("tunedModels", json=body).json()["metadata"]["tunedModel"]
    client.models.delete(model=name)
    with pytest.raises(errors.ClientError, match="does not exist"):
        client.models.get(model=name)
