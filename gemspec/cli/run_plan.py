"""Applies a plan for a command: asks for approval, runs the plan under a display, handles signals, prints the outcome.

Shared by all commands that write to a service: `apply`, `destroy`, `import --from-owner`, `check --accept`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio
import click

from gemspec.cli import session, signals
from gemspec.domain.errors import InputError, PlanRefused, Problem
from gemspec.util import git

if TYPE_CHECKING:
    from gemspec import applier
    from gemspec.domain.events import Event
    from gemspec.domain.plan import Plan
    from gemspec.manifest import Workspace
    from gemspec.providers.base import Provider
    from gemspec.render.terminal.progress import Lines
    from gemspec.render.terminal.screen import LiveTable
    from gemspec.reports.events import EventLines
    from gemspec.reports.plan import PlanDocument

_PROMPT = 0.3  # seconds after an interrupt before a note is printed


def show_plan(document: PlanDocument, *, compact: bool = False) -> None:
    """Print a plan for people; `compact`: a line a key."""
    from gemspec.render.terminal.plan import plan_text

    style = session.style(sys.stdout)
    click.echo(plan_text(document, width=session.width(), style=style, compact=compact), nl=False)


def require_applyable(plan: Plan, *, as_json: bool = False) -> None:
    """Raise PlanRefused where the plan must not be applied; with `as_json`, where no plan was printed, InputError with
    every block.
    """
    if plan.is_applyable:
        return
    excludes = " ".join(f"--exclude {key}" for key in plan.excludable)
    others = f"to apply what is not blocked: {excludes}" if excludes else ""
    if as_json:
        raise InputError(
            Problem(f"the plan is blocked: {block.summary}", "\n".join(filter(None, (block.hint, others))))
            for block in plan.blocks
        )
    hint = "; ".join(filter(None, ("what lifts the block is written above", others)))
    raise PlanRefused("this plan is blocked, and nothing was done", hint)


def confirm(question: str, answer: str = "yes", *, as_json: bool = False) -> None:
    """Ask for exactly this answer. Raises PlanRefused for any other answer, and where no question can be asked: with
    `as_json` standard output is for the document.
    """
    if as_json or not sys.stdin.isatty():
        why = "with --format json nothing is asked" if as_json else "standard input is not a terminal"
        raise PlanRefused(f"cannot ask for approval: {why}", "add --auto-approve to go on without asking")
    click.echo(f"\n{question} Only `{answer}` will be accepted.")
    given = ""
    try:
        given = click.prompt("Answer", default="", show_default=False).strip()
    except click.Abort:  # the end of the input
        pass
    finally:
        click.echo()
    if given != answer:
        raise PlanRefused("not confirmed, and nothing was done")


def run_and_print(
    plan: Plan, workspace: Workspace, endpoint: str | None, *, command: str, parallelism: int | None = None
) -> int:
    """Run the plan, print the outcome, and give the exit status. `command`, run again, does what is left."""
    from gemspec.applier import ApplyOptions
    from gemspec.reports.result import exit_status

    run_options = ApplyOptions() if parallelism is None else ApplyOptions(parallelism=parallelism)
    result = run(plan, workspace, endpoint, run_options)
    print_result(result, command)
    return exit_status(result)


def run(
    plan: Plan,
    workspace: Workspace,
    endpoint: str | None,
    run_options: applier.ApplyOptions,
    events: EventLines | None = None,
) -> applier.Result:
    """Run the plan under a display; `events` gets the same events. A run that a signal ends has a result, too.

    Markers remember the Git commit of the project folder.
    """
    run_options = replace(run_options, rev=git.git_revision(workspace.folder))
    signals.disarm()

    async def use(provider: Provider) -> applier.Result:
        return await _run(plan, provider, workspace, run_options, events)

    return session.with_provider(workspace.project, workspace.folder, endpoint, use)


def print_result(result: applier.Result, command: str = "apply", *, behind: int = 0) -> None:
    """Print the outcome for people; `behind`: keys for which the plan could do nothing."""
    from gemspec.render.terminal.result import result_text

    look = session.look(sys.stdout)
    text = result_text(result, command=command, behind=behind, width=look.width, style=look.style, unicode=look.unicode)
    click.echo(f"\n{text}", nl=False)


def print_outcome(
    plan: Plan, document: PlanDocument, result: applier.Result, events: EventLines, *, as_json: bool = False
) -> int:
    """Print the outcome of a plan for programs or people, and give the exit status. `document` is the plan's own."""
    from gemspec.reports.result import result_document

    outcome = result_document(document, plan, result)
    events.summary(outcome)
    if as_json:
        session.show_json(outcome)
    elif plan.steps:
        print_result(result, behind=len(plan.failures))
    return outcome["exit_status"]


async def _run(
    plan: Plan,
    provider: Provider,
    workspace: Workspace,
    run_options: applier.ApplyOptions,
    events: EventLines | None,
) -> applier.Result:
    from gemspec.applier import Run

    with _display() as display:

        def emit(event: Event) -> None:
            if events:  # first, since it never fails, as a display does on a closed terminal
                events(event)
            display(event)

        machine = Run(plan, provider, workspace, run_options, emit)
        interrupted = anyio.Event()

        def interrupt(number: int) -> None:
            machine.interrupt(number)
            interrupted.set()

        signals.set_message(partial(_so_far, machine))
        with signals.intercepting(signals.in_loop(interrupt)):
            async with anyio.create_task_group() as group:
                group.start_soon(_ask_for_patience, interrupted, display)
                result = await machine.run()
                group.cancel_scope.cancel()
    return result


def _display() -> LiveTable | Lines:
    """Bars on a terminal that can draw them, lines elsewhere; on standard error, since it is no result."""
    from gemspec.render.terminal.progress import Lines

    stream, style = sys.stderr, session.style(sys.stderr)
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(stream, style=style)
    from gemspec.render.terminal.screen import LiveTable

    # No width: the terminal's own, at each moment, since people resize it.
    return LiveTable(stream, style=style, unicode=session.look(stream).unicode)


async def _ask_for_patience(interrupted: anyio.Event, display: LiveTable | Lines) -> None:
    """Print after an interrupt what the end waits for, unless it comes at once."""
    from gemspec.applier import GRACE

    await interrupted.wait()
    await anyio.sleep(_PROMPT)
    display.note(f"Interrupted: what the service was asked has {GRACE:.0f}s to be answered. Once more leaves at once.")


def _so_far(machine: applier.Run) -> str:
    """What is known of a run that ends at once."""
    from gemspec.render.terminal.progress import start_line

    asked = [f"  {start_line(event)}" for event in machine.unanswered]
    begin = ["The service was asked for this, and may be doing it:", *asked] if asked else []
    return "\n".join([*begin, "Trainings that have begun go on. `gemspec plan` shows where things stand."])
