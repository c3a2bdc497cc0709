"""Every fault by itself, on every operation of both providers: one request of it fails, the operation does not, and
what it leaves on the service is what it was to leave.

Each fault hits one request of an operation, another one each time; with --in-full it hits every one of them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from gemspec.domain.errors import UnavailableError
from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel, Permission, State
from gemspec.domain.training_data import Example
from gemspec.emulator.faults.rules import DENIED, FAULTS, OPEN, TIMED
from gemspec.identity import fingerprint
from gemspec.providers.base import Creation
from gemspec.providers.gcs.content import Content
from gemspec.providers.gemini import provider as gemini
from gemspec.providers.vertex import provider as vertex
from gemspec.providers.vertex.wire.resource_names import Place

from .bad_network import PROVIDERS, TRAINING_SECONDS, Emulated, hurried, with_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gemspec.providers.base import Provider

# Each fault, before and after the request takes effect where that can be chosen.
CASES = [
    {"fault": fault, **({"when": when} if when else {}), **({"seconds": 0.01} if fault in TIMED else {})}
    for fault in FAULTS
    if fault not in DENIED  # nothing helps against those but people
    if fault != "repeatedPage"
    for when in (("before", "after") if fault in OPEN else ("",))
]
_numbers = itertools.count(1)


@dataclass
class Scene:
    """A provider whose requests fail, and a model. `calm` is another connection, for what comes before and after."""

    emulated: Emulated
    is_vertex: bool
    provider: Provider
    calm: Provider
    number: int = 0
    name: str = ""

    @classmethod
    def make(cls, emulated: Emulated, is_vertex: bool) -> Scene:
        place = Place(f"project-{next(_numbers):06}", "us-central1", "my-bucket")
        found = [
            vertex.emulated_at(emulated.url, place, {}) if is_vertex else gemini.emulated_at(emulated.url, {})
            for _ in range(2)
        ]
        return cls(emulated, is_vertex, *found)

    async def close(self) -> None:
        await self.provider.aclose()
        await self.calm.aclose()

    @property
    def key(self) -> str:
        return f"k{self.number}"

    @property
    def creation(self) -> Creation:
        examples = [Example(f"{self.key} {n}", str(n)) for n in range(3)]
        data = fingerprint.fingerprint(examples)
        digits = data.fingerprint[: fingerprint.DATA_DIGITS]
        return Creation(
            name="" if self.is_vertex else f"tunedModels/{self.key}",
            source=BaseModel("gemini-2.5-flash" if self.is_vertex else "models/gemini-1.0-pro-001"),
            settings={"displayName": self.key},
            hyperparameters={"epochCount": 1},
            examples=examples,
            marker=Marker("bots", self.key, "0a1b2c3d4e5f", digits, 3, serving=1),
        )

    def next(self) -> None:
        """Go on to another model, which is not there yet."""
        self.number, self.name = next(_numbers), ""

    async def train(self) -> None:
        self.next()
        self.name = (await self.calm.create(self.creation)).name

    def trained(self) -> None:
        self.emulated.later(2 * TRAINING_SECONDS)

    async def state(self) -> State | None:
        live = await self.calm.get(self.name)
        return live.state if live else None


@dataclass(frozen=True)
class Operation:
    """What is done to a model that is new, in training or trained: `act` meets with a fault, `check` looks afterwards.

    One that is done `afresh` has another model each time: it ends it, or what was learnt of it is remembered.
    """

    name: str
    act: Callable[[Scene], Awaitable[Any]]
    check: Callable[[Scene, Any], Awaitable[None]]
    state: str = "in training"
    afresh: bool = False

    async def prepare(self, scene: Scene) -> None:
        if self.state == "new":
            scene.next()
        elif self.afresh or not scene.name:
            await scene.train()
            if self.state == "trained":
                scene.trained()


async def listed(scene: Scene, found: Any) -> None:
    """Each model once."""
    assert [live.name for live in found].count(scene.name) == 1


async def read(scene: Scene, live: Any) -> None:
    assert live.name == scene.name


async def polled(scene: Scene, found: Any) -> None:
    assert found[scene.name] is not None


async def created(scene: Scene, live: Any) -> None:
    """Once."""
    found = [model for model in await scene.calm.list() if model.marker.key == scene.key]
    assert [model.name for model in found] == [live.name]


async def change(scene: Scene) -> str:
    name = f"name {next(_numbers)}"
    await scene.provider.update(await scene.calm.get(scene.name), {"displayName": name}, None)
    return name


async def changed(scene: Scene, name: str) -> None:
    assert (await scene.calm.get(scene.name)).settings["displayName"] == name


async def cancelled(scene: Scene, _: Any) -> None:
    scene.emulated.later(1)  # which it may take, and no training ends in
    assert await scene.state() is State.FAILED


async def deleted(scene: Scene, _: Any) -> None:
    """As far as the service can."""
    assert await scene.state() in (None, State.FAILED)


async def answered(_: Scene, text: str) -> None:
    assert text == "2"


async def permit(scene: Scene) -> Any:
    """Takes away what is there, adds, and changes."""
    for role in ("READER", "WRITER"):
        wanted = [Permission("USER", f"{next(_numbers)}@example.com", role), Permission("USER", "a@example.com", role)]
        await scene.provider.permit(scene.name, wanted)
    return wanted


async def permitted(scene: Scene, wanted: Any) -> None:
    assert await scene.calm.permissions(scene.name) == sorted(wanted)


def lines(scene: Scene) -> list[bytes]:
    return [f"{scene.key}\n".encode()] * 3


async def upload(scene: Scene) -> str:
    content = await Content.measure(lambda: lines(scene))
    uri = f"gemspec/{content.sha256}.jsonl"
    await scene.provider._storage.ensure([f"gs://my-bucket/{uri}"], content)
    return uri


async def uploaded(scene: Scene, uri: str) -> None:
    stored = scene.emulated.get(f"/storage/v1/b/my-bucket/o/{uri.replace('/', '%2F')}", params={"alt": "media"})
    assert stored.content == b"".join(lines(scene))


SHARED = [
    Operation("list", lambda scene: scene.provider.list(), listed),
    Operation("get", lambda scene: scene.provider.get(scene.name), read),
    Operation("poll", lambda scene: scene.provider.poll([scene.name]), polled, afresh=True),
    Operation("create", lambda scene: scene.provider.create(scene.creation), created, "new"),
    Operation("update", change, changed, "trained"),
    Operation("cancel", lambda scene: scene.provider.cancel(scene.name), cancelled, afresh=True),
    Operation("delete", lambda scene: scene.provider.delete(scene.name), deleted, "trained", afresh=True),
    Operation(
        "generate", lambda scene: scene.provider.generate(scene.name, f"{scene.key} 2"), answered, "trained", True
    ),
]
OPERATIONS = {
    PROVIDERS[0]: [*SHARED, Operation("permit", permit, permitted)],
    PROVIDERS[1]: [
        *SHARED,
        Operation("upload", upload, uploaded, "new"),
        Operation("delete in training", lambda scene: scene.provider.delete(scene.name), deleted, afresh=True),
    ],
}
TABLE = [(provider, operation) for provider, operations in OPERATIONS.items() for operation in operations]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    emulated = Emulated(tmp_path_factory.mktemp("emulator"))
    yield emulated
    emulated.close()


async def carry_out(scene, operation, rule=None):
    """One operation, with this rule; how many requests it made, how many of them for lists, how many met with it."""
    await operation.prepare(scene)
    scene.emulated.rules(*([rule] if rule else []), {"fault": "emptyPage", "share": 0})
    try:
        result = await operation.act(scene)
    finally:
        counts = scene.emulated.counts()
        scene.emulated.rules()
    await operation.check(scene, result)
    lists = counts["requestRules"][-1]["matched"]
    return counts["requests"], lists, sum(counts["struck"].values())


async def try_all(scene, operation, in_full):
    """Every fault; how often one was tried, and what went wrong."""
    requests, lists, _ = await carry_out(scene, operation)
    tries, failures = 0, []
    for index, case in enumerate(CASES):
        count = lists if case["fault"] == "emptyPage" else requests
        for position in range(count) if in_full else [index % count] if count else []:
            tries += 1
            try:
                struck = (await carry_out(scene, operation, {**case, "skip": position, "times": 1}))[2]
                assert struck == 1, "no request met with it"
            except Exception as error:  # all of them are reported
                failures.append(f"{case} at request {position} of {count}: {type(error).__name__}: {error}")
    await scene.close()
    return tries, failures


@pytest.mark.parametrize(("provider", "operation"), TABLE, ids=[f"{row[0]}, {row[1].name}" for row in TABLE])
def test_an_operation_bears_it(emulated, provider, operation, in_full, tally, monkeypatch):
    """Whichever of its requests meets with whichever fault."""
    with_token(monkeypatch)
    scene = Scene.make(emulated, provider == PROVIDERS[1])
    with hurried(emulated):
        tries, failures = anyio.run(try_all, scene, operation, in_full)
    tally(f"network: each fault by itself, {provider}: {operation.name}", tries, len(failures))
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_page_that_comes_again_ends_a_list(emulated, provider):
    """It is none that can be relied on."""
    scene = Scene.make(emulated, provider == PROVIDERS[1])

    async def run():
        try:
            await carry_out(scene, SHARED[0], {"fault": "repeatedPage", "times": 1})
        finally:
            await scene.close()

    with hurried(emulated), pytest.raises(UnavailableError, match="the same page token twice"):
        anyio.run(run)
