"""Reads the service and plans: the shell around the pure planner, for every command that shows or applies a plan.

A list may lack models: before a create is planned, the model that it would make is looked up by name. Permissions cost
a request for each model, so they are read only where the plan depends on them.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from gemspec.applier import clock
from gemspec.applier.uploads import with_digests
from gemspec.domain.errors import AuthError, ServiceError
from gemspec.domain.plan import Action, Kind
from gemspec.domain.training_data import StoredData
from gemspec.identity import fingerprint
from gemspec.planner import plan
from gemspec.util.concurrency import gather

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gemspec.applier.uploads import StreamedData
    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import Plan
    from gemspec.domain.project import Project, Traits
    from gemspec.planner import PlanOptions
    from gemspec.providers.base import Provider

_LOOKUPS = 10  # requests at a time


async def refresh(
    provider: Provider,
    desired: Sequence[DesiredModel],
    project: Project,
    options: PlanOptions,
    data: StreamedData | None = None,
) -> Plan:
    """List the service, plan, and look up models that would be created, until no unlisted model is found any more.
    `data` is read where a plan depends on local validation data.

    Raises errors.ServiceError; errors.InputError when --replace names a key that no manifest declares.
    """
    options = replace(options, now=clock.now() if options.now is None else options.now)
    desired = await _with_data(provider, desired, options)
    live = {model.name: model for model in await provider.list()}
    if data is not None:
        desired = await with_digests(desired, live.values(), project.owner, provider, data)
    asked: set[str] = set()
    elsewhere: Mapping[str, Sequence[LiveModel] | None] | None = None
    adopted = {model.adopts.name for model in desired if model.adopts}
    while True:
        result = plan(desired, [*live.values()], project, provider.traits, options, elsewhere or {})
        unseen = {name for name in adopted if not any(model.goes_by(name) for model in live.values())}
        expected = (_created_names(result) | unseen) - asked - live.keys()
        unread = _unread_permissions(result, desired, live) if provider.traits.sets_permissions else []
        found = await _for_all(provider.get, sorted(expected))
        found |= await _for_all(partial(_with_permissions, provider, live), unread)
        if not found and elsewhere is None and _may_be_elsewhere(result, provider.traits):
            elsewhere = await provider.elsewhere()
            continue
        if not found:
            return result
        asked |= expected
        live |= found


def _may_be_elsewhere(result: Plan, traits: Traits) -> bool:
    """Whether the project may have its models at another location: it trains here, and owns nothing here yet."""
    return traits.has_locations and result.is_first and any(step.action is Action.CREATE for step in result.steps)


async def _with_data(provider: Provider, desired: Sequence[DesiredModel], options: PlanOptions) -> list[DesiredModel]:
    """Look up data that is an object of the user's, but for keys that are excluded: nothing is waited for there.

    What is wrong with an object concerns only the keys that name it, and only where the plan needs it: so that is no
    error here.
    """
    asked = [model for model in desired if not _is_excluded(model, options)]
    uris = sorted({uri for model in asked for uri in (model.data_uri, model.validation_uri) if uri})
    looked = await gather([partial(_look, provider, uri) for uri in uris], limit=_LOOKUPS)
    found = dict(zip(uris, looked, strict=True))
    return [_knowing(model, found) for model in desired]


def _is_excluded(desired: DesiredModel, options: PlanOptions) -> bool:
    names = (desired.key, *desired.moved_from)
    return any(fnmatchcase(name, glob) for name in names for glob in options.excludes)


async def _look(provider: Provider, uri: str) -> StoredData | str:
    """Describe an object, or say why that is not possible."""
    try:
        return await provider.stored_data(uri) or f"there is no {uri}; upload it, or correct the uri"
    except ServiceError as error:
        return "; ".join(filter(None, (error.summary, error.hint)))


def _knowing(desired: DesiredModel, found: Mapping[str, StoredData | str]) -> DesiredModel:
    """The model with what was found of its data."""
    named = (desired.data_uri, desired.validation_uri)
    training, validation = (found.get(uri, "it was not looked up") if uri else None for uri in named)
    dataset = desired.dataset
    if isinstance(training, StoredData):
        dataset = replace(fingerprint.stored_data(training.size, training.crc32c), stored=training)
    return replace(
        desired,
        dataset=dataset,
        data_error=training if isinstance(training, str) else "",
        validation_object=validation if isinstance(validation, StoredData) else None,
        validation_error=validation if isinstance(validation, str) else "",
    )


def _created_names(result: Plan) -> set[str]:
    return {step.name for step in result.steps if step.action is Action.CREATE and step.name}


def _unread_permissions(result: Plan, desired: Sequence[DesiredModel], live: Mapping[str, LiveModel]) -> list[str]:
    """Names of models with permissions that the plan depends on and that have not been read.

    These are the models that serve or will serve a key with declared permissions, and models that will be replaced,
    since their permissions are carried over.
    """
    declaring = {model.key for model in desired if model.permissions is not None}
    plans = [
        key
        for key in result.keys
        if key.key in declaring or key.kind is Kind.REPLACE or (key.current and key.step(Action.PROMOTE))
    ]
    names = {key.target_name or "" for key in plans} | {key.current.name for key in plans if key.current}
    return sorted(name for name in names if name in live and live[name].permissions is None)


async def _with_permissions(provider: Provider, live: Mapping[str, LiveModel], name: str) -> LiveModel:
    """Read the permissions of a model. Those of a shared model may be hidden: then none are carried over."""
    try:
        permissions = await provider.permissions(name)
    except AuthError:
        if live[name].is_own is not False:
            raise
        permissions = ()
    return replace(live[name], permissions=tuple(permissions))


async def _for_all(read: Callable[[str], Awaitable[LiveModel | None]], names: Sequence[str]) -> dict[str, LiveModel]:
    """Read these models, several at a time; name -> model for those that exist."""
    found = await gather([partial(read, name) for name in names], limit=_LOOKUPS)
    return {name: model for name, model in zip(names, found, strict=True) if model}
