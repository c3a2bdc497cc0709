"""Both services in memory, below the real providers: a session that answers requests, without HTTP and without a
database, so that thousands of histories can be played.

Each holds resources as JSON by their names, and answers as `../../docs/api-*.md` say. Time is `now`, in seconds; a
training ends when `now` has passed its end. `writes` are the names of all that was changed through the session; what
the methods of people do (`edit`, ...) is not among them.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx

from gemspec.domain.project import Identity
from gemspec.providers.gemini.provider import GeminiProvider
from gemspec.providers.http.api import Calls
from gemspec.providers.vertex.api import VertexCalls
from gemspec.providers.vertex.provider import VertexProvider
from gemspec.providers.vertex.wire.resource_names import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.providers.base import Provider

TRAINING_SECONDS = 1.0
JSON = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer
    """An error answer."""

    def __init__(self, code: int, status: str, message: str = "no") -> None:
        super().__init__(message)
        self.answer = {"error": {"code": code, "status": status, "message": message}}
        self.code = code


@dataclass
class Memory:
    """Resources by name. `fails`: words in the data of trainings that fail."""

    now: float = 1_700_000_000.0
    resources: dict[str, JSON] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    writes: list[tuple[str, str]] = field(default_factory=list)
    trained: list[tuple[str, str]] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    numbers: int = 1000

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,
        body: bytes | None = None,
        once: bool = False,
        headers: Any = None,
    ) -> httpx.Response:
        """Answer a request as `Session.request` does."""
        self._tick()
        try:
            answer = self.answer(method, unquote(path), params or {}, json.loads(body) if body else {})
            return httpx.Response(200, content=json.dumps(answer).encode())
        except Refused as refused:
            return httpx.Response(refused.code, content=json.dumps(refused.answer).encode())

    async def aclose(self) -> None:
        """Nothing is open."""

    def answer(self, method: str, path: str, params: Any, body: JSON) -> JSON:
        raise NotImplementedError

    def number(self) -> str:
        self.numbers += 1
        return str(self.numbers)

    def time(self, at: float | None = None) -> str:
        return datetime.fromtimestamp(self.now if at is None else at, UTC).isoformat().replace("+00:00", "Z")

    def find(self, name: str) -> JSON:
        if name not in self.resources:
            raise Refused(404, "NOT_FOUND", f"{name} is not there")
        return self.resources[name]

    def patch(self, name: str, body: JSON, mask: str) -> JSON:
        resource = self.find(name)
        if body.get("etag", resource["etag"]) != resource["etag"]:
            raise Refused(409, "ABORTED", "changed in between")
        for field_ in mask.split(","):
            resource[field_] = body.get(field_, "" if field_ != "labels" else {})
        self.touch(name)
        self.writes.append(("patch", name))
        return resource

    def touch(self, name: str) -> None:
        self.resources[name] |= {"etag": self.number(), "updateTime": self.time()}

    def _tick(self) -> None:
        for name in [name for name, end in self.ends.items() if end <= self.now]:
            end = self.ends.pop(name)
            if name in self.resources:
                self.end(name, end, failed=self.data.get(name, "") in self.fails)

    def end(self, name: str, at: float, *, failed: bool) -> None:
        raise NotImplementedError


class MemoryGemini(Memory):
    """The Gemini API. `others` are models of another account, which the list shows and `owner:me` does not."""

    others: set[str]
    base = "models/gemini-1.0-pro-001"

    def __init__(self) -> None:
        super().__init__()
        self.others = set()

    def provider(self) -> Provider:
        return GeminiProvider(Calls(self), Identity("emulator", "memory", ""))  # type: ignore[arg-type]

    def answer(self, method: str, path: str, params: Any, body: JSON) -> JSON:
        name, _, verb = re.sub(r"^/v1(beta)?/", "", path).partition(":")
        match method, name, verb:
            case "GET", "tunedModels", _:
                mine = params.get("filter") == "owner:me"
                found = [model for name, model in self.resources.items() if not (mine and name in self.others)]
                return {"tunedModels": found}
            case "POST", "tunedModels", _:
                return self._create(f"tunedModels/{params['tunedModelId']}", body)
            case "GET", _, "" if name.endswith(("/operations", "/permissions")):
                return {}
            case "GET", _, "":
                return self.find(name)
            case "PATCH", _, "":
                if name in self.others:
                    raise Refused(403, "PERMISSION_DENIED")
                return self.patch(name, body, params["updateMask"])
            case "DELETE", _, "":
                self.find(name)
                if name in self.others:
                    raise Refused(403, "PERMISSION_DENIED")
                del self.resources[name]
                self.writes.append(("delete", name))
                return {}
        raise Refused(404, "NOT_FOUND", f"{method} {path}")

    def _create(self, name: str, body: JSON) -> JSON:
        if name in self.resources:
            raise Refused(409, "ALREADY_EXISTS")
        examples = body["tuningTask"].pop("trainingData")["examples"]["examples"]
        self.add(name, body, examples[0]["output"])
        self.trained.append((name, examples[0]["output"]))
        self.writes.append(("create", name))
        return {"name": f"{name}/operations/1"}

    def add(self, name: str, body: JSON, says: str, *, mine: bool = True) -> None:
        """A model comes into training."""
        self.resources[name] = {**body, "name": name, "state": "CREATING", "createTime": self.time(), "etag": ""}
        self.resources[name]["tuningTask"] = {"hyperparameters": {"epochCount": 5}}
        self.ends[name], self.data[name] = self.now + TRAINING_SECONDS, says
        if not mine:
            self.others.add(name)

    def end(self, name: str, at: float, *, failed: bool) -> None:
        self.resources[name]["state"] = "FAILED" if failed else "ACTIVE"
        self.resources[name]["tuningTask"]["completeTime"] = self.time(at)

    def answering(self) -> dict[str, str]:
        """Everything that callers can call -> the model that answers."""
        self._tick()
        return {name: name for name, model in self.resources.items() if model["state"] == "ACTIVE"}

    def models(self) -> Iterator[str]:
        """The names of all models, trained or in training."""
        self._tick()
        yield from (name for name, model in self.resources.items() if model["state"] != "FAILED")


class MemoryVertex(Memory):
    """Vertex AI in one location: jobs, models, endpoints. Names hold the project's number, as answers do."""

    base = "gemini-2.5-flash"
    here = "projects/77/locations/us-central1"

    def provider(self) -> Provider:
        calls = VertexCalls(lambda _location: self)  # type: ignore[arg-type,return-value]
        place = Place("my-project", "us-central1", "my-bucket")
        return VertexProvider(calls, _Objects(self.data), place, Identity("emulator", "memory", ""))  # type: ignore[arg-type]

    def answer(self, method: str, path: str, params: Any, body: JSON) -> JSON:
        name, _, verb = path.removeprefix("/v1/").replace("projects/my-project/", "projects/77/", 1).partition(":")
        name, _, _version = name.partition("@")
        kind = name.rsplit("/", 1)[-1]
        match method, kind, verb:
            case "GET", "tuningJobs" | "models" | "endpoints", "":
                if not name.startswith(self.here):
                    return {}
                return {kind: [found for key, found in self.resources.items() if key.startswith(f"{name}/")]}
            case "POST", "tuningJobs", "":
                return self._create(body)
            case "POST", "endpoints", "":
                return self._done(self._add_endpoint(body))
            case "GET", _, "listVersions":
                return {"models": [self.find(name)]}
            case "GET", _, "":
                return self.find(name)
            case "PATCH", _, "":
                return self.patch(name, body, params["updateMask"])
            case "POST", _, "cancel":
                self.cancel(name)
                self.writes.append(("cancel", name))
                return {}
            case "POST", _, "undeployModel":
                self.undeploy(name, body["deployedModelId"])
                self.writes.append(("undeploy", name))
                return self._done({})
            case "POST", _, "deployModel":
                self.deploy(name, body["deployedModel"]["model"])
                self.writes.append(("deploy", name))
                return self._done({})
            case "DELETE", _, "":
                self.delete(name)
                self.writes.append(("delete", name))
                return self._done({})
        raise Refused(404, "NOT_FOUND", f"{method} {path}")

    def _done(self, response: JSON) -> JSON:
        return {"name": f"{self.here}/operations/{self.number()}", "done": True, "response": response}

    def _create(self, body: JSON) -> JSON:
        says = self.data[body["supervisedTuningSpec"]["trainingDatasetUri"]]
        job = self.add(body, says)
        self.trained.append((job["name"], says))
        self.writes.append(("create", job["name"]))
        return job

    def add(self, body: JSON, says: str) -> JSON:
        """A job begins."""
        self.now += 0.01
        name = f"{self.here}/tuningJobs/{self.number()}"
        job = {**body, "name": name, "state": "JOB_STATE_RUNNING", "createTime": self.time(), "updateTime": self.time()}
        self.resources[name] = job
        self.ends[name], self.data[name] = self.now + TRAINING_SECONDS, says
        return job

    def end(self, name: str, at: float, *, failed: bool) -> None:
        job = self.resources[name]
        job |= {"state": "JOB_STATE_FAILED" if failed else "JOB_STATE_SUCCEEDED", "endTime": self.time(at)}
        if failed:
            job["error"] = {"code": 3, "message": "bad data"}
            return
        model, endpoint = f"{self.here}/models/{self.number()}", f"{self.here}/endpoints/{self.number()}"
        common = {"displayName": job["tunedModelDisplayName"], "description": job.get("description", "")}
        for made in (model, endpoint):
            labels = {**job.get("labels", {}), "tune-type": "sft"}
            times = {"createTime": self.time(at), "updateTime": self.time(at)}
            self.resources[made] = {"name": made, **common, "labels": labels, "etag": self.number(), **times}
        self.resources[model] |= {"versionId": "1", "versionAliases": ["default"], "deployedModels": []}
        self.resources[endpoint]["deployedModels"] = []
        self.data[model] = self.data[name]
        job["tunedModel"] = {"model": f"{model}@1", "endpoint": endpoint}
        self.deploy(endpoint, model)

    def _add_endpoint(self, body: JSON) -> JSON:
        name = f"{self.here}/endpoints/{self.number()}"
        times = {"createTime": self.time(), "updateTime": self.time()}
        self.resources[name] = {
            "labels": {},
            **body,
            "name": name,
            "deployedModels": [],
            "etag": self.number(),
            **times,
        }
        self.writes.append(("create", name))
        return self.resources[name]

    def cancel(self, name: str) -> None:
        if self.find(name)["state"] != "JOB_STATE_RUNNING":
            raise Refused(400, "FAILED_PRECONDITION")
        self.ends.pop(name)
        self.resources[name] |= {"state": "JOB_STATE_CANCELLED", "endTime": self.time()}

    def deploy(self, endpoint: str, model: str) -> None:
        name = model.replace("projects/my-project/", "projects/77/", 1).partition("@")[0]
        id_ = self.number()
        found, there = self.find(name), self.find(endpoint)
        there["deployedModels"] = [*there["deployedModels"], {"id": id_, "model": name, "modelVersionId": "1"}]
        found["deployedModels"] = [*found["deployedModels"], {"endpoint": endpoint, "deployedModelId": id_}]

    def undeploy(self, endpoint: str, id_: str) -> None:
        there = self.find(endpoint)
        gone = [found for found in there["deployedModels"] if found["id"] == id_]
        if not gone:
            raise Refused(400, "INVALID_ARGUMENT", "not deployed")
        there["deployedModels"] = [found for found in there["deployedModels"] if found["id"] != id_]
        model = self.resources[gone[0]["model"]]
        model["deployedModels"] = [ref for ref in model["deployedModels"] if ref["deployedModelId"] != id_]

    def take_down(self, job: str) -> list[str]:
        """Take the model of a job off all endpoints, and give these."""
        if (model := self.part(job, "model")) is None:
            return []
        refs = [*self.resources[model]["deployedModels"]]
        for ref in refs:
            self.undeploy(ref["endpoint"], ref["deployedModelId"])
        return [ref["endpoint"] for ref in refs]

    def delete(self, name: str) -> None:
        if self.find(name).get("deployedModels"):
            raise Refused(400, "FAILED_PRECONDITION", "deployed")
        del self.resources[name]

    def answering(self) -> dict[str, str]:
        """Everything that callers can call -> the job of the model that answers."""
        self._tick()
        jobs = {
            job["tunedModel"]["model"].partition("@")[0]: name
            for name, job in self.resources.items()
            if "tunedModel" in job
        }
        return {
            name: jobs[deployed["model"]]
            for name, found in self.resources.items()
            if "/endpoints/" in name
            for deployed in found["deployedModels"]
            if deployed["model"] in jobs
        }

    def models(self) -> Iterator[str]:
        """The names of the jobs of all models, trained or in training."""
        self._tick()
        for name, job in self.resources.items():
            if "/tuningJobs/" not in name:
                continue
            made = job.get("tunedModel", {}).get("model", "").partition("@")[0]
            if job["state"] == "JOB_STATE_RUNNING" or made in self.resources:
                yield name

    def part(self, job: str, kind: str) -> str | None:
        """The model or the endpoint that a job made, if it is there."""
        name = self.resources[job].get("tunedModel", {}).get(kind, "").partition("@")[0]
        return name if name in self.resources else None


class _Objects:
    """Cloud Storage: every object is there as soon as it is named. `data` gets what its first row answers."""

    def __init__(self, data: dict[str, str]) -> None:
        self._data = data

    async def ensure(self, names: list[str], content: Any) -> str:
        row = json.loads(next(iter(content.source())).splitlines()[0])
        self._data[names[0]] = row["contents"][-1]["parts"][0]["text"]
        return names[0]

    async def find(self, uri: str) -> None:
        return None

    async def aclose(self) -> None:
        pass


def snapshot(memory: Memory) -> dict[str, JSON]:
    """What every resource is, to be compared later."""
    return deepcopy(memory.resources)
