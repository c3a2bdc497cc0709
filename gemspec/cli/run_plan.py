"""How a command carries a plan out: it asks, runs the plan under a display, heeds signals, and says what became of it.

Shared by every command that writes to a service: `apply`, `destroy`, `import --from-owner`, `check --accept`.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import anyio
import click

from gemspec.cli import session, signals
from gemspec.domain.errors import InputError, PlanRefused, Problem

if TYPE_CHECKING:
    from gemspec import applier
    from gemspec.domain.events import Event
    from gemspec.domain.plan import Plan
    from gemspec.manifest import Workspace
    from gemspec.providers.base import Provider
    from gemspec.render.terminal.progress import Display
    from gemspec.reports.events import EventLines
    from gemspec.reports.plan import PlanDocument

_PROMPT = 0.3  # seconds: whoever interrupts is told nothing where the end comes sooner


def show_plan(document: PlanDocument, *, compact: bool = False) -> None:
    """Print a plan for people; `compact`: a line a key."""
    from gemspec.render.terminal.plan import plan_text

    style = session.style(sys.stdout)
    click.echo(plan_text(document, width=session.width(), style=style, compact=compact), nl=False)


def require_applyable(plan: Plan, *, as_json: bool = False) -> None:
    """Raise PlanRefused where the plan must not be applied; with `as_json`, where nobody was shown why, InputError with
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
    """Ask for just this answer. Raises PlanRefused for anything else, and where nobody can be asked: with `as_json`
    standard output has no room for a question.
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
    plan: Plan, workspace: Workspace, endpoint: str | None, run_options: applier.Options, *, command: str = "apply"
) -> int:
    """Run the plan, print what became of it, and give the exit status. `command` does what is left, called again."""
    from gemspec.reports.result import exit_status

    result = run(plan, workspace, endpoint, run_options)
    print_result(result, command)
    return exit_status(result)


def run(
    plan: Plan,
    workspace: Workspace,
    endpoint: str | None,
    run_options: applier.Options,
    events: EventLines | None = None,
) -> applier.Result:
    """Run the plan under a display; `events` is given what it shows, too. What a signal ends has a result like any."""
    signals.disarm()

    async def use(provider: Provider) -> applier.Result:
        return await _run(plan, provider, workspace, run_options, events)

    return session.with_provider(workspace.project, workspace.folder, endpoint, use)


def print_result(result: applier.Result, command: str = "apply", *, behind: int = 0) -> None:
    """Print for people what became of a plan; `behind`: keys for which it could do nothing."""
    from gemspec.render.terminal.result import outcome_text
    from gemspec.render.terminal.sparkline import can_draw

    unicode = can_draw(sys.stdout, os.environ.get("TERM"))
    style = session.style(sys.stdout)
    width = session.width()
    text = outcome_text(result, command=command, behind=behind, width=width, style=style, unicode=unicode)
    click.echo(f"\n{text}", nl=False)


def print_outcome(
    plan: Plan, document: PlanDocument, result: applier.Result, events: EventLines, *, as_json: bool = False
) -> int:
    """Tell programs and people what became of a plan whose document this is, and give the exit status."""
    from gemspec.reports.result import result_document

    came_to = result_document(document, plan, result)
    events.summary(came_to)
    if as_json:
        session.show_json(came_to)
    elif plan.steps:
        print_result(result, behind=len(plan.failures))
    return came_to["exit_status"]


async def _run(
    plan: Plan,
    provider: Provider,
    workspace: Workspace,
    run_options: applier.Options,
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


def _display() -> Display:
    """Bars on a terminal that can draw them, lines elsewhere; on standard error, since they are no result."""
    from gemspec.render.terminal.progress import Lines

    stream, style = sys.stderr, session.style(sys.stderr)
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(stream, style=style)
    from gemspec.render.terminal.live import Live
    from gemspec.render.terminal.sparkline import can_draw

    # No width: the terminal's own, at each moment, since people resize it.
    return Live(stream, style=style, unicode=can_draw(stream, os.environ.get("TERM")))


async def _ask_for_patience(interrupted: anyio.Event, display: Display) -> None:
    """Say after an interrupt what the end waits for, unless it is there."""
    from gemspec.applier import GRACE

    await interrupted.wait()
    await anyio.sleep(_PROMPT)
    display.note(f"Interrupted: what the service was asked has {GRACE:.0f}s to be answered. Once more leaves at once.")


def _so_far(machine: applier.Run) -> str:
    """What is known of a run that is left in the midst of it."""
    from gemspec.render.terminal.progress import start_line

    asked = [f"  {start_line(one)}" for one in machine.unanswered]
    begin = ["The service was asked for this, and may be doing it:", *asked] if asked else []
    return "\n".join([*begin, "Trainings that have begun go on. `gemspec plan` shows where things stand."])
