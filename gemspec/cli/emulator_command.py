"""`gemspec emulator`: the same service that `provider: emulator` runs in process, for programs of any language."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gemspec import wiring

DEFAULT_SECONDS = 4.0


@click.command("emulator")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8085, show_default=True, help="0 takes a free one.")
@click.option(
    "--data", type=click.Path(path_type=Path), help=f"Where models are kept. [default: {wiring.EMULATOR_DATA}]"
)
@click.option("--in-memory", is_flag=True, help="Keep nothing.")
@click.option(
    "--training-seconds",
    type=click.FloatRange(min=0),
    default=DEFAULT_SECONDS,
    show_default=True,
    help="How long a training takes; 0 is instant.",
)
def command(host: str, port: int, data: Path | None, training_seconds: float, *, in_memory: bool) -> None:
    """Serve tuned models as the Gemini API does, on this machine. Ends with Ctrl-C.

    It is an emulation: a "tuned" model answers with the output of the nearest training example.
    """
    if data and in_memory:
        raise click.UsageError("--data and --in-memory exclude each other")
    wiring.serve_emulator(
        host,
        port,
        database=None if in_memory else data or Path(wiring.EMULATOR_DATA),
        training_seconds=training_seconds,
        announce=_announce,
    )


def _announce(url: str) -> None:
    click.echo(f"Serving the Gemini API's tuned models on {url}")
    local = url.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
    if not re.search(r"://(127\.|localhost|\[::1\])", url):
        click.echo("Warning: other machines can reach it, and nobody is asked for a password.", err=True)
    click.echo(f"export GEMSPEC_ENDPOINT={local}")
