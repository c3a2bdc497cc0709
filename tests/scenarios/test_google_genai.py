"""What `gemspec output` names, asked by those that it is for: programs with google-genai in Vertex mode.

gemspec speaks HTTP here, to a server that stands in for Vertex AI and Cloud Storage.
"""

from __future__ import annotations

import json
import os
import threading
import time

import pytest
import uvicorn
from google import genai
from google.oauth2.credentials import Credentials

from .language import play
from .project_fixture import PROMPT

CHANGED = """
    a says two, called ticket sorter, labelled team=support
    $ apply
    = a#1 retired, a#2 serves
"""


@pytest.fixture
def stage(make_stage, monkeypatch):
    """A project on Vertex AI; GEMSPEC_ENDPOINT names the stand-in."""
    stage = make_stage("vertex")
    project = stage.here / "gemspec.yaml"
    project.write_text(project.read_text().replace("provider: emulator", "provider: vertex"))
    server = uvicorn.Server(uvicorn.Config(stage.service, interface="asgi3", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    monkeypatch.setenv("GEMSPEC_ENDPOINT", f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    yield stage
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(stage):
    """Google's, as a program makes it."""
    options = {"base_url": os.environ["GEMSPEC_ENDPOINT"], "api_version": "v1", "client_args": {"trust_env": False}}
    place = {"project": "my-project", "location": "us-central1"}
    with genai.Client(vertexai=True, credentials=Credentials("none"), http_options=options, **place) as made:
        yield made


def test_the_endpoint_answers(stage, client):
    """The new one as well as the old one that is kept, and after a rollback the old one again."""
    play(stage, "a says one\n$ apply\na answers one")
    first = stage.output("a")
    assert "/endpoints/" in first
    assert client.models.generate_content(model=first, contents=PROMPT).text == "one"
    play(stage, CHANGED)
    second = stage.output("a")
    for name, word in ((first, "one"), (second, "two")):
        assert client.models.generate_content(model=name, contents=PROMPT).text == word
    play(stage, "a says one\n$ apply\ntrained 2\nsettled")
    assert stage.output("a") == first


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
def test_google_s_client_finds_what_gemspec_says(stage, client):
    """The job and the model that `output --format json` names belong to the endpoint."""
    play(stage, f"a says one\n$ apply\n{CHANGED}")
    stage.run(["output", "--format", "json"])
    names = json.loads(stage.said)["a"]
    job = client.tunings.get(name=names["job"])
    assert job.has_succeeded
    assert job.tuned_model_display_name == "ticket sorter"
    assert [_bare(name) for name in (job.tuned_model.endpoint, job.tuned_model.model)] == [
        _bare(names["endpoint"]),
        _bare(names["model"]),
    ]
    model = client.models.get(model=names["model"].partition("@")[0])
    assert model.display_name == "ticket sorter"
    assert model.labels["team"] == "support"


def _bare(name):
    """Without the project, which is its id in one place and its number in the other."""
    return name.split("/", 2)[2]
