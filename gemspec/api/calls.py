"""The calls of the public API: load, plan and apply, each also as a coroutine."""

from __future__ import annotations

import os
from dataclasses import replace as changed
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from gemspec.api.connection import connected, limited, make_plan
from gemspec.api.values import Plan, Project, Result
from gemspec.domain.errors import InputError, PlanRefused, Problem
from gemspec.domain.project import Limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from gemspec.domain import plan as planned
    from gemspec.domain.events import Event
    from gemspec.manifest import Workspace
    from gemspec.planner import PlanOptions
    from gemspec.reports.plan import PlanDocument

PathLike = str | os.PathLike[str]
Answer = TypeVar("Answer")


def load(
    *paths: PathLike,
    project: PathLike | None = None,
    allow_empty: bool = False,
    stdin: BinaryIO | None = None,
    policy: PathLike | None = None,
) -> Project:
    """Read a project: its folder (default: the current one), its gemspec.yaml, or some of its manifests.

    With the path "-" manifests are read from `stdin`, any open binary file. `project` is as --project, `policy` as
    --policy-from.
    Raises InputError with every problem of every file.
    """
    from gemspec import manifest

    names, file = [os.fspath(path) for path in paths], None if project is None else os.fspath(project)
    if "-" in names and stdin is None:
        raise InputError([Problem('the path "-" needs stdin', "give an open binary file")])
    rules = None if policy is None else os.fspath(policy)
    return Project(manifest.load(names, project=file, allow_empty=allow_empty, stdin=stdin, policy=rules))


async def load_async(
    *paths: PathLike,
    project: PathLike | None = None,
    allow_empty: bool = False,
    stdin: BinaryIO | None = None,
    policy: PathLike | None = None,
) -> Project:
    """`load`, in a thread: training data may be large."""
    from anyio import to_thread

    read = partial(load, *paths, project=project, allow_empty=allow_empty, stdin=stdin, policy=policy)
    return await to_thread.run_sync(read)


async def plan_async(
    project: Project,
    *,
    endpoint: str | None = None,
    targets: Iterable[str] = (),
    excludes: Iterable[str] = (),
    replace: Iterable[str] = (),
    undelete: Iterable[str] = (),
    retry_failed: bool = False,
    max_deletes: int | str | None = None,
    max_trainings: int | None = None,
    allow: Iterable[str] = (),
) -> Plan:
    """Compare a project with its service. Writes nothing there.

    Keywords are the flags of `gemspec plan`. `endpoint` is another service to talk to, by default $GEMSPEC_ENDPOINT;
    credentials come from the environment, as for the commands.
    Raises InputError for keys that no manifest declares, ServiceError where the service refuses a request.
    """
    from gemspec.planner import PlanOptions

    workspace = limited(project.workspace, _limit(max_deletes), max_trainings)
    options = PlanOptions(
        whole=workspace.whole,
        retry_failed=retry_failed,
        replace=frozenset(_names(replace)),
        undelete=frozenset(_names(undelete)),
        targets=_names(targets),
        excludes=_names(excludes),
        allowed=frozenset(_names(allow)),
    )
    return await _plan(workspace, options, endpoint or os.environ.get("GEMSPEC_ENDPOINT") or None)


def plan(
    project: Project,
    *,
    endpoint: str | None = None,
    targets: Iterable[str] = (),
    excludes: Iterable[str] = (),
    replace: Iterable[str] = (),
    undelete: Iterable[str] = (),
    retry_failed: bool = False,
    max_deletes: int | str | None = None,
    max_trainings: int | None = None,
    allow: Iterable[str] = (),
) -> Plan:
    """`plan_async` where no event loop runs."""
    return _run(
        partial(
            plan_async,
            project,
            endpoint=endpoint,
            targets=targets,
            excludes=excludes,
            replace=replace,
            undelete=undelete,
            retry_failed=retry_failed,
            max_deletes=max_deletes,
            max_trainings=max_trainings,
            allow=allow,
        )
    )


async def apply_async(
    plan: Plan,
    *,
    on_event: Callable[[Event], None] | None = None,
    wait: bool = True,
    wait_timeout: float | None = None,
    parallelism: int = 10,
) -> Result:
    """Carry out a plan, and nothing that is not in it.

    A new plan is made: steps that were done in between are not repeated, and the service is read again before a step
    that cannot be undone. `on_event` is called with each event, in the event loop. Without `wait`, and after
    `wait_timeout` seconds, trainings continue at the service. Cancelling the call ends the wait, but no training.
    Raises PlanRefused where the plan is blocked or stale. A step that fails is in the Result, and not raised.
    """
    from math import inf

    from anyio import to_thread

    from gemspec import applier
    from gemspec.reports import approval
    from gemspec.reports.result import result_document
    from gemspec.util.git import git_revision

    _require_applyable(plan.value)
    options = changed(plan.options, approved=approval.trainings(plan.document))
    async with connected(plan.workspace.project, plan.workspace.folder, plan.endpoint) as provider:
        current, document = await make_plan(provider, plan.workspace, options)
        _require_same(plan.document, document)
        _require_applyable(current)
        run_options = applier.ApplyOptions(
            wait=wait,
            wait_timeout=inf if wait_timeout is None else wait_timeout,
            parallelism=parallelism,
            rev=await to_thread.run_sync(git_revision, plan.workspace.folder),
        )
        run = applier.Run(current, provider, plan.workspace, run_options, on_event or _ignore)
        result = await run.run() if current.steps else applier.Result(())
    return Result(result_document(document, current, result), result.ended)


def apply(
    plan: Plan,
    *,
    on_event: Callable[[Event], None] | None = None,
    wait: bool = True,
    wait_timeout: float | None = None,
    parallelism: int = 10,
) -> Result:
    """`apply_async` where no event loop runs."""
    return _run(
        partial(apply_async, plan, on_event=on_event, wait=wait, wait_timeout=wait_timeout, parallelism=parallelism)
    )


async def _plan(workspace: Workspace, options: PlanOptions, endpoint: str | None) -> Plan:
    async with connected(workspace.project, workspace.folder, endpoint) as provider:
        value, document = await make_plan(provider, workspace, options)
    return Plan(document, value, workspace, options, endpoint)


def _require_applyable(plan: planned.Plan) -> None:
    if not plan.is_applyable:
        blocks = "; ".join(block.summary for block in plan.blocks)
        hints = "\n".join(dict.fromkeys(block.hint for block in plan.blocks if block.hint))
        raise PlanRefused(f"the plan is blocked: {blocks}", hints)


def _require_same(approved: PlanDocument, document: PlanDocument) -> None:
    """Raise PlanRefused where a new plan has steps that the plan before does not approve."""
    from gemspec.reports import approval

    if found := approval.differences(approved, document):
        words = "; ".join(f"{difference.key}: {difference.summary}".removeprefix(": ") for difference in found)
        raise PlanRefused(f"this plan is stale, so nothing was done: {words}", "plan again")


def _limit(value: int | str | None) -> Limit | None:
    """Read a limit, as 3 or "30%"."""
    try:
        return None if value is None else Limit.parse(str(value))
    except ValueError as error:
        raise InputError([Problem(f"max_deletes: {error}", 'write 3 or "30%"')]) from error


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """Give names as a tuple; a single string is a name."""
    return (names,) if isinstance(names, str) else tuple(names)


def _ignore(_: Event) -> None:
    """Ignores events where there is no listener."""


def _run(main: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run `main` in an event loop of its own. Raises RuntimeError if this thread has a running loop."""
    import asyncio

    import anyio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return anyio.run(main)
    raise RuntimeError("an event loop runs in this thread: await gemspec.plan_async or gemspec.apply_async there")
