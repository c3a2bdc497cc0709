"""`gemspec completion`: the script that makes a shell complete commands, options, keys and fields."""

from __future__ import annotations

from dataclasses import dataclass

import click

from gemspec.cli import options
from gemspec.cli.options import param

VARIABLE = "_GEMSPEC_COMPLETE"


@dataclass(frozen=True, kw_only=True)
class CompletionFlags:
    """What `gemspec completion` is given."""

    shell: str = param(click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"])))


@options.command("completion", CompletionFlags)
def command(flags: CompletionFlags) -> None:
    """Print the script that makes SHELL complete gemspec: commands, options, keys of the project, field paths.

    Put one line into the shell's start file, then open a new shell:

    \b
      ~/.bashrc                    source <(gemspec completion bash)
      ~/.zshrc, after compinit     source <(gemspec completion zsh)
      ~/.config/fish/config.fish   gemspec completion fish | source

    bash must be 4.4 or newer; macOS brings 3.2.
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(flags.shell)
    if script is None:  # click knows all three
        raise click.UsageError(f"no completion for {flags.shell}")
    # click's source() for bash runs bash to check its version, and warns; the help names the version instead.
    complete = script(click.Command("gemspec"), {}, "gemspec", VARIABLE)
    click.echo(complete.source_template % complete.source_vars(), nl=False)
