"""`gemspec show`: a saved plan, in every format."""

from __future__ import annotations

import click

from gemspec.cli import approving, options, outputs
from gemspec.cli.completion import complete_files


@click.command("show")
@click.argument("planfile", metavar="PLANFILE", shell_complete=complete_files)
@options.compact
@outputs.writing
@options.verbose
def command(planfile: str, output_format: str, *, compact: bool, writes: tuple[tuple[str, str], ...]) -> None:
    """Show a plan that `gemspec plan --out PLANFILE` saved. Asks no service, and reads no manifests."""
    document = approving.read(planfile)
    outputs.write_all(document, writes)
    outputs.show(document, output_format, compact=compact)
