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


@click.command("ask")
@click.argument("key", shell_complete=complete_keys)
@click.argument("prompt", nargs=-1, required=True)
@options.project
@options.verbose
def command(key: str, prompt: tuple[str, ...], project: str | None, endpoint: str | None) -> None:
    """Ask the model that serves KEY, and print its answer. PROMPT `-` is read from standard input."""
    from gemspec.manifest import load_project

    text = sys.stdin.read() if prompt == ("-",) else " ".join(prompt)
    folder, config = load_project(project)

    async def ask(provider: Provider) -> str:
        live = the_serving(await provider.list(), config.owner, key)
        return await provider.generate(live.name, text)

    click.echo(session.with_provider(config, folder, endpoint, ask))
