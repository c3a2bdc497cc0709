"""Draws problems and errors for people: what is wrong, where, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.errors import GemspecError, InputError, Severity
from gemspec.render.escape import terminal
from gemspec.render.layout import Style, count, hint_lines, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.errors import Problem


def problem_lines(problems: Sequence[Problem], *, style: Style | None = None) -> list[str]:
    """One line a problem, in the order given, then how many there are.

    Lines are never wrapped, so that editors and `grep` find `file:line:column:` at their beginning.
    """
    style = style or Style()
    return [*(_problem(problem, style) for problem in problems), *_closing(problems, style)]


def error_lines(error: GemspecError, *, width: int = 80, style: Style | None = None) -> list[str]:
    """`Error: ...` with the hint below it; for wrong input, its problems."""
    style = style or Style()
    if isinstance(error, InputError):
        return problem_lines(error.problems, style=style)
    first, *rest = wrap(terminal(error.summary), width, first="Error: ", rest="  ")
    head = f"{style.paint('Error:', 'bold', 'red')}{first.removeprefix('Error:')}"
    return [head, *rest, *hint_lines(error.hint, width, indent="  ")]


def _problem(problem: Problem, style: Style) -> str:
    place = f"{terminal(str(problem.origin))}: " if problem.origin else ""
    is_warning = problem.severity is Severity.WARNING
    label = f"{style.paint('warning:', 'yellow')} " if is_warning else "" if place else "Error: "
    detail = f", {terminal(problem.detail)}" if problem.detail else ""
    return f"{style.paint(place, 'bold')}{label}{terminal(problem.summary)}{detail}"


def _closing(problems: Sequence[Problem], style: Style) -> list[str]:
    warnings = sum(problem.severity is Severity.WARNING for problem in problems)
    errors = len(problems) - warnings
    parts = [count(errors, "error")] if errors else []
    parts += [count(warnings, "warning")] if warnings else []
    return [style.paint(", ".join(parts), "bold")] if len(problems) > 1 else []
