"""`gemspec emulator --faults` as a process of its own, what is on it, and projects of many models.

gemspec itself runs in the test's process, so that nobody waits: retries follow at once, and the emulator's clock is
moved on by as much as gemspec would have slept.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
import stamina

import gemspec
from gemspec import cli
from gemspec.applier import executor as loop, poller
from gemspec.providers.http import credentials as credential, session

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = (sys.executable, "-c", "from gemspec.cli import main; main()", "emulator", "--in-memory", "--port", "0")
TRAINING_SECONDS = 4  # of the emulator's clock, which moves only while gemspec sleeps
_numbers = itertools.count(1)
PROVIDERS = ("Gemini API", "Vertex AI")
# All that may pass, as a bad network mixes it.
PASSING = ("throttled", "internal", "unavailable", "timedOut", "badGateway", "dropped", "reset", "cut", "halfJson",
           "notJson")  # fmt: skip


class Emulated(httpx.Client):
    """The emulator behind real HTTP, without faults until `rules` says which; as a client somebody who has nothing to
    do with gemspec.
    """

    def __init__(self, folder: Path) -> None:
        self._errors = (folder / "emulator.err").open("w+")
        (folder / "faults.yaml").write_text("{}")
        options = ("--training-seconds", str(TRAINING_SECONDS), "--bucket", "my-bucket", "--faults", "faults.yaml")
        env = {**os.environ, "PYTHONPATH": str(Path(gemspec.__file__).parent.parent)}
        self._process = subprocess.Popen(
            [*COMMAND, *options], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().split()[-1]
        super().__init__(base_url=self.url, trust_env=False)

    def rules(self, *requests: Any, **rest: Any) -> None:
        """Put faults in the place of those that there are, and count from 0."""
        answer = self.put("/emulator/faults", json={"requests": [*requests], **rest})
        assert answer.status_code == 200, answer.text

    def counts(self) -> Any:
        return self.get("/emulator/faults").json()["counts"]

    @property
    def faults(self) -> int:
        """How many requests met with one."""
        return sum(self.counts()["struck"].values())

    def later(self, seconds: float) -> None:
        assert self.post("/emulator/clock", json={"seconds": seconds}).status_code == 200

    def close(self) -> None:
        """End it; it has said nothing of all that happened."""
        super().close()
        self._process.terminate()
        self._process.communicate(timeout=30)
        with self._errors as errors:
            errors.seek(0)
            said = errors.read()
        assert (self._process.returncode, said) == (0, "")

    def listed(self, path: str, kind: str) -> list[Any]:
        """All of a list, which must be told to spare it the faults."""
        found, token = [], ""
        while True:
            page = self.get(path, params={"pageSize": 1000, "pageToken": token}).json()
            found += page.get(kind, [])
            token = page.get("nextPageToken", "")
            if not token:
                return found


class Gemini:
    """What is on the Gemini API, by the markers of one project."""

    place = ""
    base_model = "models/gemini-1.0-pro-001"
    path = "/v1beta/tunedModels"
    lists = 2  # the default one, and that of one's own, at the same time

    def __init__(self, emulated: Emulated, number: int) -> None:
        self.owner = f"team-{number}"
        self._emulated = emulated
        self._before = self._all_trainings

    @property
    def trainings(self) -> int:
        """How many were begun since the project was made, which nobody else did meanwhile."""
        return self._all_trainings - self._before

    def models(self) -> Counter[str]:
        """How many models there are of each key."""
        listed = self._emulated.listed(self.path, "tunedModels")
        ours = (model["description"] for model in listed if f"owner={self.owner} " in model.get("description", ""))
        return Counter(text.partition(" key=")[2].partition(" ")[0] for text in ours)

    @property
    def _all_trainings(self) -> int:
        return int(self._emulated.counts()["geminiTrainings"])


class Vertex:
    """The same on Vertex AI, where each project has a Google Cloud project of its own."""

    base_model = "gemini-2.5-flash"
    lists = 1

    def __init__(self, emulated: Emulated, number: int) -> None:
        self.owner = f"team-{number}"
        self._emulated = emulated
        project = f"my-project-{number:03}"
        self._here = f"/v1/projects/{project}/locations/us-central1"
        self.path = f"{self._here}/tuningJobs"
        self.place = f"  vertex: {{project: {project}, location: us-central1, bucket: my-bucket}}\n"

    @property
    def trainings(self) -> int:
        return len(self._jobs)

    def models(self) -> Counter[str]:
        """How many jobs there are of each key that run, or have made a model that is there."""
        models = {model["name"] for model in self._emulated.listed(f"{self._here}/models", "models")}
        lost = ("JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_CANCELLING")
        made = ((job, job.get("tunedModel", {}).get("model", "").partition("@")[0]) for job in self._jobs)
        living = (job["labels"] for job, model in made if job["state"] not in lost and (not model or model in models))
        return Counter(labels["gemspec-name"] for labels in living if labels.get("gemspec-project") == self.owner)

    @property
    def _jobs(self) -> list[Any]:
        return self._emulated.listed(self.path, "tuningJobs")


@dataclass
class Bench:
    """A project of its own in a folder, and the emulator that it is applied to."""

    folder: Path
    emulated: Emulated
    there: Gemini | Vertex
    said: str = ""

    @classmethod
    def make(cls, folder: Path, emulated: Emulated, provider: str) -> Bench:
        """Make a project when all that others began has ended."""
        emulated.rules()
        emulated.later(1000)
        there = (Gemini if provider == PROVIDERS[0] else Vertex)(emulated, next(_numbers))
        head = f"apiVersion: gemspec/v1\nkind: Project\nmetadata: {{name: {there.owner}}}\n"
        (folder / "gemspec.yaml").write_text(f"{head}spec:\n  provider: emulator\n{there.place}")
        return cls(folder, emulated, there)

    def declare(self, count: int) -> list[str]:
        """Write a manifest for each of so many models, with data of its own; their keys."""
        keys = [f"m{number:03}" for number in range(count)]
        for key in keys:
            examples = [{"textInput": f"{self.there.owner} {key} {n}", "output": str(n)} for n in range(20)]
            head = {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": key}}
            task = {"hyperparameters": {"epochCount": 1}, "trainingData": {"examples": examples}}
            spec = {"baseModel": self.there.base_model, "displayName": key, "tuningTask": task}
            (self.folder / f"{key}.yaml").write_text(json.dumps({**head, "spec": spec}))
        return keys

    def run(self, *words: str) -> int:
        """Run gemspec; its exit status. What it says, on both streams, is in `said`."""
        said = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = cli.run(words)
        self.said = said.getvalue()
        return status

    def apply(self, *words: str) -> int:
        return self.run("apply", "--auto-approve", "--max-trainings", "1000", *words)

    def is_settled(self) -> bool:
        """Whether a plan is empty."""
        self.emulated.rules()
        return self.run("plan", "--detailed-exitcode", "--max-trainings", "1000") == 0


class Token:
    """Credentials of google-auth's, whose token can be fetched again as often as one likes."""

    valid = True
    quota_project_id = None

    def __init__(self):
        self.token = "token-0"
        self.fetched = 0

    def refresh(self, _request):
        self.fetched += 1
        self.token = f"token-{self.fetched}"


def with_token(monkeypatch: pytest.MonkeyPatch) -> Token:
    """What gemspec takes for Application Default Credentials; a loopback address gets none otherwise."""
    token = Token()
    for name in ("credentials_from_environment", "token_from_environment"):
        monkeypatch.setattr(credential, name, lambda _environ: credential.ApplicationDefault(token, None))
    return token


@contextlib.contextmanager
def hurried(emulated: Emulated) -> Iterator[None]:
    """No person waits: the next attempt follows at once, and what gemspec sleeps is the emulator's time."""
    sleep = anyio.sleep

    async def hurry(seconds: float) -> None:
        if seconds > 0:
            await anyio.to_thread.run_sync(emulated.later, seconds)
        await sleep(0)

    with pytest.MonkeyPatch.context() as patch, stamina.set_testing(True, attempts=session.ATTEMPTS):
        patch.setattr(anyio, "sleep", hurry)
        patch.setattr(loop, "_TURN", 0.05)
        patch.setattr(poller, "_MANY", 1)
        patch.setenv("GEMSPEC_ENDPOINT", emulated.url)
        yield
