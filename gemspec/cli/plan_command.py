"""`gemspec plan`: what apply would do."""

from __future__ import annotations

import sys
from typing import Any

import click

from gemspec.cli import options, session


@click.command("plan")
@options.paths
@options.project
@options.manifests
@options.planning
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something would change.")
@options.output_format("json")
@options.verbose
def command(paths: tuple[str, ...], output_format: str, *, detailed_exitcode: bool, **flags: Any) -> int:
    """Compare the manifests with the service and show what apply would do. Writes nothing.

    PATH is a project folder or its gemspec.yaml (default: this folder), or `-` for manifests on standard input: either
    is the whole desired state, and what it leaves out is deleted. Or it names single manifests: then only their keys
    are planned, and no other is deleted.
    """
    from gemspec.render.document import json_text
    from gemspec.render.text import plan_text

    workspace = session.load_workspace(paths, flags)
    plan, document = session.plan_workspace(workspace, flags)
    if output_format == "json":
        click.echo(json_text(document))
    else:
        click.echo(plan_text(document, width=session.width(), style=session.style(sys.stdout)), nl=False)
    if not plan.is_applyable:
        return 1
    return 2 if detailed_exitcode and (plan.has_changes or plan.failures) else 0
