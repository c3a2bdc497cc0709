"""gemspec in processes of their own that start at once: each is forked from one that has loaded everything already.

`ForkServer` is the side of the tests. Run as a script, this module is the process that forks: single-threaded, so that
a fork is safe, which it is not in a test that serves an emulator. It reads an order a line and answers with a line.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
import pkgutil
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gemspec
from gemspec import cli

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE = 256 * 1024  # bytes; the smallest that uploads to Cloud Storage may be cut into
NOBODY = "http://127.0.0.1:9"
PROJECT = {
    "gemspec.yaml": "{apiVersion: gemspec/v1, kind: Project, metadata: {name: a}, spec: {provider: emulator}}",
    "a.yaml": """{apiVersion: gemspec/v1, kind: TunedModel, metadata: {name: a}, spec: {baseModel: models/a,
        tuningTask: {trainingData: {examples: [{textInput: a, output: a}]}}}}""",
}
WAIT = 0.0005  # seconds that every pause takes in them: the time of the service passes with requests


class ForkServer:
    """Starts processes, and knows what has become of them."""

    def __init__(self) -> None:
        env = {**os.environ, "PYTHONPATH": str(Path(gemspec.__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"}
        pipe = subprocess.PIPE
        self._forker = subprocess.Popen([sys.executable, __file__], env=env, stdin=pipe, stdout=pipe, text=True)
        self._lock = threading.Lock()

    def start(self, folder: Path, log: Path, env: Mapping[str, str], *words: str) -> Forked:
        """Run gemspec in `folder`, with both streams in `log`."""
        log.touch()
        order = {"folder": str(folder), "log": str(log), "env": dict(env), "words": words}
        return Forked(self, self.ask(order), log)

    def ask(self, order: Mapping[str, Any]) -> Any:
        """Give an order to the process that forks; its answer."""
        with self._lock:
            assert self._forker.stdin
            assert self._forker.stdout
            self._forker.stdin.write(f"{json.dumps(order)}\n")
            self._forker.stdin.flush()
            return json.loads(self._forker.stdout.readline())

    def close(self) -> None:
        """End the process that forks; those that it forked have ended."""
        with self._forker:
            assert self._forker.stdin
            self._forker.stdin.close()


class Forked:
    """One process, as `served.Command` has it."""

    def __init__(self, fork_server: ForkServer, pid: int, log: Path) -> None:
        self.pid = pid
        self._fork_server = fork_server
        self._log = log
        self._status: int | None = None

    @property
    def text(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    @property
    def status(self) -> int | None:
        """Its exit status, negative where a signal ended it; None while it runs."""
        if self._status is None:
            self._status = self._fork_server.ask({"status of": self.pid})
        return self._status

    def signal(self, number: int) -> None:
        """Send it a signal; nothing happens when it has ended."""
        if self.status is None:  # until it is asked for, its id is not given to another
            os.kill(self.pid, number)


def _serve() -> None:
    _load()
    for line in sys.stdin:
        order = json.loads(line)
        if "status of" in order:
            pid, status = os.waitpid(order["status of"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif (answer := os.fork()) == 0:
            _be_gemspec(**order)
        print(json.dumps(answer), flush=True)


def _load() -> None:
    """Load what gemspec loads by and by: a plan that reaches nobody needs most of it."""
    import deepdiff  # noqa: F401 - last and largest

    # What takes longest: to read the machine's certificates, for each client again.
    ssl.create_default_context = functools.cache(ssl.create_default_context)
    for module in pkgutil.walk_packages(gemspec.__path__, "gemspec."):
        if not module.name.startswith(("gemspec.emulator", "gemspec.__main__")):
            importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, text in PROJECT.items():
            Path(name).write_text(text)
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            cli.run(["plan", "--endpoint", NOBODY])


def _be_gemspec(folder: str, log: str, env: dict[str, str], words: list[str]) -> None:
    """Become a command that somebody runs; does not return."""
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(env)
        nothing = os.open(os.devnull, os.O_RDONLY)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for source, target in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(source, target)
        _hurry()
        sys.stdin, sys.argv = open(0), ["gemspec", *words]  # noqa: SIM115 - as long as the process lives
        status = cli.run(words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        status = 70
    os._exit(status)


def _hurry() -> None:
    """Pauses are short, and pieces of uploads small."""
    import anyio

    from gemspec.applier import poller
    from gemspec.providers.gcs import content

    sleep = anyio.sleep
    anyio.sleep = lambda _seconds: sleep(WAIT)
    poller._SHORTEST = WAIT
    content.PIECE = PIECE


if __name__ == "__main__":
    _serve()
