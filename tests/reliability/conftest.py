"""gemspec as processes over real HTTP, against an emulator that can be stopped between a request and its answer."""

from __future__ import annotations

import pytest
from support.served import Gemspec, Service

from .bench import Bench
from .forked import ForkServer

FILES = {
    "gemspec.yaml": """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: team}
spec: {provider: emulator}
""",
    "a.yaml": """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 2}
    trainingData: {files: [a.jsonl]}
  lifecycle: {keepPrevious: 0}
""",
    "a.jsonl": '{"text_input": "1", "output": "2"}\n{"text_input": "3", "output": "4"}\n',
}


@pytest.fixture
def service():
    service = Service()
    yield service
    service.close()


@pytest.fixture
def project(service, tmp_path):
    """A project of one model, `a`."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    gemspec = Gemspec(tmp_path, service)
    yield gemspec
    gemspec.close()


@pytest.fixture(scope="session")
def fork_server():
    """Where processes come from that start at once."""
    fork_server = ForkServer()
    yield fork_server
    fork_server.close()


@pytest.fixture(scope="session")
def benches(fork_server, tmp_path_factory):
    """The bench of each provider, by its name; made on demand, and kept, since each story is recorded once."""
    made = {}

    def bench(provider):
        if provider not in made:
            made[provider] = Bench(tmp_path_factory.mktemp(provider), provider, fork_server)
        return made[provider]

    yield bench
    for started in made.values():
        started.close()


@pytest.fixture
def bench(benches, provider):
    """A service that can be stopped at any request, with a project on it."""
    return benches(provider)
