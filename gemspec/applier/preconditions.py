"""Reads the service again before a step that cannot be undone: what the plan saw must still be true.

Before each promotion and delete, the key's generations are listed again. An unplanned generation or a changed marker
stops the key as superseded: somebody else is changing it. A delete also requires that the successor serves
and answers, a promotion that the model answers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import GemspecError
from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Marker
from gemspec.domain.model import Answering, State
from gemspec.domain.plan import Action

if TYPE_CHECKING:
    from collections.abc import Collection

    from gemspec.domain.lineage import Inventory
    from gemspec.domain.marker import Reading
    from gemspec.domain.model import LiveModel
    from gemspec.domain.plan import Plan, Step
    from gemspec.providers.base import Provider


class Superseded(GemspecError):  # noqa: N818 - an answer, not a malfunction
    """The service no longer looks as the plan saw it."""


class Preconditions:
    """Compares the service with the markers that the plan saw and those that it will write.

    Both are known from the start: a step of a key may check while the write of another step is under way.
    """

    def __init__(self, plan: Plan, provider: Provider) -> None:
        self._provider = provider
        self._fresh = _FreshList(provider, plan.owner, plan.not_ours)
        seen = [(model.name, model.marker) for key in plan.keys for model in key.generations]
        written = [(step.name, step.marker) for step in plan.steps]
        self._unlabelled = {model.name for key in plan.keys for model in key.generations if model.is_unlabelled}
        # The name is None where only the service can give it.
        self._known = {(name, _plain(marker)) for name, marker in [*seen, *written] if isinstance(marker, Marker)}

    def made(self, live: LiveModel) -> None:
        """Note a model that a create has made or found, so that it does not count as somebody else's."""
        self.writes(live.name, live.marker)

    def writes(self, name: str, marker: Reading) -> None:
        """Note a marker that this run will write although it is not in the plan."""
        if isinstance(marker, Marker):
            self._known.add((name, _plain(marker)))

    async def name_of(self, key: str, train: str) -> str:
        """Find the model of a generation that the plan has no step for. Raises Superseded when it is gone."""
        inventory = await self._fresh.read()
        for generation in inventory.lineage(key).generations:
            if generation.marker.train == train:
                return generation.name
        raise Superseded(f"generation {train} of {key} is gone", "plan again")

    async def reread(self, name: str) -> LiveModel:
        """Read the model that a step will write to. Raises Superseded when it is gone or its marker has changed."""
        live = await self._provider.get(name)
        if live is None:
            raise Superseded(f"{name} is gone", "plan again")
        self._check_marker(live)
        return live

    async def unclaimed(self, step: Step) -> LiveModel:
        """Read the model that an import puts our marker on. Raises Superseded unless its marker is the one that the
        plan saw, or ours already.
        """
        live = await self._provider.get(step.name or "")
        if live is None:
            raise Superseded(f"{step.name} is gone", "plan again")
        seen = step.live.marker if step.live else None
        if live.marker != seen and live.marker != step.marker:
            raise Superseded(f"the marker of {live.name} has changed since the plan", "plan again")
        return live

    async def untrained(self, name: str) -> None:
        """Read a model again after its training was cancelled. Raises Superseded where the training succeeded before:
        the model may serve already, and others may rely on it.
        """
        live = await self._provider.get(name)
        if live and live.state is State.ACTIVE:
            raise Superseded(f"{name} was trained before its training could be ended", "plan again")

    async def check_key(self, step: Step, name: str) -> LiveModel | None:
        """List the key's generations again, and give the model `name` of the step in its present state.

        Raises Superseded unless they are as this run knows them. The model itself may be gone (None).
        """
        inventory = await self._fresh.read()
        for generation in inventory.lineage(step.key).generations:
            self._check_marker(generation.live)
        live = inventory.models.get(name) or await self._provider.get(name)
        if live:
            self._check_marker(live)
        if step.action is Action.ABANDON:
            _check_still_training(live, step)
        if step.action is Action.PROMOTE:
            _check_answers(inventory, live, step)
        if step.successor:
            _check_successor(inventory, step, name)
        return live

    def _check_marker(self, live: LiveModel) -> None:
        if live.is_unlabelled and live.name not in self._unlabelled:
            raise Superseded(f"the marker of {live.name} is gone since the plan", "plan again")
        marker = _plain(live.marker) if isinstance(live.marker, Marker) else None
        if marker and {(live.name, marker), (None, marker)} & self._known:
            return
        if any(live.name == name for name, _ in self._known):
            raise Superseded(f"the marker of {live.name} has changed since the plan", "plan again")
        raise Superseded(f"{live.name} was made while this plan was being applied", "plan again")


class _FreshList:
    """A listing that is shared by all steps that asked before it began, so that many deletes need few listings."""

    def __init__(self, provider: Provider, owner: str, not_ours: Collection[str]) -> None:
        self._provider = provider
        self._owner = owner
        self._not_ours = not_ours
        self._lock = anyio.Lock()
        self._begun = self._finished = 0
        self._latest: Inventory | None = None

    async def read(self) -> Inventory:
        """Give an inventory whose listing began after this call."""
        wanted = self._begun + 1
        async with self._lock:
            if self._latest is None or self._finished < wanted:
                self._begun += 1
                self._latest = take_inventory(await self._provider.list(), self._owner, self._not_ours)
                self._finished = self._begun
            return self._latest


def _plain(marker: Marker) -> Marker:
    """The marker without the commit, which is never compared."""
    return replace(marker, rev=None)


def _check_still_training(live: LiveModel | None, step: Step) -> None:
    if live and live.state is not State.CREATING:
        raise Superseded(f"{step.name} is {live.state} since the plan, and no longer in training", "plan again")


def _check_answers(inventory: Inventory, live: LiveModel | None, step: Step) -> None:
    """What does not answer takes the place of nothing that does."""
    serving = inventory.lineage(step.key).serving
    is_other = serving is not None and live is not None and serving.name != live.name
    if live and live.answering is not Answering.YES and is_other:
        raise Superseded(f"{live.name} is not promoted: no endpoint is seen to deploy it", "plan again")


def _check_successor(inventory: Inventory, step: Step, name: str) -> None:
    """Before an end: another model than this, of the generation that is to serve, serves and answers."""
    serving = inventory.lineage(step.key).serving
    if serving is None or serving.marker.train != step.successor or serving.name == name or not serving.answers:
        raise Superseded(f"{name} is not deleted: the generation that replaces it does not serve", "plan again")
