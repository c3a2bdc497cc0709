"""`gemspec destroy`: the end of a project's models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, run_plan, session
from gemspec.cli.options import ServiceFlags, param
from gemspec.domain.errors import GemspecError

if TYPE_CHECKING:
    from pathlib import Path

    from gemspec.domain.project import Project
    from gemspec.domain.uploads import UploadList
    from gemspec.providers.base import Provider


@dataclass(frozen=True, kw_only=True)
class DestroyFlags(ServiceFlags):
    """What `gemspec destroy` is given."""

    policy_from: str | None = param(options.POLICY_FROM)
    targets: tuple[str, ...] = param(options.TARGETS)
    excludes: tuple[str, ...] = param(options.EXCLUDES)
    auto_approve: bool = param(options.AUTO_APPROVE)
    compact: bool = param(options.COMPACT)
    parallelism: int = param(options.PARALLELISM)


@options.command("destroy", DestroyFlags, options.VERBOSE)
def command(flags: DestroyFlags) -> int:
    """Delete every model of the project, after asking for the project's name. Reads no manifests.

    Protected keys stand in its way; what has deletionPolicy retain is released, and stays on the service.
    """
    from gemspec.manifest import Workspace, load_project
    from gemspec.planner import PlanOptions

    folder, config = load_project(project=flags.project, policy=flags.policy_from)
    workspace = Workspace(folder=folder, project=config, desired=(), whole=True)
    asked = PlanOptions(targets=flags.targets, excludes=flags.excludes, destroy=True)
    plan, document = session.plan_with(workspace, flags.endpoint, asked)
    if not plan.keys:
        rest = f" but what is left out: {', '.join(plan.left_out)}" if plan.left_out else ""
        click.echo(f"Nothing to destroy: project {config.owner} has no models at {document['endpoint']}{rest}.")
        _show_what_stays(config, folder, flags.endpoint)
        return 0
    run_plan.show_plan(document, compact=flags.compact)
    run_plan.require_applyable(plan)
    if not flags.auto_approve:
        run_plan.confirm(f"Destroy these models at {document['endpoint']}?", config.owner)
    status = run_plan.run_and_print(plan, workspace, flags.endpoint, command="destroy", parallelism=flags.parallelism)
    if status in (0, 1):  # not interrupted
        _show_what_stays(config, folder, flags.endpoint)
    return status


def _show_what_stays(project: Project, folder: Path, endpoint: str | None) -> None:
    """Say what training data stays in the bucket, and how to delete it. That cannot fail a destroy."""
    from gemspec.domain.uploads import DAYS
    from gemspec.render.terminal.data import left_lines

    async def use(provider: Provider) -> UploadList | None:
        return await provider.uploads(project.owner) if provider.traits.uploads_data else None

    try:
        found = session.with_provider(project, folder, endpoint, use)
    except GemspecError as error:
        click.echo(f"What training data stays in the bucket is not known: {error.summary}", err=True)
        return
    if found:
        sizes = [upload.size for upload in found.uploads]
        click.echo("".join(f"{line}\n" for line in left_lines(found.folder, sizes, DAYS, session.width())), nl=False)
