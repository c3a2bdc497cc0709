"""Clients that write to an emulator at full speed, and know what it must hold: what was answered, and at most one
write more.

Each has models, jobs or objects of its own. It yields one write after another, each with what is so then: name ->
value, None for what is gone. `look` reads the same names and values back.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import md5
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PIECE = 256 * 1024  # bytes
PIECES = 5
HERE = "/v1/projects/my-project/locations/us-central1"
UPLOAD = "/upload/storage/v1/b/my-bucket/o"
EXAMPLE = {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in (("user", "3"), ("model", "4"))]}
DATA = "".join(f"{json.dumps(EXAMPLE)}\n" for _ in range(20)).encode()

Values = dict[str, Any]


@dataclass
class Write:
    """A request, and what is so once it is done. `learn` is given the answer."""

    method: str
    path: str
    after: Values
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    expected: int = 200
    learn: Callable[[httpx.Response], object] = lambda _: None


class Writer:
    """Writes until nobody answers any more. `known` is what must be there, `pending` what the last write may have done.

    `urls` are asked in turn; with several, each write is looked at through the next one.
    """

    def __init__(self, name: str, urls: Sequence[str]) -> None:
        self.name = name
        self.known: Values = {}
        self.pending: Values = {}
        self.answered = 0
        self.problem = ""
        self._urls = urls
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def writes(self) -> Iterator[Write]:
        """One after another, without end."""
        raise NotImplementedError

    def look(self, client: httpx.Client, name: str) -> Any:
        """The value of a name."""
        raise NotImplementedError

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop = True

    def join(self) -> None:
        self._thread.join()

    def wrong(self, client: httpx.Client) -> list[str]:
        """What is not as it must be: every answered write, and of the last one all or nothing."""
        found = {name: self.look(client, name) for name in self.known | self.pending}
        if found in (self.known | dict.fromkeys(self.pending.keys() - self.known), self.known | self.pending):
            self.known, self.pending = found, {}
            return []
        return [
            f"{self.name}: {name} is {value}, not {self.known.get(name)}, nor {self.pending.get(name)}"
            for name, value in found.items()
            if value != self.known.get(name)
        ]

    def _run(self) -> None:
        clients = [httpx.Client(base_url=url, trust_env=False, timeout=60) for url in self._urls]
        turns = cycle(clients)
        try:
            for write in self.writes():
                if self._stop:
                    return
                self._do(write, next(turns))
                if len(clients) > 1:
                    self._see(write, next(turns))
        except httpx.TransportError:
            return
        except AssertionError as error:
            self.problem = f"{self.name}: {error}"
        finally:
            for client in clients:
                client.close()

    def _see(self, write: Write, client: httpx.Client) -> None:
        """Look at a write through another emulator on the same file."""
        found = {name: self.look(client, name) for name in write.after}
        assert found == write.after, f"{write.method} {write.path}: another one sees {found}, not {write.after}"

    def _do(self, write: Write, client: httpx.Client) -> None:
        self.pending = write.after
        content = write.body if isinstance(write.body, bytes | None) else json.dumps(write.body).encode()
        headers = {"content-type": "application/json", **write.headers}
        answer = client.request(write.method, write.path, content=content, headers=headers)
        assert answer.status_code == write.expected, f"{write.method} {write.path}: {answer.status_code} {answer.text}"
        self.known, self.pending = self.known | write.after, {}
        self.answered += 1
        write.learn(answer)


class Models(Writer):
    """Models of the Gemini API: made, changed, opened to others, deleted. Of each, its description and permissions."""

    def writes(self) -> Iterator[Write]:
        row = {"textInput": "1", "output": "2"}
        body = {
            "baseModel": "models/gemini-1.0-pro-001",
            "tuningTask": {"trainingData": {"examples": {"examples": [row] * 20}}},
        }
        for number in count():
            id_ = f"{self.name}-{number}"
            path, grants = f"/v1beta/tunedModels/{id_}", f"/v1beta/tunedModels/{id_}/permissions"
            yield Write("POST", f"/v1beta/tunedModels?tunedModelId={id_}", {id_: ("", {})}, body)
            for change in ("one", "two"):
                yield Write("PATCH", f"{path}?updateMask=description", {id_: (change, {})}, {"description": change})
            email = f"{id_}@example.com"
            grant = {"granteeType": "USER", "emailAddress": email, "role": "READER"}
            made: list[str] = []
            yield Write(
                *("POST", grants, {id_: ("two", {email: "READER"})}, grant),
                learn=lambda answer, made=made: made.append(answer.json()["name"]),
            )
            role = {"role": "WRITER"}
            yield Write("PATCH", f"/v1beta/{made[0]}?updateMask=role", {id_: ("two", {email: "WRITER"})}, role)
            yield Write("DELETE", f"/v1beta/{made[0]}", {id_: ("two", {})})
            if number % 2:
                yield Write("DELETE", path, {id_: None})

    def look(self, client: httpx.Client, name: str) -> Any:
        model = client.get(f"/v1beta/tunedModels/{name}")
        if model.status_code in (403, 404):
            return None
        assert model.status_code == 200, model.text
        listed = client.get(f"/v1beta/tunedModels/{name}/permissions").json()["permissions"]
        return model.json().get("description", ""), {
            permission["emailAddress"]: permission["role"] for permission in listed if permission["role"] != "OWNER"
        }


class Jobs(Writer):
    """Vertex AI: an object of Cloud Storage, a job that learns from it and is cancelled, the object again deleted."""

    def writes(self) -> Iterator[Write]:
        self._jobs: dict[str, str] = {}
        for number in count():
            name = f"{self.name}-{number}"
            file, job = f"file {name}", f"job {name}"
            where = f"/storage/v1/b/my-bucket/o/{name}"
            yield Write("POST", f"{UPLOAD}?uploadType=media&name={name}", {file: len(DATA)}, DATA)
            spec = {"trainingDatasetUri": f"gs://my-bucket/{name}"}
            body = {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": name, "supervisedTuningSpec": spec}
            yield Write(
                *("POST", f"{HERE}/tuningJobs", {job: "runs"}, body),
                learn=lambda answer, name=name: self._jobs.update({name: answer.json()["name"]}),
            )
            yield Write("POST", f"/v1/{self._jobs[name]}:cancel", {job: "cancelled"}, {})
            yield Write("DELETE", where, {file: None}, expected=204)

    def look(self, client: httpx.Client, name: str) -> Any:
        kind, _, id_ = name.partition(" ")
        if kind == "file":
            return _size(client, id_)
        if id_ in self._jobs:
            found = client.get(f"/v1/{self._jobs[id_]}")
            jobs = [found.json()] if found.status_code == 200 else []
        else:
            jobs = [job for job in _jobs(client) if job["tunedModelDisplayName"] == id_]
        words = ["cancelled" if "CANCEL" in job["state"] else "runs" for job in jobs]
        assert len(words) < 2, jobs
        return words[0] if words else None


class Uploads(Writer):
    """Cloud Storage: objects that come in pieces. Of each, how much of it there is; all of it, once it is whole."""

    def writes(self) -> Iterator[Write]:
        self._sessions: dict[str, str] = {}
        total = PIECE * PIECES
        for number in count():
            name = f"{self.name}-{number}"
            body = bytes([number % 251]) * total
            announced = {"x-upload-content-length": str(total)}
            query = f"uploadType=resumable&name={name}"
            yield Write(
                *("POST", f"{UPLOAD}?{query}", {name: 0}, b"{}", announced),
                learn=lambda answer, name=name: self._opened(name, answer),
            )
            for start in range(0, total, PIECE):
                end, last = start + PIECE, start + PIECE == total
                yield Write(
                    *("PUT", self._sessions[name], {name: md5(body).hexdigest() if last else end}, body[start:end]),
                    {"content-range": f"bytes {start}-{end - 1}/{total}"},
                    200 if last else 308,
                )

    def look(self, client: httpx.Client, name: str) -> Any:
        found = client.get(f"/storage/v1/b/my-bucket/o/{name}")
        if found.status_code == 200:
            return b64decode(found.json()["md5Hash"]).hex()
        if name not in self._sessions:
            return None
        answer = client.put(self._sessions[name], headers={"content-range": f"bytes */{PIECE * PIECES}"})
        if answer.status_code == 200:
            return b64decode(answer.json()["md5Hash"]).hex()
        return int(answer.headers["range"].partition("-")[2]) + 1 if "range" in answer.headers else 0

    def _opened(self, name: str, answer: httpx.Response) -> None:
        address = httpx.URL(answer.headers["location"])
        self._sessions[name] = address.raw_path.decode()


def _size(client: httpx.Client, name: str) -> int | None:
    found = client.get(f"/storage/v1/b/my-bucket/o/{name}")
    if found.status_code == 404:
        return None
    content = client.get(f"/download/storage/v1/b/my-bucket/o/{name}?alt=media").content
    assert len(content) == int(found.json()["size"])
    return len(content)


def _jobs(client: httpx.Client) -> list[Any]:
    found, token = [], ""
    while True:
        page = client.get(f"{HERE}/tuningJobs", params={"pageSize": 100, "pageToken": token}).json()
        found += page.get("tuningJobs", [])
        token = page.get("nextPageToken", "")
        if not token:
            return found
