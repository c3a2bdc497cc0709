"""`gemspec plan`: what apply would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from gemspec.cli import options, plan_output, session
from gemspec.cli.completion import complete_files
from gemspec.cli.options import PlanningFlags, param
from gemspec.domain.errors import GemspecError
from gemspec.reports.gates import GATES, tripped


class GatesType(click.ParamType[tuple[str, ...]]):
    """Names of gates, joined by commas."""

    name = "GATE,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if name not in GATES:
                self.fail(f"{name!r} is no gate: write some of {','.join(GATES)}", param, ctx)
        return names


@dataclass(frozen=True, kw_only=True)
class PlanFlags(PlanningFlags):
    """What `gemspec plan` is given."""

    out: str | None = param(
        click.Option(
            ["--out"], metavar="FILE", help="Save the plan, for `gemspec apply FILE`.", shell_complete=complete_files
        )
    )
    fail_on: tuple[str, ...] = param(
        click.Option(
            ["--fail-on"],
            type=GatesType(),
            default=(),
            help=f"Exit with 1 when the plan has these: {', '.join(GATES)}.",
        )
    )
    detailed_exitcode: bool = param(
        click.Option(["--detailed-exitcode"], is_flag=True, help="Exit with 2 when something would change.")
    )
    compact: bool = param(options.COMPACT)
    output_format: str = param(plan_output.FORMAT)
    writes: tuple[tuple[str, str], ...] = param(plan_output.WRITE)


@options.command("plan", PlanFlags, options.VERBOSE)
def command(flags: PlanFlags) -> int:
    """Compare the manifests with the service and show what apply would do. Writes nothing to the service.

    PATH is a project folder or its gemspec.yaml (default: this folder), or `-` for manifests on standard input: either
    is the whole desired state, and what it leaves out is deleted. Or it names single manifests: then only their keys
    are planned, and no other is deleted.
    """
    files = (*flags.writes, *([("json", flags.out)] if flags.out else []))
    try:
        workspace = session.load_planned(flags)
        plan, document = session.plan_workspace(workspace, flags)
    except GemspecError as error:
        if files:  # a pull request shows why there is no plan
            plan_output.write_all(session.errored_document(error, flags), files)
        raise
    document["gates"] = tripped(document, flags.fail_on)
    plan_output.write_all(document, files)
    plan_output.show(document, flags.output_format, compact=flags.compact)
    if not plan.is_applyable or any(gate["stops"] for gate in document["gates"]):
        return 1
    return 2 if flags.detailed_exitcode and (plan.has_changes or plan.failures) else 0
