"""Turns exceptions of commands into text (or, for programs, the format of --format) and an exit status.

Only this module catches every exception: no traceback reaches a user, except with GEMSPEC_LOG=debug. `signals` handles
signals meanwhile. `validate` draws its problems here, too.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import click

from gemspec.cli import signals
from gemspec.domain.errors import GemspecError, InputError, Problem
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.render.ci.checkout import Checkout


def exit_status(command: Callable[[], object], *, output_format: str = "text") -> int:
    """Run `command` and give its exit status. Errors are printed, in the format of results where that can express
    errors.
    """
    with signals.handled():
        try:
            with signals.before_exit(lambda number: _leave_document(number, output_format)):
                status = _exit_status(command, output_format)
            signals.disarm()
        except signals.Interrupted as interrupted:
            _show_interrupt(interrupted.number, output_format)
            return signals.status(interrupted.number)
    return status


def _exit_status(command: Callable[[], object], output_format: str) -> int:
    try:
        return int(command() or 0)  # type: ignore[call-overload, no-any-return]
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:  # click's own exit status of 2 would read as "changes pending"
        _show_usage_error(error, output_format)
    except (click.Abort, KeyboardInterrupt):  # where signals are not ours to handle
        raise signals.Interrupted(signal.SIGINT) from None
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
    return 1


def _show(error: GemspecError, output_format: str) -> None:
    """Print an error: problems with their places, or what happened and what to do next."""
    signals.begin_output()
    from gemspec.cli import session
    from gemspec.manifest.syntax.source_lines import SOURCES
    from gemspec.render.terminal.problems import error_lines

    if text := _for_programs(error, output_format):
        click.echo(text)
    else:
        line_at = SOURCES.line
        lines = error_lines(error, width=session.width(), style=session.style(sys.stderr), line_at=line_at)
        click.echo("\n".join(lines), err=True)


def _for_programs(error: GemspecError, output_format: str) -> str:
    """The error in a format for programs; "" for formats without errors."""
    problems = error.problems if isinstance(error, InputError) else (Problem(error.summary, error.hint),)
    if output_format in PROBLEM_FORMATS:
        return problems_text(problems, output_format)
    if output_format != "json":
        return ""
    from gemspec.reports.errors import error_document
    from gemspec.reports.plan import json_text

    return json_text(error_document(problems))


def _show_interrupt(number: int, output_format: str) -> None:
    if text := _for_programs(_interrupt(number), output_format):
        click.echo(text)
    else:
        line = f"{signals.verb(number)}. {signals.message()}".rstrip()
        click.echo(f"\n{line}" if sys.stderr.isatty() else line, err=True)  # below the ^C that a terminal shows


def _leave_document(number: int, output_format: str) -> None:
    """Write a document for the program that reads standard output, unless a document was written already."""
    if not signals.has_output() and (text := _for_programs(_interrupt(number), output_format)):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())


def _interrupt(number: int) -> GemspecError:
    return GemspecError(signals.verb(number).lower(), signals.message())


def _show_usage_error(error: click.ClickException, output_format: str) -> None:
    signals.begin_output()
    if text := _for_programs(GemspecError(error.format_message()), output_format):
        click.echo(text)
    else:
        from gemspec.util.escape import terminal

        # A shell's `*` may have put other people's file names into the command line.
        words = "\n".join(map(terminal, error.format_message().split("\n")))
        click.UsageError(words, getattr(error, "ctx", None)).show()


def _fault(error: Exception) -> GemspecError:
    if os.environ.get("GEMSPEC_LOG") == "debug":
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(place.filename)}:{place.lineno}"
    return GemspecError(
        f"gemspec failed in a way that it should not: {type(error).__name__} in {where}: {error}",
        "GEMSPEC_LOG=debug prints the details, for a report",
    )


def problems_text(problems: Sequence[Problem], output_format: str) -> str:
    """Draw problems in a format of PROBLEM_FORMATS; may be empty."""
    from gemspec.render.ci.checkout import Checkout

    root = os.environ.get("GITHUB_WORKSPACE", "")
    checkout = Checkout(os.getcwd(), (root, os.path.realpath(root)) if os.path.isabs(root) else ())
    return PROBLEM_FORMATS[output_format](problems, checkout)


def _github_text(problems: Sequence[Problem], checkout: Checkout) -> str:
    from gemspec.render.ci.github import workflow_commands

    return "\n".join(workflow_commands(problems, checkout))


def _sarif_text(problems: Sequence[Problem], checkout: Checkout) -> str:
    from gemspec.render.ci.sarif import sarif_log
    from gemspec.reports.plan import json_text

    return json_text(sarif_log(problems, checkout, version=__version__))


# A new format is a row here, and what tests/parity names.
PROBLEM_FORMATS = {"github": _github_text, "sarif": _sarif_text}
