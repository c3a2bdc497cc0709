"""Opens the provider of a project, and plans with it. The calls of the public API and the commands share these
functions, so that there is a single path to a service.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gemspec.domain.plan import Plan
    from gemspec.domain.project import Limit, Project
    from gemspec.manifest import Workspace
    from gemspec.planner import PlanOptions
    from gemspec.providers.base import Provider
    from gemspec.reports.plan import PlanDocument


@asynccontextmanager
async def connected(project: Project, folder: Path, endpoint: str | None) -> AsyncIterator[Provider]:
    """Open the provider of a project, and close it at the end, even after an error or a cancellation."""
    import anyio

    from gemspec import wiring

    provider = wiring.open_provider(project, folder, endpoint=endpoint, environ=os.environ)
    try:
        yield provider
    finally:
        with anyio.CancelScope(shield=True):
            await provider.aclose()


async def make_plan(provider: Provider, workspace: Workspace, options: PlanOptions) -> tuple[Plan, PlanDocument]:
    """Read the service and plan: the plan, and its document."""
    from gemspec.applier.refresh import refresh
    from gemspec.applier.uploads import with_uploads
    from gemspec.reports.plan import plan_document

    value = await refresh(provider, workspace.desired, workspace.project, options, workspace)
    value = await with_uploads(value, provider, workspace)
    return value, plan_document(
        value, provider.identity, version=__version__, warnings=workspace.warnings, options=options
    )


def limited(workspace: Workspace, max_deletes: Limit | None, max_trainings: int | None) -> Workspace:
    """The workspace with other limits than those of its project file, where they are given."""
    project = workspace.project
    limits = replace(
        project,
        max_deletes=project.max_deletes if max_deletes is None else max_deletes,
        max_trainings=project.max_trainings if max_trainings is None else max_trainings,
    )
    return replace(workspace, project=limits)
