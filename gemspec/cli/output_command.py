"""`gemspec output`: the remote name of the serving model, for programs that call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gemspec.cli import options, session
from gemspec.cli.completion import complete_keys
from gemspec.cli.serving import all_serving, the_serving

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command("output")
@click.argument("key", required=False, shell_complete=complete_keys)
@options.project
@options.output_format("json", "env")
@options.verbose
def command(key: str | None, project: str | None, endpoint: str | None, output_format: str) -> None:
    """Print the remote name of the model that serves KEY; without KEY, of every key.

    --format env prints GEMSPEC_MODEL_<KEY>=name, for `eval`, env files and $GITHUB_ENV.
    """
    owner, models = session.read_service(project, endpoint)
    if key:
        names: Mapping[str, str] = {key: the_serving(models, owner.owner, key).name}
    else:
        names = {one: live.name for one, live in all_serving(models, owner.owner).items()}
        if not names:
            click.echo(f"No model of {owner.owner} serves.", err=True)
    click.echo(_text(names, output_format, single=key is not None), nl=False)


def _text(names: Mapping[str, str], output_format: str, *, single: bool) -> str:
    if output_format == "json":
        from gemspec.render.document import json_text

        return json_text(dict(names)) + "\n"
    if output_format == "env":
        return "".join(f"{_variable(key)}={name}\n" for key, name in names.items())
    return "".join(f"{name}\n" if single else f"{key} {name}\n" for key, name in names.items())


def _variable(key: str) -> str:
    """The prefix keeps a key named `path` from becoming PATH."""
    return f"GEMSPEC_MODEL_{key.upper().replace('-', '_')}"
