"""The emulator served by uvicorn: announced, quiet, and stopped by a signal."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import httpx
import pytest

from gemspec.emulator import serve

SCRIPT = """
import sys
from pathlib import Path
from gemspec.emulator import serve
serve("127.0.0.1", 0, database=Path(sys.argv[1]), training_seconds=0, announce=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_served_until_a_signal(tmp_path, number):
    """serve announces its address once it answers there, logs no accesses, and returns when it is stopped."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "e.db")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        url = server.stdout.readline().strip()
        started = time.monotonic()
        with httpx.Client(base_url=url, trust_env=False) as client:
            assert client.get("/v1beta/tunedModels").json() == {}
            server.send_signal(number)  # the client's connection is still open
            out, err = server.communicate(timeout=30)
    assert (out, err, server.returncode) == ("stopped\n", "", 0)
    assert time.monotonic() - started < 20
    sqlite3.connect(tmp_path / "e.db").close()


def test_an_address_that_is_taken():
    """A port that another program has is an OSError, and nothing is announced."""
    announced = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            serve("127.0.0.1", port, database=None, training_seconds=0, announce=announced.append)
    assert announced == []
