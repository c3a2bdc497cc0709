"""`gemspec explain`: what can be written in a manifest or a project file, from the JSON schemas alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from gemspec.cli import options, session
from gemspec.cli.completion import complete_fields
from gemspec.cli.options import param


@dataclass(frozen=True, kw_only=True)
class ExplainFlags:
    """What `gemspec explain` is given."""

    path: str = param(click.Argument(["path"], default="", shell_complete=complete_fields))
    recursive: bool = param(
        click.Option(["--recursive"], is_flag=True, help="Print the tree of all fields below PATH.")
    )
    output_format: str = param(options.output_format("json"))


@options.command("explain", ExplainFlags)
def command(flags: ExplainFlags) -> None:
    """Explain the field PATH of a manifest: its type, limits, default, an example, and the fields below it.

    PATH is the names of fields joined by dots, without [] for lists. Those of the project file begin with `project`.
    Without PATH: the manifest as a whole. --format json prints the field's JSON schema.
    """
    from gemspec.manifest.validation.schema_fields import find, resolved
    from gemspec.render.terminal.explain import explain_lines

    field = find(flags.path)
    if flags.output_format == "json":
        session.show_json(resolved(field))
        return
    lines = explain_lines(field, recursive=flags.recursive, width=session.width(), style=session.style(sys.stdout))
    click.echo("\n".join(lines))
