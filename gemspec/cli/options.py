"""Options that several commands share, so that they read alike everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from gemspec.cli.completion import complete_files, complete_keys
from gemspec.domain.project import Limit

if TYPE_CHECKING:
    from collections.abc import Callable


class LimitType(click.ParamType[Limit]):
    """A number or a percentage: `3`, `30%`."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        if isinstance(value, Limit):
            return value
        try:
            return Limit.parse(str(value))
        except ValueError as error:
            self.fail(f"{error}: write 3 or 30%", param, ctx)


class DurationType(click.ParamType[float]):
    """A time span in seconds, as `90`, `90s`, `15m`, `24h` or `1h30m`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", str(value))
        if not parts or not any(parts.groups()):
            self.fail(f"{value!r} is no duration: write 90s, 15m or 24h", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        return float(hours * 3600 + minutes * 60 + seconds)


def paths(function: Callable[..., Any]) -> Callable[..., Any]:
    """PATH...: a project folder, its gemspec.yaml, `-`, or single manifests."""
    return click.argument("paths", nargs=-1, metavar="[PATH... | -]", shell_complete=complete_files)(function)


def project(function: Callable[..., Any]) -> Callable[..., Any]:
    """--project and --endpoint: which project, at which service."""
    function = click.option(
        "--endpoint",
        metavar="URL",
        envvar="GEMSPEC_ENDPOINT",
        help="Talk to this service instead, such as a served emulator. [env: GEMSPEC_ENDPOINT]",
    )(function)
    return click.option(
        "--project",
        metavar="FILE",
        help="The project file. [default: gemspec.yaml, found by PATH]",
        shell_complete=complete_files,
    )(function)


def manifests(function: Callable[..., Any]) -> Callable[..., Any]:
    """--allow-empty: how the manifests are read."""
    return click.option(
        "--allow-empty", is_flag=True, help="Go on without any manifest: everything that is ours would go."
    )(function)


def selection(function: Callable[..., Any]) -> Callable[..., Any]:
    """--target and --exclude: which keys a plan is about."""
    function = click.option(
        "--exclude",
        "excludes",
        metavar="GLOB",
        multiple=True,
        help="Leave these keys out, and what is tuned from them.",
        shell_complete=complete_keys,
    )(function)
    return click.option(
        "--target",
        "targets",
        metavar="GLOB",
        multiple=True,
        help="Plan these keys alone, and what they are tuned from.",
        shell_complete=complete_keys,
    )(function)


def planning(function: Callable[..., Any]) -> Callable[..., Any]:
    """What people may ask of a plan."""
    for option in reversed(
        [
            selection,
            click.option(
                "--replace",
                metavar="KEY",
                multiple=True,
                help="Train KEY again, though nothing changed.",
                shell_complete=complete_keys,
            ),
            click.option(
                "--undelete",
                metavar="KEY",
                multiple=True,
                help="Keep KEY's model, whose deletion was begun and broken off.",
                shell_complete=complete_keys,
            ),
            click.option("--retry-failed", is_flag=True, help="Train again what failed."),
            click.option("--max-deletes", type=LimitType(), help="Allow this many keys to lose their serving model."),
            click.option(
                "--max-trainings", type=click.IntRange(min=0), metavar="N", help="Allow this many trainings to start."
            ),
        ]
    ):
        function = option(function)
    return function


def compact(function: Callable[..., Any]) -> Callable[..., Any]:
    """--compact: how much of a plan is drawn."""
    return click.option("--compact", is_flag=True, help="Draw the plan with a line a key.")(function)


def approval(function: Callable[..., Any]) -> Callable[..., Any]:
    """--auto-approve: for commands that write."""
    return click.option("--auto-approve", is_flag=True, help="Do not ask.")(function)


def verbose(function: Callable[..., Any]) -> Callable[..., Any]:
    """-v: a line a request on standard error."""
    return click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_verbose,
        help="Log each request. [env: GEMSPEC_LOG=debug]",
    )(function)


def output_format(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--format, text by default. With json, errors are JSON too."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", *names]),
        default="text",
        show_default=True,
        help="What to print on standard output.",
    )


def _verbose(_: click.Context, __: click.Parameter, value: bool) -> None:
    import logging
    import os

    logging.basicConfig(format="%(name)s: %(message)s")
    if value or os.environ.get("GEMSPEC_LOG", "").lower() == "debug":
        logging.getLogger("gemspec").setLevel(logging.DEBUG)
