"""The command line: a file for each command, which parses flags, makes a call, renders, and gives an exit status.

`main` is the entry point. Commands are imported when they are called, so that `gemspec --version` is fast.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from gemspec.cli import signals
from gemspec.cli.errors import exit_status
from gemspec.cli.help_texts import ExampleContext, write_conventions
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

# Name -> a line of help, in the order of use. The command itself is `command` in gemspec.cli.commands.<name>, that of
# `import` in import_.
COMMANDS = {
    "init": "Write a project to start from.",
    "explain": "Say what a manifest can hold.",
    "validate": "Check every file, offline.",
    "plan": "Show what apply would do.",
    "apply": "Make the service match the manifests.",
    "show": "Show a saved plan.",
    "destroy": "Delete every model of the project.",
    "import": "Write manifests for models that exist.",
    "status": "Show what the service holds.",
    "output": "Print the name of a serving model.",
    "ask": "Ask a serving model.",
    "check": "Ask models the checks of their manifests.",
    "cancel": "End a training that is under way.",
    "data": "Delete uploaded training data that nothing needs.",
    "emulator": "Serve the Gemini API's tuned models on this machine.",
    "completion": "Print the script for completion in a shell.",
    "help": "Print the help of a command.",
}


class LazyCommands(click.Group):
    """A group that imports a command's module when it is called, not when it is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = {"import": "import_"}.get(cmd_name, cmd_name)  # a keyword names no module
        command: click.Command = importlib.import_module(f"gemspec.cli.commands.{module}").command
        command.context_class = ExampleContext
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=words) for name, words in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_conventions(formatter)


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="gemspec", message="%(prog)s %(version)s")
def gemspec() -> None:
    """Keep tuned Gemini models as code: describe them in YAML, plan the difference, apply it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run gemspec and exit: 0 done, 1 any error, 2 changes pending (--detailed-exitcode), 130 or 143 interrupted."""
    _make_streams_safe()
    status = run(arguments)
    if status in map(signals.status, signals.SIGNALS):
        os._exit(status)  # all output is written, and waiting threads would delay the exit
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status; every error is printed for people."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return exit_status(
        lambda: gemspec.main(args=words, prog_name="gemspec", standalone_mode=False), output_format=_asked_format(words)
    )


def _asked_format(words: list[str]) -> str:
    """The value of --format, before the command line is parsed: usage errors are printed in that format, too."""
    for before, word in reversed([*pairwise(["", *words])]):
        if before == "--format" or word.startswith("--format="):
            return word.removeprefix("--format=")
    return "text"


def _make_streams_safe() -> None:
    """Escape characters that the locale's encoding lacks, and discard output to a closed stream, without an error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
