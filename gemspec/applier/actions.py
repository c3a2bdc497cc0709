"""Carries out the single actions of a plan on a provider: create, await, update, delete and the rest.

`executor` decides when; `preconditions` checks before what cannot be undone.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, assert_never

import anyio
import anyio.to_thread

from gemspec.applier import clock
from gemspec.applier.checks import ChecksFailed, ask
from gemspec.applier.preconditions import Preconditions, Superseded
from gemspec.domain.errors import GemspecError, ServiceError
from gemspec.domain.marker import Marker
from gemspec.domain.model import VALIDATION, Answering, ParentKey, ParentModel, State
from gemspec.domain.plan import Action
from gemspec.identity.marker_fields import extensions_of, merged_extensions
from gemspec.planner.keys.keep import promoted_on
from gemspec.providers.base import Creation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from gemspec.applier.poller import TrainingPoller
    from gemspec.domain.events import Checked
    from gemspec.domain.model import BaseModel, LiveModel, Progress
    from gemspec.domain.plan import NewGeneration, Plan, Step
    from gemspec.domain.training_data import TrainingExample
    from gemspec.providers.base import Provider

log = logging.getLogger("gemspec.apply")


# Seconds between looks at what was trained and does not answer.
_LAG = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0)


class Data(Protocol):
    """Reads the data of a key again and hashes it. Raises errors.InputError when it is no longer what was planned."""

    def examples(self, key: str, /) -> Sequence[TrainingExample]: ...

    def validation(self, key: str, /) -> Sequence[TrainingExample]: ...


class TrainingFailed(GemspecError):  # noqa: N818 - the result of a training, not a malfunction
    """The training ended without a model that can be used."""


@dataclass(frozen=True, slots=True)
class Actions:
    """Carries out single steps.

    `names` maps (key, train hash) to remote names, and learns new names; `seen` maps it to the last known progress of a
    training; `called` to the name for callers of a model that was trained or deployed meanwhile.
    Writes run inside `sending`, which lets them end when the run is interrupted. Work before a write may be cancelled.
    """

    provider: Provider
    preconditions: Preconditions
    poller: TrainingPoller
    data: Data
    names: dict[tuple[str, str], str]
    sending: Callable[[Step], AbstractAsyncContextManager[None]]
    rev: str | None = None
    seen: dict[tuple[str, str], Progress] = field(default_factory=dict)
    called: dict[tuple[str, str], str] = field(default_factory=dict)

    async def take(self, step: Step, on_progress: Callable[[LiveModel], None]) -> tuple[Checked, ...]:
        """Carry out `step`, and give the results of checks. Raises a GemspecError that says why it was not possible."""
        match step.action:
            case Action.IMPORT:
                await self._import(step)
            case Action.CREATE:
                await self._create(step)
            case Action.AWAIT:
                await self._await(step, on_progress)
            case Action.UPDATE:
                await self._write(step)
            case Action.CHECK:
                return await self._check(step)
            case Action.PROMOTE:
                await self.preconditions.check_key(step, self._name(step))
                await self._write(step)
            case Action.REDEPLOY:
                await self._redeploy(step)
            case Action.PERMIT:
                await self.preconditions.reread(self._name(step))
                async with self.sending(step):
                    await self.provider.permit(self._name(step), step.permissions)
            case Action.FORGET:
                live = await self.preconditions.reread(self._name(step))
                async with self.sending(step):
                    await self.provider.release(live)
            case Action.ABANDON | Action.DELETE:
                await self._delete(step)
            case never:
                assert_never(never)
        return ()

    async def _import(self, step: Step) -> None:
        live = await self.preconditions.unclaimed(step)
        async with self.sending(step):
            await self.provider.update(live, {}, self._marker(step, live))

    async def _check(self, step: Step) -> tuple[Checked, ...]:
        """Run the checks. Raises ChecksFailed, with the answers, unless all answers are as expected."""
        checked = await ask(self.provider, self._name(step), step.checks)
        if not all(check.passed for check in checked):
            raise ChecksFailed(step.key, self._name(step), checked)
        return checked

    async def _create(self, step: Step) -> None:
        generation, marker = _planned(step)
        examples = [] if generation.data_uri else await read_rows(self.data.examples, step.key)
        validation = await read_rows(self.data.validation, step.key) if VALIDATION in generation.extras else ()
        creation = Creation(
            name=step.name or "",
            source=await self._source(generation, marker),
            settings=step.settings,
            hyperparameters=generation.hyperparameters,
            examples=examples,
            marker=replace(marker, rev=self.rev),
            fixed=generation.fixed,
            extras=generation.extras,
            validation=validation,
            data_uri=generation.data_uri,
            stored=generation.dataset.stored,
            stored_validation=generation.validation,
        )
        live = await self.provider.create(creation, partial(self.sending, step))
        self.names[step.key, step.train] = live.name
        self.seen[step.key, step.train] = live.progress
        self.preconditions.made(live)

    async def _await(self, step: Step, on_progress: Callable[[LiveModel], None]) -> None:
        name = self._name(step)

        def look(live: LiveModel) -> None:
            self.seen[step.key, step.train] = live.progress
            on_progress(live)

        live = await self.poller.wait(name, look)
        if live is None:
            raise TrainingFailed(f"{name} is gone, or can no longer be seen with these credentials", "plan again")
        if live.state is State.FAILED:
            reason = f": {live.failure}" if live.failure else ""
            raise TrainingFailed(f"the training of {name} failed{reason}", "--retry-failed trains it again")
        async with self.sending(step):
            live = await self.provider.trained(live)
        live = await self._answering(live)
        self.called[step.key, step.train] = live.call_name
        if live.answering is Answering.NO:
            raise TrainingFailed(
                f"{name} was trained, but no endpoint deploys it, so it does not answer",
                "plan again: the next plan deploys it, without another training",
            )

    async def _answering(self, live: LiveModel) -> LiveModel:
        """Give the model once it answers; as it is where it does not in a while, since reads may lag."""
        for pause in _LAG:
            if live.answering is not Answering.NO:
                break
            await anyio.sleep(pause)
            live = await self.provider.get(live.name) or live
        return live

    async def _redeploy(self, step: Step) -> None:
        if step.marker:  # with the day, before what it replaces may be ended
            await self._write(step)
        live = await self.preconditions.reread(self._name(step))
        async with self.sending(step):
            live = await self.provider.redeploy(live)
        self.called[step.key, step.train] = live.call_name

    async def _write(self, step: Step) -> None:
        live = await self.preconditions.reread(self._name(step))
        marker = self._marker(step, live)
        async with self.sending(step):
            await self.provider.update(live, step.settings, marker)

    def _marker(self, step: Step, live: LiveModel) -> Marker | None:
        """Give the marker to write on `live`: what others have added to its extensions since the plan is kept."""
        if step.marker is None:
            return None
        seen = extensions_of(step.live.marker) if step.live else ()
        wanted = dict(step.marker.extensions) | dict([promoted_on(clock.now())] if _takes_place(step) else [])
        extensions = merged_extensions(seen, tuple(sorted(wanted.items())), extensions_of(live.marker))
        return replace(step.marker, rev=self.rev, extensions=extensions)

    async def _delete(self, step: Step) -> None:
        name = self._name(step)
        live = await self.preconditions.check_key(step, name)
        async with self.sending(step):
            async with self._announced(step, live):
                if step.action is Action.ABANDON:
                    await self._cancel(name)
                    await self.preconditions.untrained(name)
            await self.provider.delete(name, in_training=step.action is Action.ABANDON)

    @asynccontextmanager
    async def _announced(self, step: Step, live: LiveModel | None) -> AsyncIterator[None]:
        """Mark a model as terminating, then check once more: no service has a conditional delete, and somebody may be
        promoting the model. If the check or the code inside raises Superseded, the mark is removed again.
        """
        marker = live.marker if live and self._can_be_used(live) else None
        if live is None or not isinstance(marker, Marker) or marker.terminating:
            yield
            return
        going = replace(marker, terminating=True)
        self.preconditions.writes(live.name, going)
        await self.provider.update(live, {}, going)
        try:
            await self.preconditions.check_key(step, live.name)
            yield
        except Superseded:
            if (now := await self.provider.get(live.name)) and now.marker == going:
                await self.provider.update(now, {}, marker)
            raise

    def _can_be_used(self, live: LiveModel) -> bool:
        """Whether others may use the model now or soon, and the service writes markers on it."""
        in_training = live.state is State.CREATING and self.provider.traits.writes_in_training
        return live.state is State.ACTIVE or in_training

    async def _cancel(self, name: str) -> None:
        """Cancel the training where the service can. An error does not matter: the delete ends the training as well."""
        try:
            await self.provider.cancel(name)
        except ServiceError as error:
            log.debug("cancelling %s: %s", name, error.summary)

    async def _source(self, generation: NewGeneration, marker: Marker) -> BaseModel | ParentModel:
        source = generation.source
        if not isinstance(source, ParentKey):
            return source
        train = marker.parent or ""
        return ParentModel(self.names.get((source.key, train)) or await self.preconditions.name_of(source.key, train))

    def _name(self, step: Step) -> str:
        return step.name or self.names[step.key, step.train]


def _takes_place(step: Step) -> bool:
    """Whether a write of its marker makes a model take the place of another. A takeover changes no such thing."""
    if step.action is Action.IMPORT:
        return step.live is None or step.live.is_unlabelled or not isinstance(step.live.marker, Marker)
    return step.action in (Action.PROMOTE, Action.REDEPLOY)


def known_names(plan: Plan) -> dict[tuple[str, str], str]:
    """The remote names in the plan, by (key, train hash)."""
    names = {(step.key, step.train): step.name for step in plan.steps if step.name}
    targets = {(key.key, key.target): key.target_name for key in plan.keys if key.target and key.target_name}
    return names | targets


async def read_rows(read: Callable[[str], Sequence[TrainingExample]], key: str) -> Sequence[TrainingExample]:
    """Read data in a thread, which an interrupt does not wait for."""
    return await anyio.to_thread.run_sync(read, key, abandon_on_cancel=True)


def _planned(step: Step) -> tuple[NewGeneration, Marker]:
    if step.generation is None or step.marker is None:
        raise ValueError(f"{step.ref} does not say what to train")
    return step.generation, step.marker
