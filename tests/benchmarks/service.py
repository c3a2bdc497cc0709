"""A served emulator with instant training in a process of its own, behind a counter of requests."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import httpx
from measure import Run, run, surroundings

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

GEMSPEC = (sys.executable, "-m", "gemspec")
SERVE = """
import sys
from pathlib import Path
import uvicorn
from gemspec.emulator import create_app

app, count = create_app(Path(sys.argv[1]), training_seconds=float(sys.argv[2])), 0

async def counting(scope, receive, send):
    global count
    if scope["path"] == "/count":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(count).encode()})
        return
    count += 1
    await app(scope, receive, send)

config = uvicorn.Config(counting, interface="asgi3", port=0, log_level="info", access_log=False, lifespan="off")
uvicorn.Server(config).run()
"""


class Service:
    """An emulator on the file `database` for as long as the block runs; its trainings take so many seconds."""

    def __init__(self, database: Path, training_seconds: float = 0) -> None:
        self._database = database
        self._training_seconds = training_seconds

    def __enter__(self) -> Self:
        command = [sys.executable, "-c", SERVE, str(self._database), str(self._training_seconds)]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=surroundings())
        assert self._process.stderr
        found = None
        while not found:
            found = re.search(r"running on (http://\S+)", self._process.stderr.readline())
        self.url = found[1]
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stderr
        self._process.stderr.close()

    @property
    def requests(self) -> int:
        """How many there were."""
        return int(httpx.get(f"{self.url}/count", trust_env=False).text)

    def gemspec(self, folder: Path, *words: str) -> Run:
        """Run a command of gemspec's in a project."""
        return run([*GEMSPEC, *words], folder, GEMSPEC_ENDPOINT=self.url)
