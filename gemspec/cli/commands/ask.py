"""`gemspec ask`: sends a prompt to the serving model."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, session
from gemspec.cli.completion import complete_keys
from gemspec.cli.options import ServiceFlags, param
from gemspec.cli.session import serving_model
from gemspec.domain.errors import Problem, Severity

if TYPE_CHECKING:
    from gemspec.providers.base import Provider


def _text(prompt: tuple[str, ...]) -> str:
    """The words of the command line, or standard input for `-`. Raises UsageError where that is empty or not text."""
    if prompt != ("-",):
        text = " ".join(prompt)
    else:
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise click.UsageError("standard input is not UTF-8 text") from error
    if not text.strip():
        raise click.UsageError("PROMPT is empty")
    return text


def _instruction(key: str, project: str | None) -> str:
    """The systemInstruction that the model was trained with; warns where the manifest cannot be read."""
    from gemspec.manifest import load_instruction

    found = load_instruction(key, project=project)
    if found is None:
        hint = "`gemspec validate` says why"
        summary = f"the manifest of {key} cannot be read, so a systemInstruction of it does not go with the question"
        session.show_warnings([Problem(summary, hint, severity=Severity.WARNING)])
    return found or ""


def _shown(answer: str) -> str:
    """An answer as a terminal may show it; programs get it as it is."""
    from gemspec.util.escape import terminal

    return "\n".join(terminal(line) for line in answer.expandtabs().split("\n"))


@dataclass(frozen=True, kw_only=True)
class AskFlags(ServiceFlags):
    """What `gemspec ask` is given."""

    key: str = param(click.Argument(["key"], shell_complete=complete_keys))
    prompt: tuple[str, ...] = param(click.Argument(["prompt"], nargs=-1, required=True))


@options.command("ask", AskFlags, options.VERBOSE)
def command(flags: AskFlags) -> None:
    """Ask the model that serves KEY, and print its answer. PROMPT `-` is read from standard input.

    A systemInstruction in the manifest of KEY goes with the question, as it went with the examples. A terminal is shown
    what it may show; elsewhere the answer is printed as it is: in a job, keep it in a file or a variable, since what
    runs the job may obey lines of its log.
    """
    from gemspec.manifest import load_project

    text = _text(flags.prompt)
    folder, config = load_project(project=flags.project)
    system = _instruction(flags.key, flags.project)

    async def ask(provider: Provider) -> str:
        live = serving_model(await provider.list(), config, flags.key)
        return await provider.generate(live.name, text, system)

    answer = session.with_provider(config, folder, flags.endpoint, ask)
    click.echo(_shown(answer) if sys.stdout.isatty() else answer)
