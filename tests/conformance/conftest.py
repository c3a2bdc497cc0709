"""`gemspec emulator`, as a process of its own, under the clients that Google publishes. Their calls are counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import httplib2
import httpx
import httpx2
import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

collect_ignore = ["generativeai"]  # runs in an environment of its own: test_generativeai.py
COMMAND = [sys.executable, "-c", "from gemspec.cli import main; main()", "emulator"]
OPTIONS = ["--port", "0", "--in-memory", "--bucket", "my-data", "--training-seconds"]
# What Google's clients send with; httpx2 is google-genai's.
SENDERS = [
    *((library.Client, "send") for library in (httpx, httpx2)),
    *((library.AsyncClient, "send") for library in (httpx, httpx2)),
    (requests.Session, "send"),
    (httplib2.Http, "request"),
]


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Its address. Trainings take the module's TRAINING_SECONDS."""
    seconds = str(getattr(request.module, "TRAINING_SECONDS", 1.5))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([*COMMAND, *OPTIONS, seconds], stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found
        yield found[0]
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def data(url: str) -> str:
    """Training data in its Cloud Storage: each number and the next, as Vertex AI takes it."""
    turn = '{{"role": "{}", "parts": [{{"text": "{}"}}]}}'.format
    lines = (f'{{"contents": [{turn("user", n)}, {turn("model", n + 1)}]}}\n' for n in range(1, 16))
    path = "/upload/storage/v1/b/my-data/o?uploadType=media&name=numbers.jsonl"
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert client.post(path, content="".join(lines)).status_code == 200
    return "gs://my-data/numbers.jsonl"


@pytest.fixture(autouse=True)
def _counted(request, monkeypatch, tally):
    """Count the calls of the client that the module names, `CLIENT`."""
    calls = []

    def count(sender, name):
        send = getattr(sender, name)

        def counting(*args, **how):
            calls.append(name)
            return send(*args, **how)

        monkeypatch.setattr(sender, name, counting)

    for sender, name in SENDERS:
        count(sender, name)
    yield
    if calls:
        tally(f"calls of {request.module.CLIENT}", len(calls))
