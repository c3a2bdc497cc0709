"""`gemspec status`: what the service holds of this project, from the markers alone."""

from __future__ import annotations

import sys

import click

from gemspec.cli import options, session


@click.command("status")
@options.project
@options.output_format("json")
@options.verbose
def command(project: str | None, endpoint: str | None, output_format: str) -> None:
    """Show every generation of every key: which one serves, which train, how far they are."""
    from gemspec.render.document import json_text
    from gemspec.render.status import status_document, status_lines

    owner, models = session.read_service(project, endpoint)
    document = status_document(models, owner.owner)
    if output_format == "json":
        click.echo(json_text(document))
    else:
        lines = status_lines(document, width=session.width(), style=session.style(sys.stdout))
        click.echo("\n".join(lines))
