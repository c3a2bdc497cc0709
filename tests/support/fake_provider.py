"""A service in memory: implements `providers.base.Provider` over a dict, records calls, and fails on request."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gemspec.domain.marker import Absent
from gemspec.domain.model import LiveModel, ParentModel, Progress, State
from gemspec.domain.project import Identity, Traits

from . import planner_dsl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

    from gemspec.domain.model import Permission
    from gemspec.providers.base import Creation, Sending


@dataclass
class FakeProvider:
    """Trainings of keys in `partly` end without an endpoint; all end at the `polls`-th poll (0: never).
    `faults[method]` are raised in order, an exception a call.

    `before` is awaited at the start of each call with its method and model; it may wait, or change `models`.
    """

    models: dict[str, LiveModel] = field(default_factory=dict)
    polls: int = 1
    faults: dict[str, deque[Exception]] = field(default_factory=dict)
    before: Callable[[str, str], Awaitable[None]] | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    created: list[Creation] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    partly: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    other_locations: dict[str, Sequence[LiveModel] | None] = field(default_factory=dict)
    running: int = 0
    most_running: int = 0
    traits: Traits = planner_dsl.TRAITS
    identity: Identity = Identity("fake", "memory", "none")  # noqa: RUF009 - frozen

    @classmethod
    def holding(cls, models: Iterable[LiveModel], **options: Any) -> FakeProvider:
        return cls({model.name: model for model in models}, **options)

    def count(self, method: str) -> int:
        return Counter(called for called, _ in self.calls)[method]

    def wrote(self) -> list[str]:
        """The writes, as `create a:x`-like words: the method and the key in the model's name."""
        writes = ("create", "update", "permit", "release", "redeploy", "cancel", "delete")
        return [f"{method} {key_of(name)}" for method, name in self.calls if method in writes]

    async def list(self, *, curves: bool = False) -> list[LiveModel]:
        await self._call("list")
        return [self.models[name] for name in sorted(self.models) if name not in self.hidden]

    async def elsewhere(self) -> dict[str, Sequence[LiveModel] | None]:
        await self._call("elsewhere")
        return self.other_locations

    async def get(self, name: str) -> LiveModel | None:
        await self._call("get", name)
        return self.models.get(name)

    async def create(self, creation: Creation, sending: Sending = nullcontext) -> LiveModel:
        await self._call("upload", creation.name)
        async with sending():
            await self._call("create", creation.name)
            self.created.append(creation)
            source = creation.source
            assert not isinstance(source, ParentModel) or self.models[source.name].state is State.ACTIVE
            live = LiveModel(creation.name, State.CREATING, source, creation.marker, creation.settings)
            return self.models.setdefault(creation.name, live)

    async def poll(self, names: Collection[str]) -> dict[str, LiveModel | None]:
        asked = sorted(names)
        await self._call("poll", " ".join(asked))
        if self.polls and self.count("poll") >= self.polls:
            for name in asked:
                self.end(name)
        return {name: self.models.get(name) for name in asked}

    async def trained(self, live: LiveModel) -> LiveModel:
        return live

    async def update(self, live: LiveModel, settings: Any, marker: Any) -> LiveModel:
        await self._call("update", live.name)
        changed = replace(live, settings={**live.settings, **settings}, marker=marker or live.marker)
        self.models[live.name] = changed
        return changed

    async def redeploy(self, live: LiveModel) -> LiveModel:
        await self._call("redeploy", live.name)
        self.models[live.name] = replace(live, is_deployed=True)
        return self.models[live.name]

    async def release(self, live: LiveModel) -> LiveModel:
        await self._call("release", live.name)
        self.models[live.name] = replace(live, marker=Absent())
        return self.models[live.name]

    async def delete(self, name: str, *, in_training: bool = False) -> None:
        await self._call("delete", name)
        self.models.pop(name, None)

    async def cancel(self, name: str) -> None:
        await self._call("cancel", name)

    async def uploads(self, owner: str, *, everywhere: bool = False) -> None:
        return None

    async def delete_upload(self, owner: str, upload: Any) -> bool:
        raise AssertionError(upload)

    async def upload_target(self, owner: str, examples: Any) -> None:
        return None

    async def permissions(self, name: str) -> Sequence[Permission]:
        await self._call("permissions", name)
        return self.models[name].permissions or ()

    async def permit(self, name: str, wanted: Sequence[Permission]) -> None:
        await self._call("permit", name)
        self.models[name] = replace(self.models[name], permissions=tuple(wanted))

    async def generate(self, name: str, prompt: str, system: str = "") -> str:
        return f"{name}: {prompt}"

    async def aclose(self) -> None:
        pass

    def end(self, name: str) -> None:
        """Let a training end: FAILED where its key is among `fails`."""
        live = self.models.get(name)
        if live and live.state is State.CREATING:
            if key_of(name) in self.fails:
                self.models[name] = replace(live, state=State.FAILED, failure="out of memory")
            else:
                self.models[name] = replace(live, state=State.ACTIVE, is_deployed=key_of(name) not in self.partly)

    def advance(self, name: str, steps: int) -> None:
        """Let a training come as far as `steps` of 10."""
        self.models[name] = replace(self.models[name], progress=Progress(steps, 10))

    async def _call(self, method: str, name: str = "") -> None:
        self.calls.append((method, name))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if self.before:
                await self.before(method, name)
        finally:
            self.running -= 1
        if waiting := self.faults.get(method):
            raise waiting.popleft()


def key_of(name: str) -> str:
    """The key in a remote name, `tunedModels/<key>-<10 digits>`."""
    return name.removeprefix("tunedModels/").rpartition("-")[0]
