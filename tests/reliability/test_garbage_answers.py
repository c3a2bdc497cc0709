"""Garbage in answers of the services: what cannot be read is an error that names what was asked, and nothing is made of
what looks right by chance but values that can be planned with and shown.

Both providers over a transport that spoils the answers of an emulated service, one at a time.
"""

from __future__ import annotations

import json
import re

import anyio
import httpx
import pytest
import stamina

from gemspec.applier.refresh import refresh
from gemspec.domain.errors import GemspecError, ServiceError
from gemspec.domain.marker import Marker
from gemspec.domain.project import Identity, Limit, Project
from gemspec.identity import description_marker as markers, hashing, label_marker
from gemspec.planner import PlanOptions
from gemspec.providers.gcs.client import Storage
from gemspec.providers.gemini.provider import GeminiProvider
from gemspec.providers.http import session as http
from gemspec.providers.http.api import Calls
from gemspec.providers.http.auth import Fixed
from gemspec.providers.http.endpoints import Endpoint
from gemspec.providers.vertex.api import VertexCalls
from gemspec.providers.vertex.provider import VertexProvider
from gemspec.providers.vertex.wire.resource_names import Place
from gemspec.render.markdown.plan import plan_markdown
from gemspec.render.terminal.plan import plan_text
from gemspec.render.terminal.problems import error_lines
from gemspec.render.terminal.status import status_lines
from gemspec.reports.plan import json_text, plan_document
from gemspec.reports.status import status_document

from .garbage import PARTS, Said, Trial, harm, seeds
from .mutations import as_json, bytes_mutated, tree_mutated

MARKER = Marker("bots", "numbers", "0a1b2c3d4e5f", "9f8e7d6c5b4a", 15, serving=1)
AT = "projects/my-project/locations/us-central1"
PROJECT = Project("bots", "gemini", Limit(30, percent=True), 10)
STATUSES = (200, 200, 200, 200, 400, 401, 403, 404, 409, 429, 500, 503, 302, 204)


def gemini_model(key, state):
    """A model of ours as the service tells it."""
    name = f"{key}-{hashing.remote_id('bots', key, '0a1b2c3d4e5f')[-10:]}"
    mine = Marker("bots", key, *(MARKER.train, MARKER.data, MARKER.examples), serving=1)
    return {
        "name": f"tunedModels/{name}",
        "state": state,
        "baseModel": "models/gemini-1.0-pro-001",
        "displayName": "numbers",
        "description": markers.join("Says the next.", mine, name),
        "temperature": 0.2,
        "topP": 1,
        "topK": 3,
        "readerProjectNumbers": ["123"],
        "createTime": "2026-01-01T00:00:00Z",
        "updateTime": "2026-01-01T00:00:00Z",
        "tuningTask": {
            "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
            "snapshots": [{"step": 1, "epoch": 1, "meanLoss": 3.5, "computeTime": "2026-01-01T00:00:00Z"}],
        },
    }


def gemini_answer(path):
    """What the Gemini API answers to a GET."""
    models = [gemini_model("numbers", "ACTIVE"), gemini_model("letters", "FAILED"), gemini_model("words", "CREATING")]
    if path.endswith("/operations"):
        name = f"{path.removeprefix('/v1beta/').removeprefix('/v1/')}/1"
        error = {"code": 3, "message": "too few examples"}
        metadata = {"totalSteps": 38, "completedSteps": 3, "snapshots": [{"step": 3, "epoch": 1, "meanLoss": 2.5}]}
        return {"operations": [{"name": name, "done": True, "error": error, "metadata": metadata}]}
    if path.endswith("/tunedModels"):
        return {"tunedModels": models}
    return next((model for model in models if path.endswith(model["name"])), models[0])


def vertex_answer(path):
    """What Vertex AI answers to a GET."""
    made = {"model": f"{AT}/models/2@1", "endpoint": f"{AT}/endpoints/3"}
    spec = {
        "trainingDatasetUri": "gs://b/x.jsonl",
        "hyperParameters": {"epochCount": "3", "adapterSize": "ADAPTER_SIZE_FOUR"},
    }
    common = {
        "displayName": "numbers",
        "description": "x",
        "etag": "e",
    }
    job = {
        "name": f"{AT}/tuningJobs/1",
        "state": "JOB_STATE_SUCCEEDED",
        "baseModel": "gemini-2.5-flash",
        "tunedModelDisplayName": "numbers",
        "labels": label_marker.of(MARKER, bound_to="gemini-2.5-flash\ngs://b/x.jsonl") | {"team": "chat"},
        "supervisedTuningSpec": spec,
        "tuningDataStats": {"supervisedTuningDataStats": {"tuningStepCount": "38"}},
        "tunedModel": {**made, "checkpoints": [{"step": "19"}]},
        "createTime": "2026-01-01T00:00:00.123456Z",
    }
    failed = {**job, "name": f"{AT}/tuningJobs/7", "state": "JOB_STATE_FAILED", "error": {"code": 3, "message": "bad"}}
    labels = {kind: label_marker.stamped({}, MARKER, "1", bound_to=kind) for kind in ("models/2", "endpoints/3")}
    model = {"name": f"{AT}/models/2", "versionId": "1", "labels": labels["models/2"], **common}
    endpoint = {
        "name": f"{AT}/endpoints/3",
        "labels": labels["endpoints/3"],
        "deployedModels": [{"id": "7", "model": f"{AT}/models/2"}],
        **common,
    }
    for what, body in (("tuningJobs", job), ("models", model), ("endpoints", endpoint)):
        if path.endswith(f"/{what}"):
            return {what: [job, {**failed, "tunedModel": {}}] if what == "tuningJobs" else [body]}
        if f"/{what}/" in path:
            return {what: [body]} if path.endswith(":listVersions") else body
    return {}


class Spoiler:
    """Answers requests; the one that `at` counts down to is spoilt."""

    def __init__(self, answer, random):
        self._answer, self._random, self.left = answer, random, random.randrange(5)
        self.spoilt = ""

    def __call__(self, request):
        right = self._answer(request.url.path)
        self.left -= 1
        if self.left != -1 and not self.spoilt.startswith(f"{request.method} {request.url.path}?"):
            return httpx.Response(200, json=right)
        self.spoilt = f"{request.method} {request.url.path}?"
        status = self._random.choice(STATUSES)
        if self._random.random() < 0.6:
            right = right if status < 300 else {"error": {"code": status, "message": "no", "details": [{"@type": "x"}]}}
            body = as_json(self._random, tree_mutated(self._random, right))
        else:
            body = bytes_mutated(self._random, json.dumps(right).encode(), [b"<html>"])
        return httpx.Response(status, content=body, headers={"location": "https://x.example/"} if status == 302 else {})


def providers(spoiler):
    """The two providers, each over its own client; `spoiler` answers."""
    client = http.client(Endpoint("https://x.googleapis.com", is_loopback=False), httpx.MockTransport(spoiler))
    session = http.Session(client, Fixed("access token", {"authorization": "Bearer token"}))
    yield gemini_answer, GeminiProvider(Calls(session), Identity("gemini", "https://x", "access token"))
    place = Place("my-project", "us-central1", "my-bucket")
    yield (
        vertex_answer,
        VertexProvider(VertexCalls(lambda _: session), Storage(session), place, Identity("vertex", "https://x", "")),
    )


async def planned(provider, random):
    """A plan that would delete all of it, drawn in one form or another."""
    plan = await refresh(provider, (), PROJECT, PlanOptions())
    document = plan_document(plan, provider.identity, version="1")
    return random.choice((plan_text, plan_markdown, json_text))(document)


async def looked_at(provider, random):
    """A list, a look at some of it, and what `status` makes of that."""
    live = await provider.list()
    found = await provider.poll([model.name for model in live][:3])
    document = status_document([live for live in found.values() if live], "bots")
    return random.choice((json_text, lambda drawn: "\n".join(status_lines(drawn))))(document)


def one_case(random, service):
    """What becomes of one spoilt answer: an output to be judged."""
    spoiler = Spoiler(None, random)
    answer, provider = [*providers(spoiler)][service]
    spoiler._answer = answer
    try:
        return Said(0, anyio.run(random.choice((planned, looked_at)), provider, random), ""), spoiler
    except GemspecError as error:
        faults = "" if isinstance(error, ServiceError) else f"{type(error).__name__}"
        return Said(1, "", "\n".join(error_lines(error)), faults), spoiler
    except Exception as error:
        import traceback

        return Said(1, "", "", "".join(traceback.format_exception(error))[-700:]), spoiler


def said_what_was_asked(text):
    """Whether an error names a request, or a host."""
    words = " ".join(text.split())
    return bool(
        re.search(r"reading|listing|asking|googleapis\.com|service|is not the name of|location of Vertex", words)
    )


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("service", [0, 1], ids=["gemini", "vertex"])
def test_answers(service, part, in_full, tally, monkeypatch):
    """Of lists, models, jobs, operations and refusals, with and without the right status."""
    waits = []

    async def at_once(seconds):
        waits.append(seconds)

    monkeypatch.setattr(anyio, "sleep", at_once)
    monkeypatch.setattr(http.log, "disabled", True)
    trial = Trial()
    with stamina.set_testing(True, attempts=http.ATTEMPTS):
        for name, random in seeds(f"answer {service}", part, 1000, in_full=in_full):
            said, spoiler = one_case(random, service)
            faults = [*harm(said.out + said.err)]
            faults += [f"it raised {said.escaped}"] if said.escaped else []
            if said.status and not said.escaped and not said_what_was_asked(said.err):
                faults.append("it does not say what was asked")
            trial.note(f"{name} ({spoiler.spoilt})", said, faults)
    tally(f"garbage: answers of {('the Gemini API', 'Vertex AI')[service]}", trial.tries, len(trial.faults))
    assert not trial.faults, trial.tell()
    assert min(trial.statuses[0], trial.statuses[1]) > trial.tries / 100
