"""An emulator that carries out one request at a time, and can stop the command that sends them at any of them.

Commands are distinguished by the token that they send (`Party`). Time passes with their requests: a training takes
a number of looks, and nothing sleeps.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
from support.served import PATIENCE, Service

from gemspec.emulator import VertexOptions, create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

TRAINING_SECONDS = 5.0
OPERATION_SECONDS = 1.5
PACE = 1.0  # seconds that pass with each request of a party, unless told

_READS = re.compile(r"GET |POST .*:generateContent$")
_IDS = re.compile(r"[0-9a-f]{12,}|(?<=/)\d{6,}|(?<=operations/)[^/:]+")
_SERVICES = re.compile(r"^/(v1beta|v1/projects/[^/]+/locations/[^/]+|v1|storage/v1|upload/storage/v1)/")


@dataclass(frozen=True)
class Boundary:
    """Where a command is stopped: `before` its n-th request of this kind is carried out, or once it is `applied`, and
    not answered yet. The moment after an answer is the one before the next request.
    """

    request: str
    nth: int
    when: str

    def __str__(self) -> str:
        return f"{self.when} {self.request} ({self.nth})"


def is_write(request: str) -> bool:
    """Whether a request changes something at the service."""
    return not _READS.match(request)


def boundaries(requests: Sequence[str]) -> list[Boundary]:
    """Every boundary of a command that sent these requests.

    A command that waits asks the same again and again. Of equal reads between two writes, where nothing but the time
    has changed, the first and the last are taken.
    """
    found: list[Boundary] = []
    counts: Counter[str] = Counter()
    reads: dict[str, list[int]] = {}
    for request in [*requests, ""]:
        counts[request] += 1
        if request and not is_write(request):
            reads.setdefault(request, []).append(counts[request])
            continue
        for read, nths in reads.items():
            found += _both(read, nths[0]) + (_both(read, nths[-1]) if len(nths) > 1 else [])
        reads = {}
        found += _both(request, counts[request]) if request else []
    return found


def _both(request: str, nth: int) -> list[Boundary]:
    return [Boundary(request, nth, "before"), Boundary(request, nth, "applied")]


class Party:
    """One command, by its requests. It continues, is stopped at a boundary, or is gone: then what it sent is lost."""

    def __init__(self, name: str, stop: Boundary | None = None) -> None:
        self.name = name
        self.requests: list[str] = []
        self.stopped = threading.Event()
        self.is_gone = False
        self._stop = stop
        self._counts: Counter[str] = Counter()

    def sends(self, request: str) -> int:
        """A request has arrived; the how manieth of its kind it is."""
        self.requests.append(request)
        self._counts[request] += 1
        return self._counts[request]

    def meets(self, request: str, nth: int, when: str) -> None:
        """A request is at a boundary, which may be the one to stop at."""
        if self._stop == Boundary(request, nth, when):
            self._stop = None
            self.stopped.set()

    def go_on(self) -> None:
        """Let it continue from where it was stopped."""
        self.stopped.clear()

    def be_gone(self) -> None:
        """Carry out nothing more of what it sent."""
        self.is_gone = True
        self.stopped.clear()


class Turns:
    """Whose request is next, of several parties that run at the same time: the same for the same seed.

    A request is carried out when every party that has not ended has sent one. A party has some turns in a row, so that
    now they take turns, now one is far ahead of the other.
    """

    LONGEST = (1, 3, 12)  # turns in a row; one of these, by the seed

    def __init__(self, seed: int, *names: str) -> None:
        self._random = random.Random(seed)
        self._longest = self._random.choice(self.LONGEST)
        self._lock = threading.Lock()
        self._waiting: dict[str, list[object]] = {name: [] for name in names}
        self._given: set[object] = set()
        self._name, self._left = "", 0

    async def take(self, name: str) -> None:
        """Wait for a turn. Who does not take part has one at once."""
        ticket = object()
        with self._lock:
            if name not in self._waiting:
                return
            self._waiting[name].append(ticket)
        while not self._is_given(ticket):  # noqa: ASYNC110 - a party ends in the test's thread
            await asyncio.sleep(0.001)

    def leave(self, name: str) -> None:
        """A party has ended: nobody waits for it any more."""
        with self._lock:
            self._given |= {*self._waiting.pop(name, [])}

    def _is_given(self, ticket: object) -> bool:
        with self._lock:
            if self._waiting and all(self._waiting.values()):
                self._given.add(self._waiting[self._next()].pop(0))
            return ticket in self._given

    def _next(self) -> str:
        if not self._left or self._name not in self._waiting:
            self._name, self._left = self._random.choice([*self._waiting]), self._random.randint(1, self._longest)
        self._left -= 1
        return self._name


@dataclass
class Gate(Service):
    """The emulator on a file, behind the gate. `watch` is called after each write of a party, before its answer."""

    database: Path | None = None
    pace: float = PACE
    watch: Callable[[], None] | None = None
    parties: dict[str, Party] = field(default_factory=dict)
    turns: Turns | None = None

    def make_app(self) -> Any:
        """The emulator of both services, on its file."""
        return create_app(
            self.database,
            training_seconds=TRAINING_SECONDS,
            clock=lambda: self.now,
            buckets=["my-bucket"],
            vertex=VertexOptions(operation_seconds=OPERATION_SECONDS),
        )

    def close(self) -> None:
        for party in self.parties.values():
            party.be_gone()
        self._asking.shutdown()
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        super().close()

    def save(self, to: Path) -> None:
        """Copy everything that the service holds."""
        self.app.state.store.close()  # what is in its log goes into the file
        assert self.database
        to.write_bytes(self.database.read_bytes())
        self.app = self.make_app()

    def restore(self, saved: Path) -> None:
        """Hold what was saved, and nothing else."""
        self.app.state.store.close()
        assert self.database
        self.database.write_bytes(saved.read_bytes())
        self.app = self.make_app()

    def admit(self, party: Party) -> Party:
        """Let a party's requests in."""
        self.parties[party.name] = party
        return party

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Another client's request, which must succeed; its JSON."""
        return self._asking.submit(self._ask, method, path, body).result(PATIENCE)

    async def _boundary(self, scope: Any, receive: Any, send: Any) -> None:
        party = self.parties.get(_token(scope))
        if party is None:
            await super()._boundary(scope, receive, send)
            return
        body = await _body(receive)  # all of it, since it may be carried out when its sender is gone
        request = _named(scope)
        nth = party.sends(request)
        party.meets(request, nth, "before")
        while not party.is_gone:
            await _going_on(party)
            if self.turns:
                await self.turns.take(party.name)
            async with self._one_at_a_time:
                if party.stopped.is_set():
                    continue
                if party.is_gone:
                    return
                answer = await self._carried_out(scope, body)
                if self.watch and is_write(request):
                    await asyncio.to_thread(self.watch)
                party.meets(request, nth, "applied")
            await _going_on(party)
            for message in answer if not party.is_gone else ():
                await send(message)
            return

    async def _carried_out(self, scope: Any, body: bytes) -> list[Any]:
        """The messages of the answer to a request."""
        answer: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Any) -> None:
            answer.append(message)

        self.now += self.pace
        await self.app(scope, receive, keep)
        return answer

    @cached_property
    def _one_at_a_time(self) -> asyncio.Lock:
        return asyncio.Lock()

    def _ask(self, method: str, path: str, body: Any) -> Any:
        headers = {} if isinstance(body, bytes) else {"content-type": "application/json"}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = self._loop.run_until_complete(self._client.request(method, path, content=content, headers=headers))
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    @cached_property
    def _asking(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._now_app), base_url="http://service")

    async def _now_app(self, scope: Any, receive: Any, send: Any) -> None:
        """The app of today: it changes when something is restored."""
        await self.app(scope, receive, send)


async def _going_on(party: Party) -> None:
    while party.stopped.is_set():  # noqa: ASYNC110 - set from the test's thread
        await asyncio.sleep(0.001)


def _token(scope: Any) -> str:
    found = dict(scope["headers"]).get(b"authorization", b"")
    return found.decode().removeprefix("Bearer ")


def _named(scope: Any) -> str:
    """A request by what it is about: without the ids that differ from run to run, and without pages."""
    path = _SERVICES.sub("", scope["path"])
    query = "&".join(f"{name}={value}" for name, value in _parameters(scope))
    return _IDS.sub("#", f"{scope['method']} {path}{'?' * bool(query)}{query}")


def _parameters(scope: Any) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(scope["query_string"].decode()):
        if name not in ("pageSize", "pageToken", "upload_id"):
            yield name, value


async def _body(receive: Any) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body
