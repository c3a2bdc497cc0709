"""`gemspec show`: a saved plan, in every format."""

from __future__ import annotations

from pathlib import Path

import click

from gemspec.cli import options, outputs
from gemspec.cli.completion import complete_files


@click.command("show")
@click.argument("planfile", metavar="PLANFILE", shell_complete=complete_files)
@outputs.writing
@options.verbose
def command(planfile: str, output_format: str, *, writes: tuple[tuple[str, str], ...]) -> None:
    """Show a plan that `gemspec plan --out PLANFILE` saved. Asks no service, and reads no manifests."""
    from gemspec import planfile as saved

    document = saved.read(Path(planfile))
    outputs.write_all(document, writes)
    outputs.show(document, output_format)
