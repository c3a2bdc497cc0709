"""`gemspec apply`: plan, ask, carry out, wait."""

from __future__ import annotations

import math
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import anyio
import click

from gemspec import wiring
from gemspec.cli import options, session
from gemspec.errors import PlanRefused

if TYPE_CHECKING:
    from gemspec import apply
    from gemspec.manifest import Workspace
    from gemspec.plan import Plan
    from gemspec.providers.base import Provider
    from gemspec.render.progress import Display

_SHOW_CURSOR = "\x1b[?25h"


@click.command("apply")
@options.paths
@options.project
@options.manifests
@options.planning
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Start trainings and return; the next apply goes on from there.")
@click.option(
    "--wait-timeout", type=options.DurationType(), metavar="TIME", help="Wait this long at most, as 90s or 24h."
)
@click.option("--parallelism", type=click.IntRange(min=1), default=10, show_default=True, help="Requests at a time.")
@options.verbose
def command(
    paths: tuple[str, ...],
    *,
    auto_approve: bool,
    no_wait: bool,
    wait_timeout: float | None,
    parallelism: int,
    **flags: Any,
) -> int:
    """Make the service match the manifests: plan, ask, create, wait for the trainings, update, delete.

    Interrupting ends no training: the next apply finds it, and goes on. PATH is as for plan.
    """
    from gemspec.apply import Options
    from gemspec.render.text import plan_text

    workspace = session.load_workspace(paths, flags)
    plan, document = session.plan_workspace(workspace, flags)
    click.echo(plan_text(document, width=session.width(), style=session.style(sys.stdout)), nl=False)
    if not plan.is_applyable:
        raise PlanRefused("this plan is blocked, and nothing was done", "what lifts the block is written above")
    if plan.has_changes and not auto_approve:
        _confirm(document["endpoint"])
    if plan.steps:
        run_options = Options(
            wait=not no_wait,
            wait_timeout=math.inf if wait_timeout is None else wait_timeout,
            parallelism=parallelism,
            rev=wiring.git_revision(workspace.folder),
        )
        status = _carry_out(plan, workspace, flags["endpoint"], run_options)
        if status:
            return status
    return 1 if plan.failures else 0


def _confirm(endpoint: str) -> None:
    """Ask for `yes`. Raises PlanRefused for anything else, and where nobody can be asked."""
    if not sys.stdin.isatty():
        raise PlanRefused(
            "cannot ask for approval: standard input is not a terminal", "add --auto-approve to apply without asking"
        )
    click.echo(f"\nApply this plan to {endpoint}? Only `yes` will be accepted.")
    if click.prompt("Answer", default="", show_default=False).strip() != "yes":
        raise PlanRefused("not confirmed, and nothing was done")
    click.echo()


def _carry_out(plan: Plan, workspace: Workspace, endpoint: str | None, run_options: apply.Options) -> int:
    """Run the plan under a display, print what became of it, and give the exit status."""
    from gemspec.render.outcome import outcome_text

    async def use(provider: Provider) -> apply.Result:
        return await _run(plan, provider, workspace, run_options)

    result = session.with_provider(workspace.project, workspace.folder, endpoint, use)
    click.echo(f"\n{outcome_text(result, width=session.width(), style=session.style(sys.stdout))}", nl=False)
    if result.interrupted:
        return 128 + result.interrupted
    return 0 if result.is_complete else 1


async def _run(plan: Plan, provider: Provider, workspace: Workspace, run_options: apply.Options) -> apply.Result:
    from gemspec.apply import Run

    with _display() as display:
        run = Run(plan, provider, workspace.examples, run_options, display)
        async with anyio.create_task_group() as group:
            group.start_soon(_heed_signals, run)
            result = await run.run()
            group.cancel_scope.cancel()
    return result


def _display() -> Display:
    """Bars on a terminal that can draw them, lines elsewhere; on standard error, since they are no result."""
    from gemspec.render.progress import Lines

    stream, style = sys.stderr, session.style(sys.stderr)
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(stream, style=style)
    from gemspec.render.live import Live
    from gemspec.render.sparkline import can_draw

    # No width: the terminal's own, at each moment, since people resize it.
    return Live(stream, style=style, unicode=can_draw(stream, os.environ.get("TERM")))


async def _heed_signals(run: apply.Run) -> None:
    """The first signal ends the run in order; the second leaves at once."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        count = 0
        async for number in signals:
            count += 1
            if count > 1:
                _leave(number)
            run.interrupt(number)


def _leave(number: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(_SHOW_CURSOR)
        sys.stderr.flush()
    os._exit(128 + number)
