"""What differs between the services that scenarios run on: names, project files, and how a model looks there.

Everything here calls the service directly, without gemspec, so that it can verify what gemspec did.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .crc32c import colliding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scenarios.service import Service

Example = tuple[str, str]  # a prompt and the answer to it


@dataclass(frozen=True)
class Seen:
    """A model on the service. `state` is CREATING, ACTIVE or FAILED. `marker` has owner, key, train and serving, if
    there is a marker.

    `told` are the texts and labels of each of its resources, which should all be equal.
    `parts` are the names of those resources, by what they are, where there are several. `answers`: callers get an
    answer.
    """

    name: str
    state: str
    created: str
    marker: Mapping[str, str]
    told: Sequence[Mapping[str, Any]]
    parts: Mapping[str, str] = field(default_factory=dict)
    answers: bool = True


class Gemini:
    """The Gemini API: a model is a single resource, and a failed training can be deleted."""

    base_model = "models/gemini-1.0-pro-001"
    default_epochs = 5
    keeps_records = False
    hyperparameter = "learningRate: 0.002"
    place = ""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._others: set[str] = set()  # what only looks like gemspec's

    def models(self) -> Iterator[Seen]:
        """Every model there is."""
        listed = self._service.ask("GET", "/v1beta/tunedModels?pageSize=1000")
        for model in listed.get("tunedModels", []):
            text, _, marker = model.get("description", "").partition("[gemspec:1 ")
            told = {"displayName": model.get("displayName", ""), "description": text.strip()}
            is_ours = model["name"] not in self._others and not marker.startswith("released ")
            fields = dict(re.findall(r"(\w+)=([^\s\]]+)", marker)) if is_ours else {}
            yield Seen(model["name"], model["state"], model["createTime"], fields, [told])

    def gone(self) -> Iterator[Seen]:
        """Nothing is known of what was deleted."""
        return iter(())

    @property
    def trainings(self) -> int:
        """How many were ever started."""
        return self._service.app.state.store.trainings_started()

    def answer(self, name: str, prompt: str) -> str:
        """What a caller gets."""
        return _answer(self._service, f"/v1beta/{name}", prompt)

    def train(self, key: str, examples: Sequence[Example]) -> str:
        """Train without gemspec; the name of the model."""
        rows = [{"textInput": prompt, "output": answer} for prompt, answer in examples]
        task = {"trainingData": {"examples": {"examples": rows}}}
        body = {"displayName": key, "baseModel": self.base_model, "tuningTask": task}
        self._service.ask("POST", f"/v1beta/tunedModels?tunedModelId={key}", body)
        return f"tunedModels/{key}"

    def rename(self, model: Seen, name: str) -> None:
        """Give a model another displayName by hand."""
        self._service.ask("PATCH", f"/v1beta/{model.name}?updateMask=displayName", {"displayName": name})

    def cut_marker(self, model: Seen) -> None:
        """Take the end off the marker by hand."""
        description = self._service.ask("GET", f"/v1beta/{model.name}")["description"]
        cut = {"description": description.rpartition(" ")[0]}
        self._service.ask("PATCH", f"/v1beta/{model.name}?updateMask=description", cut)

    def clear_marker(self, model: Seen) -> None:
        """Write another description by hand."""
        body = {"description": "Tidied."}
        self._service.ask("PATCH", f"/v1beta/{model.name}?updateMask=description", body)

    def share(self, key: str, description: str) -> str:
        """Train a model as somebody else, with this description, and share it; its name."""
        theirs = {"authorization": "Bearer user:mallory@example.org"}
        task = {"trainingData": {"examples": {"examples": [{"textInput": "a", "output": "evil"}]}}}
        body = {"description": description, "baseModel": self.base_model, "tuningTask": task}
        self._service.ask("POST", f"/v1beta/tunedModels?tunedModelId={key}", body, theirs)
        grant = {"granteeType": "USER", "emailAddress": "emulator@example.com", "role": "WRITER"}
        self._service.ask("POST", f"/v1beta/tunedModels/{key}/permissions", grant, theirs)
        self._others.add(f"tunedModels/{key}")
        return f"tunedModels/{key}"

    def delete(self, model: Seen) -> None:
        """Delete a model by hand."""
        self._service.ask("DELETE", f"/v1beta/{model.name}")


class Vertex:
    """Vertex AI: a model is a job, what it made, and the endpoint that serves it; the job stays for ever."""

    base_model = "gemini-2.5-flash"
    default_epochs = 40
    keeps_records = True
    hyperparameter = "learningRateMultiplier: 2"
    place = "  vertex: {project: my-project, location: us-central1, bucket: my-bucket}\n"

    HERE = "projects/my-project/locations/us-central1"

    def __init__(self, service: Service) -> None:
        self._service = service
        self._others: set[str] = set()  # what only looks like gemspec's

    def models(self) -> Iterator[Seen]:
        """Every training with its model, except for deleted models."""
        found = {resource["name"]: resource for kind in ("models", "endpoints") for resource in self._list(kind)}
        for job in self._list("tuningJobs"):
            made = job.get("tunedModel", {})
            names = {kind: made.get(kind, "").partition("@")[0] for kind in ("model", "endpoint")}
            parts = {kind: found[name] for kind, name in names.items() if name in found}
            for part in found.values():  # what gemspec made for this job, where the job's own does not answer
                is_ours = part.get("labels", {}).get("gemspec-job") == job["name"].rpartition("/")[2]
                if "/endpoints/" in part["name"] and is_ours and not _deploys(parts):
                    parts["endpoint"] = part
            state = _STATES.get(job["state"][10:], "CREATING")
            if state != "ACTIVE" or "model" in parts:
                yield self._seen(job, state, parts)

    def gone(self) -> Iterator[Seen]:
        """Every training with a deleted model."""
        models = {model["name"] for model in self._list("models")}
        for job in self._list("tuningJobs"):
            if (
                _STATES.get(job["state"][10:]) == "ACTIVE"
                and job["tunedModel"]["model"].partition("@")[0] not in models
            ):
                yield self._seen(job, "GONE", {})

    @property
    def trainings(self) -> int:
        """How many were ever started."""
        return len(self._list("tuningJobs"))

    def answer(self, name: str, prompt: str) -> str:
        """What a caller gets."""
        return _answer(self._service, f"/v1/{name}", prompt)

    def train(self, key: str, examples: Sequence[Example]) -> str:
        """Train without gemspec; the name of the job."""
        self.store(key, examples)
        spec = {"trainingDatasetUri": f"gs://my-bucket/{key}.jsonl", "exportLastCheckpointOnly": True}
        body = {"baseModel": self.base_model, "tunedModelDisplayName": key, "supervisedTuningSpec": spec}
        return self._named(self._service.ask("POST", f"/v1/{self.HERE}/tuningJobs", body)["name"])

    def twin(self, model: Seen) -> None:
        """Begin the same training again, as two people may who see neither."""
        job = self._service.ask("GET", f"/v1/{model.name}")
        told = {name for name in job if name in ("baseModel", "tunedModelDisplayName", "description", "labels")}
        self._service.now += 0.1
        body = {name: job[name] for name in (*sorted(told), "supervisedTuningSpec")}
        self._service.ask("POST", f"/v1/{self.HERE}/tuningJobs", body)

    def copy_labels(self, model: Seen, data: str, changed: Mapping[str, str]) -> str:
        """Train on other data with the labels of a training, some of them changed; the name of the job."""
        job = self._service.ask("GET", f"/v1/{model.name}")
        spec = {**job["supervisedTuningSpec"], "trainingDatasetUri": f"gs://my-bucket/{data}.jsonl"}
        body = {"baseModel": job["baseModel"], "labels": {**job["labels"], **changed}, "supervisedTuningSpec": spec}
        name = self._named(self._service.ask("POST", f"/v1/{self.HERE}/tuningJobs", body)["name"])
        self._others.add(name)
        return name

    def clear_marker(self, model: Seen) -> None:
        """Take all labels off a model by hand, and off its endpoint."""
        for part in model.parts.values():
            self.unlabel(part)

    def rename(self, model: Seen, name: str) -> None:
        """Give a model another displayName by hand, wherever people see it."""
        for part in model.parts.values():
            self._service.ask("PATCH", f"/v1/{part}?updateMask=displayName", {"displayName": name})

    def label(self, model: Seen, labels: Mapping[str, str]) -> None:
        """Label a model by hand, and its endpoint."""
        for part in model.parts.values():
            found = self._service.ask("GET", f"/v1/{part}").get("labels", {})
            self._service.ask("PATCH", f"/v1/{part}?updateMask=labels", {"labels": {**found, **labels}})

    def cut_marker(self, model: Seen) -> None:
        """Take two labels of the marker off a model by hand, and off its endpoint."""
        for part in model.parts.values():
            self.unlabel(part, ("gemspec-data", "gemspec-try"))

    def unlabel(self, part: str, labels: Sequence[str] = ()) -> None:
        """Take labels off a model or an endpoint by hand: these, or else all."""
        found = self._service.ask("GET", f"/v1/{part}")["labels"]
        rest = {name: value for name, value in found.items() if labels and name not in labels}
        self._service.ask("PATCH", f"/v1/{part}?updateMask=labels", {"labels": rest})

    def store(self, name: str, examples: Sequence[Example], *, composed: bool = False) -> None:
        """Put training data into the bucket, or into another one: `BUCKET:NAME`. `composed`: of two parts."""
        turns = ([("user", prompt), ("model", answer)] for prompt, answer in examples)
        lines = [{"contents": [{"role": role, "parts": [{"text": text}]} for role, text in pair]} for pair in turns]
        data = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        if not composed:
            self._put(name, data)
            return
        for part, content in (("one", data[:100]), ("two", data[100:])):
            self._put(f"{name}-{part}", content)
        sources = [{"name": f"{name}-{part}.jsonl"} for part in ("one", "two")]
        self._service.ask("POST", f"{self.object_path(name)}/compose", {"sourceObjects": sources})

    def forge(self, name: str) -> None:
        """Put other data of equal size and CRC32C in the place of an object."""
        path = self.object_path(name)
        self._put(name, colliding(self._service.ask("GET", f"{path}?alt=media"), b'{"contents": []}\n'))

    def remove(self, name: str) -> None:
        """Delete an object."""
        self._service.ask("DELETE", self.object_path(name))

    def object_path(self, name: str) -> str:
        """Where an object is."""
        bucket, _, rest = name.rpartition(":")
        return f"/storage/v1/b/{bucket or 'my-bucket'}/o/{rest}.jsonl"

    def uploads(self, owner: str) -> list[str]:
        """The names of what a project has uploaded."""
        found = self._service.ask("GET", f"/storage/v1/b/my-bucket/o?prefix=gemspec/{owner}/")
        return [entry["name"] for entry in found.get("items", [])]

    def _put(self, name: str, data: bytes) -> None:
        bucket, _, rest = name.rpartition(":")
        path = f"/upload/storage/v1/b/{bucket or 'my-bucket'}/o?uploadType=media&name={rest}.jsonl"
        self._service.ask("POST", path, data)

    def delete(self, model: Seen) -> None:
        """Delete a model by hand, its endpoint first."""
        endpoint = model.parts["endpoint"]
        for deployed in self._service.ask("GET", f"/v1/{endpoint}")["deployedModels"]:
            self._finish("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]})
        self._finish("DELETE", endpoint)
        self._finish("DELETE", model.parts["model"])

    def undeploy(self, model: Seen) -> None:
        """Take a model off its endpoint by hand."""
        endpoint = model.parts["endpoint"]
        for deployed in self._service.ask("GET", f"/v1/{endpoint}")["deployedModels"]:
            self._finish("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]})

    def delete_endpoint(self, model: Seen) -> None:
        """Delete the endpoint of a model by hand."""
        self.undeploy(model)
        self._finish("DELETE", model.parts["endpoint"])

    def deploy(self, model: Seen, endpoint: str = "") -> None:
        """Deploy a model by hand, on an endpoint of people's own, or on this one."""
        if not endpoint:
            begun = self._finish("POST", f"{self.HERE}/endpoints", {"displayName": "mine"})
            endpoint = self._named(begun["response"]["name"])
        body = {"deployedModel": {"model": model.parts["model"]}}
        self._finish("POST", f"{endpoint}:deployModel", body)

    @property
    def endpoints(self) -> int:
        """How many there are."""
        return len(self._list("endpoints"))

    def _finish(self, method: str, path: str, body: Any = None) -> Any:
        operation = self._service.ask(method, f"/v1/{path}", body)
        self._service.now += 60
        ended = self._service.ask("GET", f"/v1/{operation['name']}")
        assert "error" not in ended
        return ended

    def _list(self, kind: str) -> list[Any]:
        return self._service.ask("GET", f"/v1/{self.HERE}/{kind}?pageSize=100").get(kind, [])

    def _seen(self, job: Any, state: str, parts: Mapping[str, Any]) -> Seen:
        """The labels of model and endpoint count once gemspec has written them; before that, those of the job."""
        id_ = job["name"].rpartition("/")[2]
        all_labels = [part.get("labels", {}) for part in parts.values()]
        ours = [[name for name in labels if name.startswith("gemspec-")] for labels in all_labels]
        written = [labels for labels, names in zip(all_labels, ours, strict=True) if len(names) > 1]
        stamped = [labels for labels in written if labels.get("gemspec-job") == id_]
        is_bare = bool(parts) and not any(ours)
        is_bare = is_bare and _time(parts["model"]["updateTime"]) > _time(job["endTime"])  # else as it was made
        is_ours = not is_bare and self._named(job["name"]) not in self._others
        labels = (stamped[-1] if stamped else job.get("labels", {})) if is_ours else {}
        fields = {"owner": "project", "key": "name", "serving": "serving", "train": "train"}
        marker = {field_: labels[f"gemspec-{word}"] for field_, word in fields.items() if f"gemspec-{word}" in labels}
        names = {kind: self._named(part["name"]) for kind, part in parts.items()}
        told = [*map(_told, parts.values())]
        return Seen(self._named(job["name"]), state, job["createTime"], marker, told, names, _deploys(parts))

    def _named(self, name: str) -> str:
        """The service answers with the project's number; gemspec and people write its id."""
        return f"projects/my-project/{name.split('/', 2)[2]}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


_STATES = {"SUCCEEDED": "ACTIVE", "PARTIALLY_SUCCEEDED": "ACTIVE", "FAILED": "FAILED", "CANCELLED": "FAILED"}


def _deploys(parts: Mapping[str, Any]) -> bool:
    """Whether the endpoint among these deploys the model among these."""
    deployed = parts.get("endpoint", {}).get("deployedModels", [])
    return any(model["model"] == parts.get("model", {}).get("name") for model in deployed)


def _told(part: Any) -> dict[str, Any]:
    labels = {name: value for name, value in part.get("labels", {}).items() if name not in _SERVICE_LABELS}
    texts = {name: part.get(name, "") for name in ("displayName", "description")}
    return {"labels": labels, **texts}


_SERVICE_LABELS = ("google-vertex-llm-tuning-job-id", "tune-type")


def _answer(service: Service, path: str, prompt: str) -> str:
    body = {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
    answer = service.ask("POST", f"{path}:generateContent", body)
    return answer["candidates"][0]["content"]["parts"][0]["text"]


SERVICES = {"gemini": Gemini, "vertex": Vertex}
