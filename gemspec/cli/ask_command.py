"""`gemspec ask`: one prompt to the serving model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, session
from gemspec.cli.completion import complete_keys
from gemspec.cli.serving import the_serving

if TYPE_CHECKING:
    from gemspec.providers.base import Provider


def _text(prompt: tuple[str, ...]) -> str:
    """The words of the command line, or standard input for `-`. Raises UsageError for nothing, and for no text."""
    if prompt != ("-",):
        text = " ".join(prompt)
    else:
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise click.UsageError("standard input is not UTF-8 text") from error
    if not text.strip():
        raise click.UsageError("PROMPT is empty")
    return text


@click.command("ask")
@click.argument("key", shell_complete=complete_keys)
@click.argument("prompt", nargs=-1, required=True)
@options.project
@options.verbose
def command(key: str, prompt: tuple[str, ...], project: str | None, endpoint: str | None) -> None:
    """Ask the model that serves KEY, and print its answer. PROMPT `-` is read from standard input."""
    from gemspec.manifest import load_project

    text = _text(prompt)
    folder, config = load_project(project=project)

    async def ask(provider: Provider) -> str:
        live = the_serving(await provider.list(), config.owner, key)
        return await provider.generate(live.name, text)

    click.echo(session.with_provider(config, folder, endpoint, ask))
