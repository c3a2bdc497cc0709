"""`gemspec status`: shows the project's models on the service, from their markers alone."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click

from gemspec.cli import options, session, signals
from gemspec.cli.completion import complete_keys
from gemspec.cli.options import ServiceFlags, param
from gemspec.domain.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from gemspec.domain.model import Permission
    from gemspec.domain.project import Project
    from gemspec.providers.base import Provider
    from gemspec.render.layout import Look
    from gemspec.render.terminal.progress import Show
    from gemspec.reports.status import StatusDocument

# Seconds since 1970: what ages are counted to. Tests move it.
now: Callable[[], float] = time.time


@dataclass(frozen=True, kw_only=True)
class StatusFlags(ServiceFlags):
    """What `gemspec status` is given."""

    keys: tuple[str, ...] = param(click.Argument(["keys"], nargs=-1, metavar="[KEY...]", shell_complete=complete_keys))
    output_format: str = param(options.output_format("json"))
    data: bool = param(
        click.Option(["--data"], is_flag=True, help="List uploaded training data that no generation refers to, too.")
    )
    watch: bool = param(
        click.Option(
            ["--watch"], is_flag=True, help="Go on until nothing trains; on a terminal in place. Ctrl-C ends it."
        )
    )
    interval: float = param(
        click.Option(
            ["--interval"],
            type=options.DurationType(),
            default=5.0,
            metavar="TIME",
            help="Between two looks. [default: 5s]",
        )
    )
    plot: Path | None = param(
        click.Option(
            ["--plot"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE.svg",
            help="Draw the loss curves of all generations of one KEY.",
        )
    )


@options.command("status", StatusFlags, options.VERBOSE)
def command(flags: StatusFlags) -> int:
    """Show every generation of every key: which one serves, which train, how far they are, how the loss falls.

    One KEY is shown in full: settings, permissions, generations, its loss curve.
    """
    from gemspec.manifest import load_project
    from gemspec.reports.data import unused_data

    _check(flags)
    folder, project = load_project(project=flags.project)

    async def use(provider: Provider) -> int:
        if flags.watch:
            return await _watch(provider, project, flags.keys, flags.interval)
        document = await _read(provider, project, flags.keys)
        if flags.data:
            document["data"] = unused_data(await provider.uploads(project.owner), now())
        _print(document, flags, session.service_name(project))
        if flags.plot:
            _plot(document, flags.keys[0], flags.plot)
        return 0

    try:
        return session.with_provider(project, folder, flags.endpoint, use)
    except signals.Interrupted as interrupted:
        if not flags.watch:
            raise
        return signals.status(interrupted.number)  # the last table stays on the screen


def _check(flags: StatusFlags) -> None:
    """Raise UsageError for flags that exclude each other."""
    if flags.watch and (flags.plot or flags.data or flags.output_format != "text"):
        raise click.UsageError("--watch goes with none of --plot, --data and --format json")
    if flags.interval < 1:
        raise click.UsageError("--interval is at least 1s")
    if flags.plot and len(set(flags.keys)) != 1:
        raise click.UsageError("--plot draws one KEY: name it")
    if flags.plot and flags.plot.suffix.lower() != ".svg":
        raise click.UsageError(f"--plot writes SVG: name the file {flags.plot.with_suffix('.svg')}")


async def _read(provider: Provider, project: Project, keys: Sequence[str]) -> StatusDocument:
    """List the models, only of `keys` if there are any. Raises GemspecError for a key without models."""
    from gemspec.render.terminal.status_key import subject_name
    from gemspec.reports.status import known_keys, status_document

    models, moment = await provider.list(curves=True), now()
    has_permissions = provider.traits.has_permissions
    document = status_document(models, project.owner, project.not_ours, now=moment, has_permissions=has_permissions)
    known = known_keys(document)
    for key in keys:
        if key not in known:
            raise session.unknown_key(key, known, project.owner)
    permissions: dict[str, Sequence[Permission]] = {}
    if has_permissions and len(set(keys)) == 1 and (name := subject_name(document, keys[0])):
        permissions = await _permissions(provider, name)
    if not keys:
        return document
    return status_document(
        models,
        project.owner,
        project.not_ours,
        now=moment,
        keys=keys,
        permissions=permissions,
        has_permissions=has_permissions,
    )


async def _permissions(provider: Provider, name: str) -> dict[str, Sequence[Permission]]:
    """Read permissions; none where these credentials may not read them, since the rest is still useful."""
    try:
        return {name: await provider.permissions(name)}
    except ServiceError:
        return {}


def _print(document: StatusDocument, flags: StatusFlags, service: str) -> None:
    if flags.output_format == "json":
        session.show_json(document)
        return
    lines = _lines(document, flags.keys)
    if document["data"] is not None:
        from gemspec.domain.uploads import DAYS
        from gemspec.render.terminal.data import unused_lines

        lines += ["", *unused_lines(document["data"], service, DAYS, _look().width)]
    click.echo("\n".join(lines))


def _lines(document: StatusDocument, keys: Sequence[str]) -> list[str]:
    from gemspec.render.terminal.status import status_lines
    from gemspec.render.terminal.status_key import status_key_lines

    if len(set(keys)) == 1:
        return status_key_lines(document, keys[0], _look())
    return status_lines(document, _look())


def _plot(document: StatusDocument, key: str, file: Path) -> None:
    from gemspec.render.plot import plot

    plot(document, key, file)
    click.echo(f"The loss curves of {key} are drawn in {file}", err=True)


async def _watch(provider: Provider, project: Project, keys: Sequence[str], interval: float) -> int:
    """Show the state repeatedly until no training runs."""
    from gemspec.reports.status import is_training, without_times

    before: StatusDocument | None = None
    with _display() as show:
        while True:
            document = await _read(provider, project, keys)
            after = without_times(document)
            show(_lines(document, keys), after != before)
            if not is_training(document):
                return 0
            before = after
            await anyio.sleep(interval)


def _display() -> AbstractContextManager[Show]:
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from gemspec.render.terminal.screen import redrawn

        return redrawn(sys.stdout, style=session.style(sys.stdout))
    from gemspec.render.terminal.progress import appended

    return appended(sys.stdout)


def _look() -> Look:
    """A table gains by a wide terminal, other than running text: all of its columns are used."""
    # A pipe has no width: a program gets complete lines.
    wide = 80 if sys.stdout.isatty() else 200
    width = max(40, shutil.get_terminal_size((wide, 24)).columns)
    return session.look(sys.stdout, width)
