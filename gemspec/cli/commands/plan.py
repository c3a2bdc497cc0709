"""`gemspec plan`: what apply would do."""

from __future__ import annotations

from typing import Any

import click

from gemspec.cli import options, plan_output, session
from gemspec.cli.completion import complete_files
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


@click.command("plan")
@options.paths
@options.project
@options.manifests
@options.planning
@click.option("--out", metavar="FILE", help="Save the plan, for `gemspec apply FILE`.", shell_complete=complete_files)
@click.option(
    "--fail-on",
    type=GatesType(),
    default=(),
    help=f"Exit with 1 when the plan has these: {', '.join(GATES)}.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something would change.")
@options.compact
@plan_output.writing
@options.verbose
def command(
    paths: tuple[str, ...],
    output_format: str,
    *,
    out: str | None,
    writes: tuple[tuple[str, str], ...],
    fail_on: tuple[str, ...],
    detailed_exitcode: bool,
    compact: bool,
    **flags: Any,
) -> int:
    """Compare the manifests with the service and show what apply would do. Writes nothing to the service.

    PATH is a project folder or its gemspec.yaml (default: this folder), or `-` for manifests on standard input: either
    is the whole desired state, and what it leaves out is deleted. Or it names single manifests: then only their keys
    are planned, and no other is deleted.
    """
    files = (*writes, *([("json", out)] if out else []))
    try:
        workspace = session.load_workspace(paths, flags)
        plan, document = session.plan_workspace(workspace, flags)
    except GemspecError as error:
        if files:  # a pull request is to show why there is no plan
            plan_output.write_all(session.errored_document(error, paths, flags), files)
        raise
    document["gates"] = tripped(document, fail_on)
    plan_output.write_all(document, files)
    plan_output.show(document, output_format, compact=compact)
    if not plan.is_applyable or any(gate["stops"] for gate in document["gates"]):
        return 1
    return 2 if detailed_exitcode and (plan.has_changes or plan.failures) else 0
