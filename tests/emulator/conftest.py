"""Clients of the emulator in process, with a clock that tests move; and the tutorial's number generator."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gemspec.emulator import VertexOptions, create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START = 1_700_000_000.25  # 2023-11-14T22:13:20.250Z


class Emulator:
    """The app behind httpx.ASGITransport, called without async; `seconds` is its clock."""

    def __init__(self, database: Path | None = None, training_seconds: float = 4.0, **how: Any) -> None:
        self.seconds = START
        self.app = create_app(database, training_seconds=training_seconds, clock=lambda: self.seconds, **how)

    def send(self, method: str, path: str, **how: Any) -> httpx.Response:
        """One request; `user` is the name of the caller at example.com."""
        if user := how.pop("user", None):
            how["headers"] = {"Authorization": f"Bearer user:{user}@example.com", **how.get("headers", {})}
        return asyncio.run(self._send(method, path, how))

    async def _send(self, method: str, path: str, how: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
            return await client.request(method, path, **how)

    def get(self, path: str, **how: Any) -> Any:
        """The JSON of a GET under /v1beta that succeeds."""
        return self._json("GET", path, how)

    def post(self, path: str, json: Any = None, **how: Any) -> Any:
        """The JSON of a POST under /v1beta that succeeds."""
        return self._json("POST", path, {"json": json, **how})

    def patch(self, path: str, json: Any, **how: Any) -> Any:
        """The JSON of a PATCH under /v1beta that succeeds."""
        return self._json("PATCH", path, {"json": json, **how})

    def delete(self, path: str, **how: Any) -> Any:
        """The JSON of a DELETE under /v1beta that succeeds."""
        return self._json("DELETE", path, how)

    def refusal(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        """The error of a request that must fail; its code is also the HTTP status."""
        response = self.send(method, path, **how)
        error: dict[str, Any] = response.json()["error"]
        assert response.status_code == error["code"] >= 400
        return error

    def wait(self) -> None:
        """Lets every training end."""
        self.seconds += 1000

    def _json(self, method: str, path: str, how: dict[str, Any]) -> Any:
        response = self.send(method, f"/v1beta/{path}", **how)
        assert response.status_code == 200, response.text
        return response.json()


class Vertex(Emulator):
    """The same for Vertex AI and Cloud Storage: paths are those below HERE, data goes to the bucket `my-data`.
    Trainings take ten seconds, operations a second."""

    HERE = "/v1/projects/emulated/locations/us-central1"

    def __init__(self, database: Path | None = None, training_seconds: float = 10.0, **options: Any) -> None:
        chosen = VertexOptions(**{"operation_seconds": 1.0, **options})
        super().__init__(database, training_seconds, buckets=["my-data"], vertex=chosen)
        self.upload("numbers.jsonl", [(str(n), str(n + 1)) for n in range(1, 16)])

    def upload(self, name: str, examples: Any) -> str:
        """Puts data into the bucket, (prompt, answer) pairs or bytes; its gs:// address."""
        data = examples if isinstance(examples, bytes) else "".join(map(self.line, examples)).encode()
        path = f"/upload/storage/v1/b/my-data/o?uploadType=media&name={name}"
        assert self.send("POST", path, content=data, headers={"Content-Type": "text/plain"}).status_code == 200
        return f"gs://my-data/{name}"

    @staticmethod
    def line(pair: tuple[str, str]) -> str:
        """A line of training data."""
        turns = [{"role": role, "parts": [{"text": t}]} for role, t in zip(("user", "model"), pair, strict=True)]
        return json.dumps({"contents": turns}) + "\n"

    def order(self, data: str = "gs://my-data/numbers.jsonl", hyper: Any = None, **fields: Any) -> dict[str, Any]:
        """The body of a create: with a single checkpoint, so that there is a single endpoint."""
        spec: dict[str, Any] = {"trainingDatasetUri": data, "exportLastCheckpointOnly": True}
        spec |= {} if hyper is None else {"hyperParameters": hyper}
        spec |= fields.pop("spec", {})
        source = {} if "preTunedModel" in fields else {"baseModel": "gemini-2.5-flash"}
        return {**source, "tunedModelDisplayName": "numbers", "supervisedTuningSpec": spec, **fields}

    def job(self, *args: Any, **fields: Any) -> Any:
        """Creates a job."""
        return self.post("tuningJobs", self.order(*args, **fields))

    def tuned(self, *args: Any, **fields: Any) -> Any:
        """Creates a job and lets it end; the job."""
        job = self.job(*args, **fields)
        self.wait()
        return self.get(job["name"])

    def finish(self, operation: Any) -> Any:
        """Lets an operation end; the operation."""
        self.seconds += 1
        return self.get(operation["name"])

    def refused(self, method: str, path: str, **how: Any) -> str:
        """The status of a request that must fail."""
        return str(self.refusal(method, self._full(path), **how)["status"])

    def _full(self, path: str) -> str:
        return f"/v1/{path}" if path.startswith("projects/") else f"{self.HERE}/{path}"

    def _json(self, method: str, path: str, how: dict[str, Any]) -> Any:
        response = self.send(method, self._full(path), **how)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def vertex() -> Iterator[Vertex]:
    """An emulated Vertex AI in memory."""
    emulator = Vertex()
    yield emulator
    emulator.app.state.store.close()


@pytest.fixture
def make_vertex() -> Iterator[Callable[..., Vertex]]:
    """Makes emulators of Vertex AI with arguments of their own."""
    made: list[Vertex] = []

    def make(*args: Any, **options: Any) -> Vertex:
        made.append(Vertex(*args, **options))
        return made[-1]

    yield make
    for instance in made:
        instance.app.state.store.close()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator in memory, whose trainings take 4 seconds."""
    emulator = Emulator()
    yield emulator
    emulator.app.state.store.close()


@pytest.fixture
def make_emulator() -> Iterator[Callable[..., Emulator]]:
    """Makes emulators with arguments of their own."""
    made: list[Emulator] = []

    def make(*args: Any, **kwargs: Any) -> Emulator:
        made.append(Emulator(*args, **kwargs))
        return made[-1]

    yield make
    for instance in made:
        instance.app.state.store.close()


@pytest.fixture
def storage(make_emulator: Callable[..., Emulator]) -> Emulator:
    """An emulator in memory with the bucket `my-data`."""
    return make_emulator(buckets=["my-data"])


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """Makes the body of a create; `examples` are pairs, `hyper` hyperparameters, the rest fields of the TunedModel."""

    def make(examples: Any = None, hyper: Any = None, **fields: Any) -> dict[str, Any]:
        pairs = examples if examples is not None else [(str(n), str(n + 1)) for n in range(1, 16)]
        task: dict[str, Any] = {
            "trainingData": {"examples": {"examples": [{"textInput": t, "output": o} for t, o in pairs]}}
        }
        if hyper is not None:
            task["hyperparameters"] = hyper
        source = {} if "tunedModelSource" in fields else {"baseModel": "models/gemini-1.0-pro-001"}
        return {**source, "displayName": "number generator model", "tuningTask": task, **fields}

    return make
