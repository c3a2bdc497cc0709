"""The output formats of a plan: text, JSON, Markdown, and the outputs of a GitHub step.

All are drawn from the plan document: a format for the screen, others for files (`--write FORMAT=FILE`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from gemspec.cli import options, session, signals
from gemspec.domain.actions import ACTIONS, Action
from gemspec.util import atomic_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.reports.plan import PlanDocument

_COLUMNS = 100  # of text in files
_SPECIAL = ("/dev/", "/proc/")  # open descriptors and devices, which cannot be replaced


@dataclass(frozen=True, slots=True)
class Format:
    """`draw` gives a plan document as a file holds it. `is_printed`: --format has it; --write has them all."""

    draw: Callable[[PlanDocument], str]
    is_printed: bool = True


def _text(document: PlanDocument) -> str:
    from gemspec.render.terminal.plan import plan_text

    return plan_text(document, width=_COLUMNS)


def _json(document: PlanDocument) -> str:
    from gemspec.reports.plan import json_text

    return json_text(document) + "\n"


def _markdown(document: PlanDocument) -> str:
    from gemspec.render.markdown.plan import plan_markdown

    return plan_markdown(document)


def _github_output(document: PlanDocument) -> str:
    """Lines of `name=value`, without any text from manifests or the service."""
    counts, actions = document["counts"], [Action(step["action"]) for step in document["steps"]]
    values = {
        "changes": _boolean(any(ACTIONS[action].writes for action in actions)),
        "to_import": counts["imports"],
        "to_add": counts["add"],
        "to_change": counts["change"],
        "to_destroy": counts["destroy"],
        "trainings": actions.count(Action.CREATE),
        "plan_digest": document["digest"],
        "applyable": _boolean(document["applyable"]),
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _boolean(value: bool) -> str:
    return "true" if value else "false"


# A new format is a row here, and what tests/parity names.
FORMATS = {
    "text": Format(_text),
    "json": Format(_json),
    "markdown": Format(_markdown),
    "github-output": Format(_github_output, is_printed=False),
}
PRINTED = tuple(name for name, output in FORMATS.items() if output.is_printed)
WRITTEN = tuple(FORMATS)


class WriteType(click.ParamType[tuple[str, str]]):
    """`FORMAT=FILE`, as `markdown=plan.md`."""

    name = "FORMAT=FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, _, file = str(value).partition("=")
        if name not in WRITTEN:
            self.fail(f"{name!r} is no format: write one of {', '.join(WRITTEN)}", param, ctx)
        if not file:
            self.fail(f"{value!r} names no file: write {name}=FILE", param, ctx)
        return name, file


WRITE = click.Option(
    ["--write", "writes"],
    type=WriteType(),
    multiple=True,
    help=f"Write it to a file as well: {', '.join(WRITTEN)} (adds to $GITHUB_OUTPUT). Repeatable.",
)
FORMAT = options.output_format(*PRINTED[1:])


def show(document: PlanDocument, output_format: str, *, compact: bool = False) -> None:
    """Print a plan document, as the result of a command; `compact`: its text with a line a key."""
    signals.begin_output()
    if output_format == "text":
        from gemspec.render.terminal.plan import plan_text

        style = session.style(sys.stdout)
        click.echo(plan_text(document, width=session.width(), style=style, compact=compact), nl=False)
    else:
        click.echo(drawn(document, output_format), nl=False)


def write_all(document: PlanDocument, writes: Sequence[tuple[str, str]]) -> None:
    """Write a plan document to files. Raises OSError. What GitHub reads is added to what other steps have written."""
    for output_format, file in writes:
        text = drawn(document, output_format)
        if output_format == "github-output":
            with open(file, "a", encoding="utf-8") as stream:
                stream.write(text)  # reaches the file in a single call, when it is closed
        else:
            write_file(file, text)


def drawn(document: PlanDocument, output_format: str) -> str:
    """Give a plan document in a format of WRITTEN, as the content of a file."""
    return FORMATS[output_format].draw(document)


def write_file(path: str, text: str) -> None:
    """Replace the content of a file with `text`. If a signal or an error comes, the file has either the old or the new
    content.

    A pipe or a device is written to directly, and so is a file in a folder where no other file can be made.
    Raises OSError, which names `path`.
    """
    target = os.path.realpath(path)
    try:
        if _can_be_replaced(path, target):
            with signals.deferred(), contextlib.suppress(PermissionError):
                atomic_file.replace(target, text.encode())
                return
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from error


def _can_be_replaced(path: str, target: str) -> bool:
    """Whether the path is a regular file, or does not exist yet."""
    return not os.path.abspath(path).startswith(_SPECIAL) and (os.path.isfile(target) or not os.path.lexists(target))
