"""`gemspec help plan`: what `gemspec plan --help` says, for those who are used to Terraform and kubectl."""

from __future__ import annotations

import click


@click.command("help")
@click.argument("name", metavar="[COMMAND]", required=False)
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Print the help of COMMAND; without one, the list of commands."""
    above = ctx.parent
    if above is None or not isinstance(above.command, click.Group):
        raise click.UsageError("help is a command of gemspec")
    if name is None:
        click.echo(above.get_help())
        return
    _, found, _ = above.command.resolve_command(above, [name])
    if found is not None:
        with found.context_class(found, info_name=name, parent=above) as context:
            click.echo(context.get_help())
