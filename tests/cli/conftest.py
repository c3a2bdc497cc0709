"""A served emulator whose clock the tests move, and the scripts' language."""

from __future__ import annotations

import threading
import time

import pytest
import uvicorn

from gemspec.cli.commands import status
from gemspec.emulator import create_app

from .script import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def service(clock, monkeypatch):
    """An emulator on a port of its own, named in GEMSPEC_ENDPOINT; trainings take ten seconds of `clock`."""
    app = create_app(None, training_seconds=10, clock=clock)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    monkeypatch.setenv("GEMSPEC_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(status, "now", clock)
    yield app
    server.should_exit = True
    thread.join()
