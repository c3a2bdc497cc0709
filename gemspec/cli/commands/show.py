"""`gemspec show`: a saved plan, in every format."""

from __future__ import annotations

from dataclasses import dataclass

import click

from gemspec.cli import approval, options, plan_output
from gemspec.cli.completion import complete_files
from gemspec.cli.options import param


@dataclass(frozen=True, kw_only=True)
class ShowFlags:
    """What `gemspec show` is given."""

    planfile: str = param(click.Argument(["planfile"], metavar="PLANFILE", shell_complete=complete_files))
    compact: bool = param(options.COMPACT)
    output_format: str = param(plan_output.FORMAT)
    writes: tuple[tuple[str, str], ...] = param(plan_output.WRITE)


@options.command("show", ShowFlags, options.VERBOSE)
def command(flags: ShowFlags) -> None:
    """Show a plan that `gemspec plan --out PLANFILE` saved. Asks no service, and reads no manifests."""
    document = approval.read_plan(flags.planfile)
    plan_output.write_all(document, flags.writes)
    plan_output.show(document, flags.output_format, compact=flags.compact)
