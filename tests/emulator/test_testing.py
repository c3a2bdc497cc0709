"""The fixture for other projects' tests, as they meet it: found by its entry point, in a project of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import pytest

from gemspec.emulator.testing import serving

THEIRS = """
import os
import time
import urllib.request, json
import pytest

BODY = {
    "displayName": "numbers",
    "baseModel": "models/gemini-1.0-pro-001",
    "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}},
}


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def test_it_is_empty_and_instant(gemspec_emulator):
    url = gemspec_emulator.url
    assert call(f"{url}/v1beta/tunedModels") == {}
    call(f"{url}/v1beta/tunedModels?tunedModelId=a", BODY)
    assert call(f"{url}/v1beta/tunedModels/a")["state"] == "ACTIVE"
    assert gemspec_emulator.trainings == 1
    assert os.environ["GEMSPEC_ENDPOINT"] == os.environ["STORAGE_EMULATOR_HOST"] == url


def test_each_test_has_its_own(gemspec_emulator):
    assert call(f"{gemspec_emulator.url}/v1beta/tunedModels") == {}


@pytest.mark.gemspec_emulator(training_seconds=3600, buckets=["my-data"])
def test_the_clock(gemspec_emulator):
    url = gemspec_emulator.url
    call(f"{url}/v1beta/tunedModels?tunedModelId=a", BODY)
    assert call(f"{url}/v1beta/tunedModels/a")["state"] == "CREATING"
    gemspec_emulator.advance(3600)
    assert call(f"{url}/v1beta/tunedModels/a")["state"] == "ACTIVE"
    assert call(f"{url}/storage/v1/b/my-data")["name"] == "my-data"
"""
NOTHING_LOADED = """
import sys
def test_nothing_was_loaded():
    assert not {"starlette", "uvicorn", "gemspec.emulator.app", "gemspec.cli"} & set(sys.modules)
"""


@pytest.mark.parametrize("text", [THEIRS, NOTHING_LOADED], ids=["used", "not used"])
def test_in_a_project_of_theirs(tmp_path, text):
    """With strict markers; a project that does not use it does not pay for it."""
    (tmp_path / "test_theirs.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-W", "error", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_without_pytest():
    """As a context manager, with faults. Afterwards the port is closed."""
    rules = {"requests": [{"path": "/v1beta/*", "fault": "unavailable", "times": 1}]}
    with serving(faults=rules) as service, httpx.Client(base_url=service.url, trust_env=False) as client:
        assert [client.get("/v1beta/tunedModels").status_code for _ in range(2)] == [503, 200]
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as client:
        client.get(service.url)
