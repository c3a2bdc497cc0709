"""A project whose models say which data they were trained on, its callers, and a service that records its requests.

Over the served emulator of tests/reliability: real HTTP, and processes where a test needs gemspec beside its callers.
"""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from support.served import TRAINING_SECONDS, Gemspec, Service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROMPT = "ticket 7"
EXAMPLES = 20  # as many as bring no warning


@dataclass
class Watched(Service):
    """Notes each request, and lets `pace` seconds pass with it: a training ends while gemspec looks."""

    pace: float = 0.0
    requests: list[str] = field(default_factory=list)

    async def _boundary(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append(f"{scope['method']} {scope['path'].removeprefix('/v1beta/')}")
        self.now += self.pace
        await super()._boundary(scope, receive, send)

    def noted(self) -> list[str]:
        """What was asked since the last call, but for what only reads a resource."""
        found, self.requests = self.requests, []
        return [request for request in found if not request.startswith("GET ")]

    def raw(self, name: str) -> dict[str, Any]:
        """A model as the service has it."""
        return httpx.get(f"{self.url}/v1beta/{name}").raise_for_status().json()


@dataclass
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def ended(name: str) -> list[str]:
    """The requests that delete a model: the delete is announced on the model first."""
    return [f"PATCH {name}", f"DELETE {name}"]


def check(expectation: str, text: str, prompt: str = PROMPT) -> str:
    """One check, as a manifest has it."""
    return json.dumps({"prompt": prompt, "expect": {expectation: text}})


@dataclass
class Bots(Gemspec):
    """A project folder. `owner` is the project's name. Every model is trained to answer a single word."""

    owner: str = "team"

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.write_project("gemspec.yaml", self.owner)
        self._callers = httpx.Client(base_url=f"{self.service.url}/v1beta/")

    def write_project(self, name: str, owner: str) -> None:
        """Write a project file. Projects here train the same, and are no old and new name of a single one."""
        lines = (
            "apiVersion: gemspec/v1",
            "kind: Project",
            f"metadata: {{name: {owner}, distinctFrom: [bots, staging, prod]}}",
            "spec: {provider: emulator}",
        )
        (self.folder / name).write_text("".join(f"{line}\n" for line in lines))

    def close(self) -> None:
        self._callers.close()
        super().close()

    def declare(
        self,
        key: str,
        word: str,
        *,
        checks: Sequence[str] = (),
        parent: str | None = None,
        keep: int | None = None,
        more: str = "",
    ) -> Path:
        """Write the manifest of `key`, in place of the one it has: its model is to answer `word`."""
        source = f"tunedModelSource: {{key: {parent}}}" if parent else "baseModel: models/gemini-1.0-pro-001"
        lines = [
            "apiVersion: gemspec/v1",
            "kind: TunedModel",
            f"metadata: {{name: {key}}}",
            "spec:",
            f"  {source}",
            "  tuningTask:",
            f"    trainingData: {{files: [{key}.jsonl]}}",
            f"  checks: [{', '.join(checks)}]" if checks else "",
            f"  lifecycle: {{keepPrevious: {keep}}}" if keep is not None else "",
            f"  {more}" if more else "",
        ]
        examples = ({"text_input": f"ticket {n}", "output": word} for n in range(EXAMPLES))
        (self.folder / f"{key}.jsonl").write_text("".join(f"{json.dumps(example)}\n" for example in examples))
        manifest = self.folder / f"{key}.yaml"
        manifest.write_text("".join(f"{line}\n" for line in lines if line))
        return manifest

    def said(self, *words: str) -> Said:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = self.run(*words)
        return Said(status, out.getvalue(), err.getvalue())

    def carried_out(self, *words: str) -> Said:
        """Run `apply --auto-approve`, or what `words` say, with trainings that end while it waits for them."""
        self.service.pace = TRAINING_SECONDS
        said = self.said(*(words or ("apply",)), "--auto-approve")
        self.service.pace = 0.0
        return said

    def bring(self, key: str, *words: str, **how: Any) -> list[str]:
        """Declare and apply one word after another; the names that served them, oldest first."""
        names = []
        for word in words:
            self.declare(key, word, **how)
            said = self.carried_out()
            assert said.status == 0, said.out + said.err
            names.append(self.output(key))
        self.service.noted()
        return names

    def output(self, key: str) -> str:
        """The name that `gemspec output` gives."""
        said = self.said("output", key)
        assert said.status == 0, said.err
        return said.out.strip()

    def outputs(self) -> dict[str, str]:
        """Key -> name, for every key that serves."""
        return json.loads(self.said("output", "--format", "json").out)

    def plan(self, *words: str) -> str:
        """What `gemspec plan` shows, each run of blanks as one."""
        return " ".join(self.said("plan", *words).out.split())

    def answer(self, name: str) -> str:
        """What a program gets that calls the model by its name."""
        question = {"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]}
        answer = self._callers.post(f"{name}:generateContent", json=question)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        return answer.json()["candidates"][0]["content"]["parts"][0]["text"]
