"""`gemspec output`: the remote name of the serving model, for programs that call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, session, signals
from gemspec.cli.completion import complete_keys
from gemspec.cli.options import ServiceFlags, param
from gemspec.cli.session import serving_model, serving_models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import LiveModel


@dataclass(frozen=True, kw_only=True)
class OutputFlags(ServiceFlags):
    """What `gemspec output` is given."""

    key: str | None = param(click.Argument(["key"], required=False, shell_complete=complete_keys))
    output_format: str = param(options.output_format("json", "env"))


@options.command("output", OutputFlags, options.VERBOSE)
def command(flags: OutputFlags) -> int:
    """Print the remote name of the model that serves KEY; without KEY, of every key. On Vertex AI that is its endpoint.

    --format json names model and job there, too, by schemas/output.v1.schema.json. --format env prints
    GEMSPEC_MODEL_<KEY>=name, for `eval`, env files and $GITHUB_ENV.
    """
    project, models = session.list_models(flags.project, flags.endpoint)
    silent = None
    if flags.key:
        serving: Mapping[str, LiveModel] = {flags.key: serving_model(models, project, flags.key)}
    else:
        serving, silent = serving_models(models, project), session.silence(models, project)
        session.show_doubts(models, project)
        if not serving and not silent:
            click.echo(f"No model of {project.owner} serves.", err=True)
    text = _text(serving, flags.output_format, single=flags.key is not None)
    signals.begin_output()
    click.echo(text, nl=False)
    if silent:
        raise silent
    return 0


def _text(serving: Mapping[str, LiveModel], output_format: str, *, single: bool) -> str:
    if output_format == "json":
        from gemspec.reports.output import output_document
        from gemspec.reports.plan import json_text

        return json_text(output_document(serving)) + "\n"
    from gemspec.util.escape import terminal

    # What a service answers must not add a line, which could set another variable.
    names = {key: terminal(live.call_name) for key, live in serving.items()}
    if output_format == "env":
        return "".join(f"{_variable(key)}={name}\n" for key, name in names.items())
    return "".join(f"{name}\n" if single else f"{key} {name}\n" for key, name in names.items())


def _variable(key: str) -> str:
    """The prefix keeps a key named `path` from becoming PATH."""
    return f"GEMSPEC_MODEL_{key.upper().replace('-', '_')}"
