"""Says what the creates of a plan would upload, so that a person sees it before anything is sent.

After `refresh`, on services that keep training data in a bucket. The data is read as a create reads it, and not sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.applier.actions import VALIDATION, read_rows
from gemspec.domain.plan import Action, Upload

if TYPE_CHECKING:
    from gemspec.applier.actions import Data
    from gemspec.domain.plan import Plan, Step
    from gemspec.providers.base import Provider


async def with_uploads(plan: Plan, provider: Provider, data: Data) -> Plan:
    """Add to a plan what its creates would upload.

    Raises InputError where the data cannot be read, or has changed since the plan was made.
    """
    if not provider.traits.uploads_data:
        return plan
    creates = [step for step in plan.steps if step.action is Action.CREATE]
    found = [upload for step in creates for upload in await _of_create(step, plan.owner, provider, data)]
    return replace(plan, uploads=tuple(found))


async def _of_create(step: Step, owner: str, provider: Provider, data: Data) -> list[Upload]:
    generation, found = step.generation, []
    if generation is None:
        return []
    if generation.data_uri is None:
        found.append(("training", await read_rows(data.examples, step.key)))
    if VALIDATION in generation.extras:
        found.append(("validation", await read_rows(data.validation, step.key)))
    return [
        Upload(step.key, use, target.uri, len(rows), target.size, target.is_there)
        for use, rows in found
        if (target := await provider.upload_target(owner, rows))
    ]
