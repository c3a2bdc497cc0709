"""`gemspec validate`: every file, offline."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from gemspec import __version__
from gemspec.cli import options, session
from gemspec.errors import InputError, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.errors import Problem
    from gemspec.manifest import Workspace


@click.command("validate")
@options.paths
@click.option("--project", metavar="FILE", help="The project file. [default: gemspec.yaml, found by PATH]")
@options.manifests
@options.output_format("json")
def command(paths: tuple[str, ...], output_format: str, **flags: Any) -> int:
    """Check the project file, the manifests and their training data, without asking any service.

    All problems are printed in one go, as file:line:column with the line itself. Warnings do not make files invalid.
    --format json prints the document of schemas/validation.v1.schema.json.
    PATH is as for plan.
    """
    from gemspec.render.layout import count

    if output_format == "json":
        return _as_json(paths, flags)
    workspace = session.load_workspace(paths, flags)
    manifests = count(len(workspace.desired), "manifest")
    click.echo(f"{manifests} of project {workspace.project.owner}: valid.")
    return 0


def _as_json(paths: Sequence[str], flags: dict[str, Any]) -> int:
    """Print the one document, warnings within it, and give the exit status."""
    from gemspec.manifest import load
    from gemspec.render.document import json_text

    stdin = sys.stdin.buffer if "-" in paths else None
    try:
        workspace = load(paths, project=flags["project"], allow_empty=flags["allow_empty"], stdin=stdin)
    except InputError as error:
        click.echo(json_text(_document(None, error.problems)))
        return 1
    click.echo(json_text(_document(workspace, workspace.warnings)))
    return 0


def _document(workspace: Workspace | None, problems: Sequence[Problem]) -> dict[str, Any]:
    """The document of schemas/validation.v1.schema.json."""
    from gemspec.render.document import problem_entry

    return {
        "format_version": "1.0",
        "gemspec_version": __version__,
        "valid": workspace is not None,
        "errored": workspace is None,
        "project": workspace.project.owner if workspace else None,
        "manifests": len(workspace.desired) if workspace else None,
        "errors": [problem_entry(problem) for problem in problems if problem.severity is Severity.ERROR],
        "warnings": [problem_entry(problem) for problem in problems if problem.severity is Severity.WARNING],
    }
