"""`gemspec show`: a saved plan, in every format."""

from __future__ import annotations

import click

from gemspec.cli import approval, options, plan_output
from gemspec.cli.completion import complete_files


@click.command("show")
@click.argument("planfile", metavar="PLANFILE", shell_complete=complete_files)
@options.compact
@plan_output.writing
@options.verbose
def command(planfile: str, output_format: str, *, compact: bool, writes: tuple[tuple[str, str], ...]) -> None:
    """Show a plan that `gemspec plan --out PLANFILE` saved. Asks no service, and reads no manifests."""
    document = approval.read(planfile)
    plan_output.write_all(document, writes)
    plan_output.show(document, output_format, compact=compact)
