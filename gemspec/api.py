"""The public API: what the commands do, for programs in Python. docs/python-api.md says what of it is guaranteed.

Between `cli` and `wiring`. The commands call the same functions (`connected`, `make_plan`), so that there is no second
path to a service. Nothing here prints, asks, handles signals or changes the process. Heavy modules are imported where
they are needed, since `gemspec` gives everything here lazily.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace as changed
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from gemspec.domain.errors import (
    AuthError,
    ChangedError,
    ConflictError,
    GemspecError,
    InputError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    Origin,
    PlanRefused,
    Problem,
    QuotaError,
    ServiceError,
    Severity,
    UnavailableError,
)
from gemspec.domain.events import Event, Outcome, StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.domain.model import DesiredModel
from gemspec.domain.plan import Block
from gemspec.domain.project import Limit
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from pathlib import Path

    from gemspec.domain import plan as planned, project as described
    from gemspec.manifest import Workspace
    from gemspec.planner import PlanOptions
    from gemspec.providers.base import Provider
    from gemspec.reports.plan import PlanDocument
    from gemspec.reports.result import ResultDocument

__all__ = [
    "AuthError",
    "Block",
    "ChangedError",
    "ConflictError",
    "DesiredModel",
    "Event",
    "GemspecError",
    "InputError",
    "InvalidRequestError",
    "NoAnswerError",
    "NotFoundError",
    "Origin",
    "Outcome",
    "Plan",
    "PlanRefused",
    "Problem",
    "Project",
    "QuotaError",
    "Result",
    "ServiceError",
    "Severity",
    "StepEnded",
    "StepProgress",
    "StepStarted",
    "StepWaiting",
    "UnavailableError",
    "apply",
    "apply_async",
    "load",
    "load_async",
    "plan",
    "plan_async",
]

PathLike = str | os.PathLike[str]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its files describe it: what `load` gives and `plan` takes.

    `models` are the manifests, in order of their keys. `whole` is False where paths named manifest files: then no
    other key is deleted. `warnings` are problems that stop nothing.
    """

    workspace: Workspace = field(repr=False)

    @property
    def name(self) -> str:
        """The owner on every model that the project makes."""
        return self.workspace.project.owner

    @property
    def provider(self) -> str:
        return self.workspace.project.provider

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def models(self) -> tuple[DesiredModel, ...]:
        return self.workspace.desired

    @property
    def whole(self) -> bool:
        return self.workspace.whole

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.workspace.warnings

    def __repr__(self) -> str:
        return f"<Project {self.name}: {len(self.models)} models>"


@dataclass(frozen=True, slots=True)
class Plan:
    """What apply would do. `document` is what `gemspec plan --format json` prints, by schemas/plan.v1.schema.json."""

    document: PlanDocument
    value: planned.Plan
    workspace: Workspace
    options: PlanOptions
    endpoint: str | None

    @property
    def digest(self) -> str:
        """Equal for plans that do the same."""
        return self.document["digest"]

    @property
    def has_changes(self) -> bool:
        """Whether apply would write anything; waiting for a training is no change."""
        return self.value.has_changes

    @property
    def is_applyable(self) -> bool:
        """Whether nothing blocks the plan."""
        return self.value.is_applyable

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What blocks it, and what lifts each block."""
        return self.value.blocks

    def __repr__(self) -> str:
        return f"<Plan of {self.value.owner}: {len(self.value.steps)} steps, {self.digest}>"


@dataclass(frozen=True, slots=True)
class Result:
    """How an apply ended. `document` is what `gemspec apply --format json` prints, by schemas/result.v1.schema.json."""

    document: ResultDocument
    steps: tuple[StepEnded, ...]

    @property
    def outcome(self) -> str:
        """complete, in_progress, timed_out or incomplete."""
        return self.document["outcome"]

    @property
    def is_complete(self) -> bool:
        """Whether everything was done, and no key stays behind its manifest."""
        return self.outcome == "complete"

    @property
    def serving(self) -> dict[str, str | None]:
        """Key -> remote name of the model that serves it, None where none does. Keys of which that is not known are
        left out.
        """
        return {entry["key"]: entry["serving"] for entry in self.document["keys"]}

    def __repr__(self) -> str:
        return f"<Result {self.outcome}: {len(self.steps)} steps>"


def load(
    *paths: PathLike, project: PathLike | None = None, allow_empty: bool = False, stdin: BinaryIO | None = None
) -> Project:
    """Read a project: its folder (default: the current one), its gemspec.yaml, or some of its manifests.

    With the path "-" manifests are read from `stdin`, any open binary file. `project` is as --project.
    Raises InputError with every problem of every file.
    """
    from gemspec import manifest

    names, file = [os.fspath(path) for path in paths], None if project is None else os.fspath(project)
    if "-" in names and stdin is None:
        raise InputError([Problem('the path "-" needs stdin', "give an open binary file")])
    return Project(manifest.load(names, project=file, allow_empty=allow_empty, stdin=stdin))


async def load_async(
    *paths: PathLike, project: PathLike | None = None, allow_empty: bool = False, stdin: BinaryIO | None = None
) -> Project:
    """`load`, in a thread: training data may be large."""
    from anyio import to_thread

    return await to_thread.run_sync(partial(load, *paths, project=project, allow_empty=allow_empty, stdin=stdin))


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
) -> Plan:
    """Compare a project with its service. Writes nothing there.

    Keywords are the flags of `gemspec plan`. `endpoint` is another service to talk to, by default $GEMSPEC_ENDPOINT;
    credentials come from the environment, as for the commands.
    Raises InputError for keys that nothing declares, ServiceError for what the service refuses.
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

    It is planned anew: what was done meanwhile is not done again, and the service is read once more before anything
    that cannot be undone. `on_event` is called with each event, in the event loop. Without `wait`, and after
    `wait_timeout` seconds, trainings go on at the service. To cancel the call ends the wait, no training.
    Raises PlanRefused where the plan is blocked, or is no longer what would be done. A step that fails raises nothing:
    the Result has it.
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


@asynccontextmanager
async def connected(project: described.Project, folder: Path, endpoint: str | None) -> AsyncIterator[Provider]:
    """Open the project's provider, and close it at the end, whatever ends it."""
    import anyio

    from gemspec import wiring

    provider = wiring.open_provider(project, folder, endpoint=endpoint, environ=os.environ)
    try:
        yield provider
    finally:
        with anyio.CancelScope(shield=True):
            await provider.aclose()


async def make_plan(
    provider: Provider, workspace: Workspace, options: PlanOptions
) -> tuple[planned.Plan, PlanDocument]:
    """Read the service and plan; gives the plan, and the document that it is drawn from."""
    from gemspec.applier.refresh import refresh
    from gemspec.reports.plan import plan_document

    value = await refresh(provider, workspace.desired, workspace.project, options)
    return value, plan_document(
        value, provider.identity, version=__version__, warnings=workspace.warnings, options=options
    )


def limited(workspace: Workspace, max_deletes: Limit | None, max_trainings: int | None) -> Workspace:
    """The workspace with limits that stand in for those of its project file."""
    project = workspace.project
    limits = changed(
        project,
        max_deletes=project.max_deletes if max_deletes is None else max_deletes,
        max_trainings=project.max_trainings if max_trainings is None else max_trainings,
    )
    return changed(workspace, project=limits)


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
    """Raise PlanRefused where a new plan does what the one before does not approve."""
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
    """A string alone is one name."""
    return (names,) if isinstance(names, str) else tuple(names)


def _ignore(_: Event) -> None:
    """Takes events where there is no listener."""


def _run(main: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run `main` in an event loop of its own. Raises RuntimeError where one runs in this thread already."""
    import asyncio

    import anyio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return anyio.run(main)
    raise RuntimeError("an event loop runs in this thread: await gemspec.plan_async or gemspec.apply_async there")
