"""`gemspec validate`: every file, offline."""

from __future__ import annotations

from typing import Any

import click

from gemspec.cli import options, session


@click.command("validate")
@options.paths
@click.option("--project", metavar="FILE", help="The project file. [default: gemspec.yaml, found by PATH]")
@options.manifests
def command(paths: tuple[str, ...], **flags: Any) -> None:
    """Check the project file, the manifests and their training data, without asking any service.

    All problems are printed in one go, as file:line:column.
    """
    from gemspec.render.layout import count

    workspace = session.load_workspace(paths, flags)
    manifests = count(len(workspace.desired), "manifest")
    click.echo(f"{manifests} of project {workspace.project.owner}: valid.")
