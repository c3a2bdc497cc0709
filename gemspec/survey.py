"""Looks at the service and plans: the shell around the pure planner, used by every command that shows or applies a
plan.

The list is not the world: a model that a create would make, and that the list does not show, is asked for by its name
before the create is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from gemspec.errors import ServiceError
from gemspec.plan import Action
from gemspec.planning import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.model import DesiredModel, LiveModel, Project
    from gemspec.plan import Plan
    from gemspec.planning import Options
    from gemspec.providers.base import Provider

_LOOKUPS = 10  # requests at a time


async def survey(provider: Provider, desired: Sequence[DesiredModel], project: Project, options: Options) -> Plan:
    """List the service, plan, and look up what would be created, until no unlisted model is found any more.

    Raises errors.ServiceError; errors.InputError when --replace names a key that nothing declares.
    """
    live = await provider.list()
    asked: set[str] = set()
    while True:
        result = plan(desired, live, project, provider.traits, options)
        expected = _created_names(result) - asked - {model.name for model in live}
        found = await _get_all(provider, sorted(expected))
        if not found:
            return result
        asked |= expected
        live = [*live, *found]


def _created_names(result: Plan) -> set[str]:
    return {step.name for step in result.steps if step.action is Action.CREATE and step.name}


async def _get_all(provider: Provider, names: Sequence[str]) -> list[LiveModel]:
    """Read those of `names` that exist. Raises the first ServiceError as it is, not in an exception group."""
    found: dict[str, LiveModel] = {}
    refusals: list[ServiceError] = []
    limiter = anyio.CapacityLimiter(_LOOKUPS)

    async def get(name: str) -> None:
        async with limiter:
            try:
                model = await provider.get(name)
            except ServiceError as refused:
                refusals.append(refused)
                group.cancel_scope.cancel()
                return
        if model:
            found[name] = model

    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(get, name)
    if refusals:
        raise refusals[0]
    return [found[name] for name in sorted(found)]
