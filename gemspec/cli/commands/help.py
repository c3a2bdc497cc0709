"""`gemspec help plan`: the same as `gemspec plan --help`, for people who are used to Terraform and kubectl."""

from __future__ import annotations

from dataclasses import dataclass

import click

from gemspec.cli import options
from gemspec.cli.options import param


@dataclass(frozen=True, kw_only=True)
class HelpFlags:
    """What `gemspec help` is given."""

    name: str | None = param(click.Argument(["name"], metavar="[COMMAND]", required=False))


@options.command("help", HelpFlags)
def command(flags: HelpFlags) -> None:
    """Print the help of COMMAND; without one, the list of commands."""
    above, name = click.get_current_context().parent, flags.name
    if above is None or not isinstance(above.command, click.Group):
        raise click.UsageError("help is a command of gemspec")
    if name is None:
        click.echo(above.get_help())
        return
    _, found, _ = above.command.resolve_command(above, [name])
    if found is not None:
        with found.context_class(found, info_name=name, parent=above) as context:
            click.echo(context.get_help())
