"""`gemspec validate`: every file, offline."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import errors, options, session, signals
from gemspec.cli.options import param
from gemspec.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.errors import Problem
    from gemspec.manifest import Workspace


@dataclass(frozen=True, kw_only=True)
class ValidateFlags:
    """What `gemspec validate` is given."""

    paths: tuple[str, ...] = param(options.PATHS)
    project: str | None = param(options.PROJECT)
    policy_from: str | None = param(options.POLICY_FROM)
    allow_empty: bool = param(options.ALLOW_EMPTY)
    output_format: str = param(options.output_format("json", *errors.PROBLEM_FORMATS))


@options.command("validate", ValidateFlags)
def command(flags: ValidateFlags) -> int:
    """Check the project file, the manifests and their training data, without asking any service.

    All problems are printed in one go, as file:line:column with the line itself. Warnings do not make files invalid.
    --format json prints the document of schemas/validation.v1.schema.json; github prints workflow commands, which
    GitHub Actions shows on the lines of a pull request; sarif a log for code scanning. The last two name files as the
    repository does, by GITHUB_WORKSPACE.
    PATH is as for plan.
    """
    if flags.output_format == "text":
        workspace = session.load_workspace(
            flags.paths, flags.project, allow_empty=flags.allow_empty, policy=flags.policy_from
        )
        click.echo(_valid(workspace))
        return 0
    return _report(flags)


def _report(flags: ValidateFlags) -> int:
    """Print warnings and errors as a program reads them."""
    workspace, problems = _load(flags)
    if flags.output_format == "json":
        _echo_json(workspace, problems)
    elif text := errors.problems_text(problems, flags.output_format):
        signals.begin_output()
        click.echo(text)
    if flags.output_format == "github" and workspace:
        click.echo(_valid(workspace))
    return 0 if workspace else 1


def _valid(workspace: Workspace) -> str:
    from gemspec.render.layout import count

    return f"{count(len(workspace.desired), 'manifest')} of project {workspace.project.owner}: valid."


def _load(flags: ValidateFlags) -> tuple[Workspace | None, Sequence[Problem]]:
    """Read the files: what they say and the warnings, or None and what is wrong."""
    from gemspec.manifest import load

    stdin = sys.stdin.buffer if "-" in flags.paths else None
    try:
        workspace = load(
            flags.paths,
            project=flags.project,
            allow_empty=flags.allow_empty,
            stdin=stdin,
            policy=flags.policy_from,
        )
    except InputError as error:
        return None, error.problems
    return workspace, workspace.warnings


def _echo_json(workspace: Workspace | None, problems: Sequence[Problem]) -> None:
    """Print the document of schemas/validation.v1.schema.json, warnings within it."""
    from gemspec.reports.errors import validation_document

    project, manifests = (workspace.project.owner, len(workspace.desired)) if workspace else (None, None)
    session.show_json(validation_document(project, manifests, problems))
