"""What the tests of trust share: projects to attack, servers that remember who asked, and what no output may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .garbage import harm

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

TOKEN = "ya29.canary-of-a-token-5d41402abc4b2a76"
KEY = "AIzaCanaryOfAnApiKey7d793037a0760186"
PROJECT = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: team}
spec: {provider: PROVIDER, policy: {maxDeletes: 5}}
"""
VERTEX = "vertex, vertex: {project: my-project, location: us-central1, bucket: my-bucket}"
MANIFEST = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: KEY}
spec:
  baseModel: BASE
  tuningTask:
    hyperparameters: {epochCount: 5}
    trainingData: {files: [KEY.jsonl]}
  lifecycle: {keepPrevious: 0}
"""
DATA = '{"text_input": "1", "output": "2"}\n{"text_input": "3", "output": "4"}\n'
_JOB = re.compile(r"^\s*::|##[A-Za-z]*\[", re.MULTILINE)
# A line that GitHub reads as a command is no other one, whatever is in it.
_OURS = re.compile(r"^::(error|warning|notice) .*$", re.MULTILINE)


def write(folder: Path, provider: str = "emulator", keys: str = "a", **files: str) -> None:
    """Lay out a project with a model for each of `keys`; more files by their names."""
    texts = {"gemspec.yaml": PROJECT.replace("PROVIDER", provider), **files}
    base = "models/gemini-1.0-pro-001" if "vertex" not in provider else "gemini-2.0-flash-001"
    for key in keys:
        texts |= {f"{key}.yaml": MANIFEST.replace("KEY", key).replace("BASE", base), f"{key}.jsonl": DATA}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def obeyed(text: str, *, ours: bool = False) -> Iterator[str]:
    """Find what a terminal or a job would obey; `ours`: workflow commands of gemspec's own are asked for."""
    yield from harm(text)
    rest = _OURS.sub("", text) if ours else text
    yield from (f"a job obeys {found.string[found.start() :][:60]!r}" for found in _JOB.finditer(rest))


@dataclass
class Ears:
    """An ASGI app that answers everything with what `answer` says, and remembers the requests.

    `answer` takes method and path, and gives status, headers and body; a body that is no bytes is iterated over.
    """

    answer: Callable[[str, str], tuple[int, dict[str, str], Any]]
    heard: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    instead_of: Any = None  # an app that is asked where `answer` gives status 0

    @property
    def secrets(self) -> list[str]:
        """The headers of all requests that hold a canary."""
        return [value for *_, headers in self.heard for value in headers.values() if TOKEN in value or KEY in value]

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.heard.append((scope["method"], scope["path"], headers))
        status, named, body = self.answer(scope["method"], scope["path"])
        if not status:
            await self.instead_of(scope, receive, send)
            return
        lines = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        for piece in [body] if isinstance(body, bytes) else body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def nobody(_method: str, _path: str) -> tuple[int, dict[str, str], bytes]:
    """Answer as one who should not have been asked."""
    return 200, {"content-type": "application/json"}, b"{}"
