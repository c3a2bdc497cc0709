"""`gemspec destroy`: the end of a project's models."""

from __future__ import annotations

from dataclasses import dataclass

import click

from gemspec.cli import options, run_plan, session
from gemspec.cli.options import ServiceFlags, param


@dataclass(frozen=True, kw_only=True)
class DestroyFlags(ServiceFlags):
    """What `gemspec destroy` is given."""

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

    folder, config = load_project(project=flags.project)
    workspace = Workspace(folder=folder, project=config, desired=(), whole=True)
    asked = PlanOptions(targets=flags.targets, excludes=flags.excludes, destroy=True)
    plan, document = session.plan_with(workspace, flags.endpoint, asked)
    if not plan.keys:
        rest = f" but what is left out: {', '.join(plan.left_out)}" if plan.left_out else ""
        click.echo(f"Nothing to destroy: project {config.owner} has no models at {document['endpoint']}{rest}.")
        return 0
    run_plan.show_plan(document, compact=flags.compact)
    run_plan.require_applyable(plan)
    if not flags.auto_approve:
        run_plan.confirm(f"Destroy these models at {document['endpoint']}?", config.owner)
    return run_plan.run_and_print(plan, workspace, flags.endpoint, command="destroy", parallelism=flags.parallelism)
