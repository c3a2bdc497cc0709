"""`gemspec apply`: plan, ask, carry out, wait."""

from __future__ import annotations

import math
from typing import Any

import click

from gemspec.cli import approval as approving, event_log, options, run_plan, session
from gemspec.cli.completion import complete_files
from gemspec.util import git


@click.command("apply")
@click.argument("paths", nargs=-1, metavar="[PLANFILE] [PATH... | -]", shell_complete=complete_files)
@options.project
@options.manifests
@options.planning
@options.approval
@click.option(
    "--expect-plan", type=approving.DigestType(), help="Do not ask, where the plan is just the one with this digest."
)
@click.option("--no-wait", is_flag=True, help="Start trainings and return; the next apply goes on from there.")
@click.option(
    "--wait-timeout", type=options.DurationType(), metavar="TIME", help="Wait this long at most, as 90s or 24h."
)
@click.option("--parallelism", type=click.IntRange(min=1), default=10, show_default=True, help="Requests at a time.")
@options.compact
@options.output_format("json")
@click.option(
    "--events",
    metavar="FILE",
    help="Write a line of JSON to FILE for each thing that happens.",
    shell_complete=complete_files,
)
@options.verbose
def command(
    paths: tuple[str, ...],
    *,
    auto_approve: bool,
    expect_plan: str | None,
    no_wait: bool,
    wait_timeout: float | None,
    parallelism: int,
    output_format: str,
    events: str | None,
    compact: bool,
    **flags: Any,
) -> int:
    """Make the service match the manifests: plan, ask, create, wait for the trainings, update, delete.

    Interrupting ends no training: the next apply finds it, and goes on. PATH is as for plan. PLANFILE is a plan that
    was saved: it approves its steps, and no others. Everything is planned anew, so that what was done meanwhile is not
    done again.
    """
    from gemspec.applier import Options, Result

    as_json = output_format == "json"
    recorder = click.get_current_context().with_resource(event_log.recording(events))
    approval, paths = approving.find(paths, expect_plan)
    workspace = session.load_workspace(paths, flags)
    plan, document = session.plan_workspace(workspace, flags, approved=approval.trainings)
    recorder.planned(document)
    if not as_json:
        run_plan.show(document, compact=compact)
    approval.require(plan, document)
    run_plan.refuse_blocked(plan, as_json=as_json)
    if plan.has_changes and not auto_approve and not approval.is_given:
        run_plan.confirm(f"Apply this plan to {document['endpoint']}?", as_json=as_json)
    result = Result(())
    if plan.steps:
        run_options = Options(
            wait=not no_wait,
            wait_timeout=math.inf if wait_timeout is None else wait_timeout,
            parallelism=parallelism,
            rev=git.git_revision(workspace.folder),
        )
        result = run_plan.run(plan, workspace, flags["endpoint"], run_options, recorder)
    return run_plan.conclude(plan, document, result, recorder, as_json=as_json)
