"""Says what the creates of a plan would upload, so that a person sees it before anything is sent.

After `refresh`, on services that keep training data in a bucket. The data is read a few rows at a time, and not sent.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gemspec.domain.marker import Marker
from gemspec.domain.model import VALIDATION, State
from gemspec.domain.plan import Action, Upload
from gemspec.util.concurrency import gather

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import Plan, Step
    from gemspec.domain.training_data import TrainingExample
    from gemspec.providers.base import Provider

_LOOKUPS = 10  # at a time


class StreamedData(Protocol):
    """Reads the data of a key again: its "training" or "validation" examples."""

    def stream(self, key: str, use: str, /) -> Iterator[TrainingExample]: ...


async def with_uploads(plan: Plan, provider: Provider, data: StreamedData) -> Plan:
    """Add to a plan what its creates would upload. Raises InputError where the data cannot be read any more."""
    if not provider.traits.uploads_data:
        return plan
    wanted = [(step.key, use) for step in plan.steps if step.action is Action.CREATE for use in _uses(step)]
    calls = [partial(_upload, key, use, plan.owner, provider, data) for key, use in wanted]
    found = await gather(calls, limit=_LOOKUPS)
    return replace(plan, uploads=tuple(upload for upload in found if upload))


async def with_digests(
    desired: Sequence[DesiredModel], live: Iterable[LiveModel], owner: str, provider: Provider, data: StreamedData
) -> list[DesiredModel]:
    """Tell the planner what an upload of local validation data would be called, for keys with a failed training that
    had some: whether the manifest asks for other data than was sent.

    Raises InputError where the data cannot be read any more.
    """
    failed = {
        model.marker.key
        for model in live
        if model.state is State.FAILED and isinstance(model.marker, Marker) and VALIDATION in model.sent
    }
    return [
        replace(model, validation_digest=await _digest(model.key, owner, provider, data))
        if VALIDATION in model.extras and failed.intersection((model.key, *model.moved_from))
        else model
        for model in desired
    ]


async def _digest(key: str, owner: str, provider: Provider, data: StreamedData) -> str:
    target = await provider.upload_target(owner, data.stream(key, "validation"))
    return target.digest if target else ""


def _uses(create: Step) -> Iterable[str]:
    """What a create uploads: not what is in an object of the user's."""
    if create.generation and create.generation.data_uri is None:
        yield "training"
    if create.generation and VALIDATION in create.generation.extras:
        yield "validation"


async def _upload(key: str, use: str, owner: str, provider: Provider, data: StreamedData) -> Upload | None:
    target = await provider.upload_target(owner, data.stream(key, use))
    if target is None:
        return None
    return Upload(key, use, target.uri, target.rows, target.size, target.is_there)
