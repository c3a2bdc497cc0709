"""`gemspec destroy`: the end of a project's models."""

from __future__ import annotations

import click

from gemspec.cli import options, run_plan, session
from gemspec.util import git


@click.command("destroy")
@options.project
@options.selection
@options.approval
@options.compact
@click.option("--parallelism", type=click.IntRange(min=1), default=10, show_default=True, help="Requests at a time.")
@options.verbose
def command(
    project: str | None,
    endpoint: str | None,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    *,
    auto_approve: bool,
    compact: bool,
    parallelism: int,
) -> int:
    """Delete every model of the project, after asking for the project's name. Reads no manifests.

    Protected keys stand in its way; what has deletionPolicy retain is released, and stays on the service.
    """
    from gemspec import applier
    from gemspec.manifest import Workspace, load_project
    from gemspec.planner import Options

    folder, config = load_project(project=project)
    workspace = Workspace(folder=folder, project=config, desired=(), whole=True)
    asked = Options(targets=targets, excludes=excludes, destroy=True)
    plan, document = session.plan_with(workspace, endpoint, asked)
    if not plan.keys:
        rest = f" but what is left out: {', '.join(plan.left_out)}" if plan.left_out else ""
        click.echo(f"Nothing to destroy: project {config.owner} has no models at {document['endpoint']}{rest}.")
        return 0
    run_plan.show(document, compact=compact)
    run_plan.refuse_blocked(plan)
    if not auto_approve:
        run_plan.confirm(f"Destroy these models at {document['endpoint']}?", config.owner)
    run_options = applier.Options(parallelism=parallelism, rev=git.git_revision(folder))
    return run_plan.carry_out(plan, workspace, endpoint, run_options, command="destroy")
