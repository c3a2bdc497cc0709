"""An emulator behind real HTTP, where a test can hold requests, and gemspec in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

import gemspec
from gemspec import cli
from gemspec.emulator import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0  # seconds until a test gives up
TRAINING_SECONDS = 10
COMMAND = (sys.executable, "-c", "from gemspec.cli import main; main()")


def until(condition: Callable[[], bool], what: str | Callable[[], str]) -> None:
    """Wait for something that another thread or process does; `what` it is."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what if isinstance(what, str) else what()}"
        time.sleep(0.005)


@dataclass
class Hold:
    """Stops matching requests: `before` the service sees them, or once they are `applied` and not yet answered."""

    method: str
    path: str
    when: str
    arrived: int = 0
    _end: str = ""

    def matches(self, scope: Any) -> bool:
        return not self._end and scope["method"] == self.method and bool(re.search(self.path, scope["path"]))

    def wait(self, arrivals: int = 1) -> None:
        until(lambda: self.arrived >= arrivals, f"{self.method} {self.path}")

    def go_on(self) -> None:
        self._end = "go on"

    def drop(self) -> None:
        """Let the held requests be lost, as when the network fails with the process."""
        self._end = "drop"

    async def stop(self) -> bool:
        """Hold a request; give whether it continues."""
        self.arrived += 1
        while not self._end:  # noqa: ASYNC110 - set from the test's thread
            await asyncio.sleep(0.002)
        return self._end == "go on"


@dataclass
class Service:
    """The emulator on a port of its own; trainings take TRAINING_SECONDS of `now`, which the test moves."""

    now: float = 1_700_000_000.0
    holds: list[Hold] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = self.make_app()
        config = uvicorn.Config(self._boundary, interface="asgi3", port=0, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server.started, "the emulator")
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def make_app(self) -> Any:
        """The emulator."""
        return create_app(None, training_seconds=TRAINING_SECONDS, clock=lambda: self.now)

    def hold(self, method: str, path: str, when: str) -> Hold:
        self.holds.append(Hold(method, path, when))
        return self.holds[-1]

    def close(self) -> None:
        for hold in self.holds:
            hold.drop()
        self._server.should_exit = True
        self._thread.join()
        self.app.state.store.close()

    @property
    def trainings(self) -> int:
        """How many trainings were ever started."""
        return self.app.state.store.trainings_started()

    @property
    def models(self) -> list[str]:
        answer = httpx.get(f"{self.url}/v1beta/tunedModels", params={"pageSize": 100})
        return [model["name"] for model in answer.json().get("tunedModels", [])]

    async def _boundary(self, scope: Any, receive: Any, send: Any) -> None:
        hold = next((hold for hold in self.holds if hold.matches(scope)), None)
        if hold is None:
            await self.app(scope, receive, send)
        elif hold.when == "before":
            if await hold.stop():
                await self.app(scope, receive, send)
        else:
            answer = []

            async def keep(message: Any) -> None:
                answer.append(message)

            await self.app(scope, receive, keep)
            if await hold.stop():
                for message in answer:
                    await send(message)


@dataclass
class Gemspec:
    """Runs gemspec in a project folder, against a service."""

    folder: Path
    service: Service
    running: list[Command] = field(default_factory=list)

    def environ(self) -> dict[str, str]:
        """What its processes have as their environment."""
        root = str(Path(gemspec.__file__).parent.parent)
        inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        return {**inherited, "GEMSPEC_ENDPOINT": self.service.url, "PYTHONPATH": root, "HOME": str(self.folder.parent)}

    def start(self, *words: str) -> Command:
        command = Command(self.folder / f"log{len(self.running)}", words, self.folder, self.environ())
        self.running.append(command)
        return command

    def run(self, *words: str) -> int:
        """Run a command in this process, where a process of its own shows nothing more; its exit status."""
        with contextlib.chdir(self.folder), pytest.MonkeyPatch.context() as patch:
            patch.setenv("GEMSPEC_ENDPOINT", self.service.url)
            return cli.run(words)

    def apply(self) -> Command:
        return self.start("apply", "--auto-approve")

    def finish(self, command: Command) -> None:
        """Let the training that `command` waits for end; the command then ends well."""
        command.says("training tunedModels/")
        self.service.now += TRAINING_SECONDS
        assert command.wait() == 0, command.text

    def is_settled(self) -> bool:
        """Whether a plan is empty."""
        return self.run("plan", "--detailed-exitcode") == 0

    def close(self) -> None:
        for command in self.running:
            command.close()


class Command:
    """One process; what it prints (both streams) is collected in a file."""

    def __init__(self, log: Path, words: tuple[str, ...], folder: Path, env: dict[str, str]) -> None:
        self._log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [*COMMAND, *words], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def status(self) -> int | None:
        return self._process.poll()

    def says(self, pattern: str) -> None:
        until(lambda: bool(re.search(pattern, self.text)), f"{pattern!r} in:\n{self.text}")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = PATIENCE) -> int:
        return self._process.wait(seconds)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
