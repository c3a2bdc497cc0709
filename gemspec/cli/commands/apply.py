"""`gemspec apply`: plan, ask, carry out, wait."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import approval, event_log, options, run_plan, session
from gemspec.cli.completion import complete_files
from gemspec.cli.options import PlanningFlags, param
from gemspec.reports.gates import GATES

if TYPE_CHECKING:
    from gemspec.reports.events import EventLines


@dataclass(frozen=True, kw_only=True)
class ApplyFlags(PlanningFlags):
    """What `gemspec apply` is given."""

    paths: tuple[str, ...] = param(
        click.Argument(["paths"], nargs=-1, metavar="[PLANFILE] [PATH... | -]", shell_complete=complete_files)
    )
    auto_approve: bool = param(options.AUTO_APPROVE)
    expect_plan: str | None = param(
        click.Option(
            ["--expect-plan"],
            type=approval.DigestType(),
            help="Do not ask, where the plan is just the one with this digest.",
        )
    )
    waive: tuple[str, ...] = param(
        click.Option(
            ["--waive"],
            type=click.Choice([*GATES]),
            multiple=True,
            help="Apply PLANFILE though this gate of --fail-on stopped it. Repeatable.",
        )
    )
    no_wait: bool = param(
        click.Option(["--no-wait"], is_flag=True, help="Start trainings and return; the next apply goes on from there.")
    )
    wait_timeout: float | None = param(
        click.Option(
            ["--wait-timeout"],
            type=options.DurationType(),
            metavar="TIME",
            help="Wait this long at most, as 90s or 24h.",
        )
    )
    parallelism: int = param(options.PARALLELISM)
    compact: bool = param(options.COMPACT)
    output_format: str = param(options.output_format("json"))
    events: str | None = param(
        click.Option(
            ["--events"],
            metavar="FILE",
            help="Write a line of JSON to FILE for each thing that happens.",
            shell_complete=complete_files,
        )
    )


@options.command("apply", ApplyFlags, options.VERBOSE)
def command(flags: ApplyFlags) -> int:
    """Make the service match the manifests: plan, ask, create, wait for the trainings, update, delete.

    Interrupting ends no training: the next apply finds it, and goes on. PATH is as for plan. PLANFILE is a plan that
    was saved: it approves its steps, and no others. Everything is planned anew, so that what was done meanwhile is not
    done again.
    """
    with event_log.recording(flags.events) as recorder:
        return _apply(flags, recorder)


def _apply(flags: ApplyFlags, recorder: EventLines) -> int:
    from gemspec.applier import ApplyOptions, Result

    as_json = flags.output_format == "json"
    approved, paths = approval.from_arguments(flags.paths, flags.expect_plan, flags.waive)
    workspace = session.load_planned(flags, paths)
    plan, document = session.plan_workspace(workspace, flags, approved=approved.trainings)
    recorder.planned(document)
    if not as_json:
        run_plan.show_plan(document, compact=flags.compact)
    approved.require(plan, document)
    run_plan.require_applyable(plan, as_json=as_json)
    if plan.has_changes and not flags.auto_approve and not approved.is_given:
        run_plan.confirm(f"Apply this plan to {document['endpoint']}?", as_json=as_json)
    result = Result(())
    if plan.steps:
        run_options = ApplyOptions(
            wait=not flags.no_wait,
            wait_timeout=math.inf if flags.wait_timeout is None else flags.wait_timeout,
            parallelism=flags.parallelism,
        )
        result = run_plan.run(plan, workspace, flags.endpoint, run_options, recorder)
    return run_plan.print_outcome(plan, document, result, recorder, as_json=as_json)
