"""A served emulator whose clock the tests move, and a folder of commands in which `gemspec` is this gemspec."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from gemspec.emulator import create_app

from .actions_runner import ROOT, write_command
from .github_team import DATA, MODEL, Team

FORKING = Path(__file__).parent / "forking.py"


@dataclass
class Service:
    """An emulator at `url`; trainings take ten seconds of `now`."""

    url: str = ""
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service(monkeypatch):
    """The emulator, named in GEMSPEC_ENDPOINT."""
    service = Service()
    config = uvicorn.Config(
        create_app(None, training_seconds=10, clock=service), port=0, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    service.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    monkeypatch.setenv("GEMSPEC_ENDPOINT", service.url)
    yield service
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def gemspec():
    """The lines of a script that runs this gemspec."""
    with tempfile.TemporaryDirectory() as folder:  # a short name: a socket's may have a hundred characters
        path = f"{folder}/socket"
        command = [sys.executable, "-P", str(FORKING), "serve", path]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as server:
            assert server.stdout.readline() == b"ready\n"
            yield f'exec "{sys.executable}" -S "{FORKING}" call "{path}" "$@"\n'
            server.terminate()


@pytest.fixture
def commands(tmp_path, gemspec):
    """A folder for PATH: `gemspec`, `python`, and whatever a test puts there."""
    folder = tmp_path / "commands"
    folder.mkdir()
    write_command(folder / "gemspec", gemspec)
    write_command(folder / "python", f'exec "{sys.executable}" "$@"\n')
    return folder


@pytest.fixture
def team(tmp_path, commands, service):
    """A repository with a project, and no model yet."""
    return Team(tmp_path, commands)


@pytest.fixture
def merged(team):
    """Pull request 7, which adds the model: planned, merged, not applied."""
    team.propose(7, tickets_yaml=MODEL, tickets_jsonl=DATA).job("plan")
    team.merge(7)
    return team
