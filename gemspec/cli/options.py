"""Flags of commands: a frozen dataclass for each command, with a click parameter for each field.

Options that several commands share are written here once, so that they are the same everywhere. `command` makes a click
command of a dataclass and a function that takes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gemspec.cli.completion import complete_files, complete_keys
from gemspec.domain.overrides import ALLOWABLE
from gemspec.domain.project import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

Flags = TypeVar("Flags")


def param(parameter: click.Parameter) -> Any:
    """Make a field of a command's flags; its name is that of the parameter."""
    return field(metadata={"parameter": parameter})


def command(
    name: str, flags: type[Flags], *others: click.Parameter
) -> Callable[[Callable[[Flags], int | None]], click.Command]:
    """Make a command of a function that takes `flags`, a dataclass of `param` fields. `others` fill no field."""
    parameters = [entry.metadata["parameter"] for entry in fields(flags)]  # type: ignore[arg-type]

    def decorate(function: Callable[[Flags], int | None]) -> click.Command:
        return click.Command(
            name,
            callback=lambda **values: function(flags(**values)),
            params=[*parameters, *others],
            help=function.__doc__,
        )

    return decorate


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


def _set_up_logging(_: click.Context, __: click.Parameter, value: bool) -> None:
    import logging
    import os

    logging.basicConfig(format="%(name)s: %(message)s")
    if value or os.environ.get("GEMSPEC_LOG", "").lower() == "debug":
        logging.getLogger("gemspec").setLevel(logging.DEBUG)


PATHS = click.Argument(["paths"], nargs=-1, metavar="[PATH... | -]", shell_complete=complete_files)
PROJECT = click.Option(
    ["--project"],
    metavar="FILE",
    help="The project file. [default: gemspec.yaml, found by PATH]",
    shell_complete=complete_files,
)
ENDPOINT = click.Option(
    ["--endpoint"],
    metavar="URL",
    envvar="GEMSPEC_ENDPOINT",
    help="Talk to this service instead, such as a served emulator. [env: GEMSPEC_ENDPOINT]",
)
ALLOW_EMPTY = click.Option(
    ["--allow-empty"], is_flag=True, help="Go on without any manifest: everything that is ours would go."
)
TARGETS = click.Option(
    ["--target", "targets"],
    metavar="GLOB",
    multiple=True,
    help="Plan these keys alone, and what they are tuned from.",
    shell_complete=complete_keys,
)
EXCLUDES = click.Option(
    ["--exclude", "excludes"],
    metavar="GLOB",
    multiple=True,
    help="Leave these keys out, and what is tuned from them.",
    shell_complete=complete_keys,
)
REPLACE = click.Option(
    ["--replace"],
    metavar="KEY",
    multiple=True,
    help="Train KEY again, though nothing changed.",
    shell_complete=complete_keys,
)
UNDELETE = click.Option(
    ["--undelete"],
    metavar="KEY",
    multiple=True,
    help="Keep KEY's model, whose deletion was begun and broken off.",
    shell_complete=complete_keys,
)
RETRY_FAILED = click.Option(["--retry-failed"], is_flag=True, help="Train again what failed.")
MAX_DELETES = click.Option(
    ["--max-deletes"], type=LimitType(), help="Allow this many keys to lose their serving model."
)
MAX_TRAININGS = click.Option(
    ["--max-trainings"], type=click.IntRange(min=0), metavar="N", help="Allow this many trainings to start."
)
ALLOW = click.Option(
    ["--allow"],
    metavar="RULE",
    multiple=True,
    type=click.Choice(tuple(ALLOWABLE)),
    help="Lift the block of this rule. " + " ".join(f"{rule}: {meaning}." for rule, meaning in ALLOWABLE.items()),
)
POLICY_FROM = click.Option(
    ["--policy-from"],
    metavar="FILE",
    envvar="GEMSPEC_POLICY",
    help="Take spec.policy (limits, what is allowed, places) from this project file, such as the base branch's. "
    "[env: GEMSPEC_POLICY]",
    shell_complete=complete_files,
)
COMPACT = click.Option(["--compact"], is_flag=True, help="Draw the plan with a line a key.")
AUTO_APPROVE = click.Option(["--auto-approve"], is_flag=True, help="Do not ask.")
PARALLELISM = click.Option(
    ["--parallelism"], type=click.IntRange(min=1), default=10, show_default=True, help="Requests at a time."
)
VERBOSE = click.Option(
    ["-v", "--verbose"],
    is_flag=True,
    expose_value=False,
    callback=_set_up_logging,
    help="Log each request. [env: GEMSPEC_LOG=debug]",
)


def output_format(*names: str) -> click.Option:
    """--format, text by default. With json, errors are JSON too."""
    return click.Option(
        ["--format", "output_format"],
        type=click.Choice(["text", *names]),
        default="text",
        show_default=True,
        help="What to print on standard output.",
    )


@dataclass(frozen=True, kw_only=True)
class ServiceFlags:
    """Which project, at which service."""

    project: str | None = param(PROJECT)
    endpoint: str | None = param(ENDPOINT)


@dataclass(frozen=True, kw_only=True)
class PlanningFlags(ServiceFlags):
    """Which manifests are read, and the options of the plan."""

    paths: tuple[str, ...] = param(PATHS)
    policy_from: str | None = param(POLICY_FROM)
    allow_empty: bool = param(ALLOW_EMPTY)
    targets: tuple[str, ...] = param(TARGETS)
    excludes: tuple[str, ...] = param(EXCLUDES)
    replace: tuple[str, ...] = param(REPLACE)
    undelete: tuple[str, ...] = param(UNDELETE)
    retry_failed: bool = param(RETRY_FAILED)
    max_deletes: Limit | None = param(MAX_DELETES)
    max_trainings: int | None = param(MAX_TRAININGS)
    allow: tuple[str, ...] = param(ALLOW)
