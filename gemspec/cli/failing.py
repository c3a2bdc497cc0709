"""How a command fails: exceptions to text (or, for programs, to what --format asked for) and an exit status.

The one place where gemspec catches everything: no traceback ever reaches a user, unless GEMSPEC_LOG=debug asks for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import click

from gemspec.cli import reports
from gemspec.errors import GemspecError, InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


def exit_status(command: Callable[[], object], *, output_format: str = "text") -> int:
    """Run `command` and give its exit status, having printed whatever went wrong: in the format of results, where that
    has words for it.
    """
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(command() or 0)  # type: ignore[call-overload, no-any-return]
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:  # click's own exit status of 2 would read as "changes pending"
        _show_usage_error(error, output_format)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Nothing that was begun is lost: plan again to see where things stand.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - so that the interpreter's own flush is quiet
        return 1
    except GemspecError as error:
        _show(error, output_format)
    except OSError as error:  # a full disk, a closed terminal; everything else is translated where it happens
        what = error.filename or "the output"
        _show(GemspecError(f"{what} cannot be written or read: {error.strerror or error}"), output_format)
    except Exception as error:  # the last resort
        _show(_fault(error), output_format)
    finally:
        signal.signal(signal.SIGTERM, previous)
    return 1


def _show(error: GemspecError, output_format: str) -> None:
    """Print an error: problems with their places, or what happened and what to do next."""
    from gemspec.cli import session
    from gemspec.render.problems import error_lines

    if text := _for_programs(error, output_format):
        click.echo(text)
    else:
        lines = error_lines(error, width=session.width(), style=session.style(sys.stderr))
        click.echo("\n".join(lines), err=True)


def _for_programs(error: GemspecError, output_format: str) -> str:
    """The error as a program reads it; empty for formats that have no words for errors."""
    problems = error.problems if isinstance(error, InputError) else (Problem(error.summary, error.hint),)
    if output_format in reports.FORMATS:
        return reports.report(problems, output_format)
    if output_format != "json":
        return ""
    from gemspec.render.document import json_text
    from gemspec.render.error_document import error_document

    return json_text(error_document(problems))


def _show_usage_error(error: click.ClickException, output_format: str) -> None:
    if text := _for_programs(GemspecError(error.format_message()), output_format):
        click.echo(text)
    else:
        error.show()


def _fault(error: Exception) -> GemspecError:
    if os.environ.get("GEMSPEC_LOG") == "debug":
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(place.filename)}:{place.lineno}"
    return GemspecError(
        f"gemspec failed in a way that it should not: {type(error).__name__} in {where}: {error}",
        "GEMSPEC_LOG=debug prints the details, for a report",
    )


def _terminate(*_: object) -> None:
    """SIGTERM ends a command as it would by default, but through `finally` and with the status that shells expect."""
    with contextlib.suppress(Exception):
        click.echo("Terminated.", err=True)
    raise SystemExit(TERMINATED)
