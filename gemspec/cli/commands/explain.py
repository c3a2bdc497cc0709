"""`gemspec explain`: what can be written in a manifest or a project file, from the JSON schemas alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, session
from gemspec.cli.completion import complete_fields
from gemspec.cli.options import param

if TYPE_CHECKING:
    from gemspec.manifest.validation.schema_fields import Field
    from gemspec.reports.values import FieldDocument


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
    from gemspec.manifest.validation.schema_fields import find_field, resolved_schema
    from gemspec.render.terminal.explain import explain_lines

    field = find_field(flags.path)
    if flags.output_format == "json":
        session.show_json(resolved_schema(field))
        return
    document, style = field_document(field), session.style(sys.stdout)
    lines = explain_lines(document, recursive=flags.recursive, width=session.width(), style=style)
    click.echo("\n".join(lines))


def field_document(field: Field) -> FieldDocument:
    """Give the document of a field, and of all fields below it."""
    from gemspec.manifest.discovery.ownership import API_VERSION
    from gemspec.providers import registry

    return {
        "kind": field.kind,
        "api_version": API_VERSION,
        "names": list(field.names),
        "required": field.is_required,
        "sentence": field.sentence,
        "schema": field.schema,
        "item": field.item,
        "services": registry.names(),
        "fields": [field_document(inner) for inner in field.below()],
    }
