"""Draws problems and errors for people: what is wrong, the place, its line with a caret, and what to do.

For `validate` and for every error of a command. `ci.github` and `ci.sarif` draw the same problems for CI systems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.errors import GemspecError, InputError, Severity
from gemspec.render.layout import PLAIN, Style, columns, count, hint_lines, wrap
from gemspec.util.escape import pieces, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gemspec.domain.errors import Origin, Problem

    LineAt = Callable[[Origin], str | None]

_GAP = "..."
_FEW = 3  # equal warnings up to this number are all shown; of more, so many places are named


def problem_lines(
    problems: Sequence[Problem], *, width: int = 80, style: Style = PLAIN, line_at: LineAt | None = None
) -> list[str]:
    """Draw problems in the order given, each above the line that it points at; then their number.

    The first line of a problem is never wrapped, so that editors and `grep` find `file:line:column:` at its beginning.
    `line_at` gives the line at a place, None where there is nothing to show; without it no lines are shown. Warnings
    that differ only in their places are shown once: a thousand lines of them would hide the rest.
    """
    lines = []
    for problem, others in _shown_once(problems):
        lines += [_problem(problem, style), *_excerpt(problem, width, style, line_at), *_elsewhere(others, width)]
    return [*lines, *_closing(problems, style)]


def error_lines(
    error: GemspecError, *, width: int = 80, style: Style = PLAIN, line_at: LineAt | None = None
) -> list[str]:
    """`Error: ...` with the hint below it; the problems of an InputError."""
    if isinstance(error, InputError):
        return problem_lines(error.problems, width=width, style=style, line_at=line_at)
    first, *rest = wrap(terminal(error.summary), width, first="Error: ", rest="  ")
    head = f"{style.paint('Error:', 'bold', 'red')}{first.removeprefix('Error:')}"
    return [head, *rest, *hint_lines(error.hint, width, indent="  ")]


def _shown_once(problems: Sequence[Problem]) -> Iterator[tuple[Problem, list[Problem]]]:
    """The problems that are shown, each with the equal problems that are not."""
    equal: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        if problem.severity is Severity.WARNING and problem.origin:
            equal.setdefault((problem.summary, problem.detail), []).append(problem)
    for problem in problems:
        group = equal.get((problem.summary, problem.detail), [problem])
        if len(group) <= _FEW:
            yield problem, []
        elif problem is group[0]:
            yield problem, group[1:]


def _elsewhere(others: Sequence[Problem], width: int) -> list[str]:
    if not others:
        return []
    places = [terminal(str(other.origin)) for other in others[:_FEW]]
    more = f" and {len(others) - _FEW:,} more" if len(others) > _FEW else ""
    return wrap(f"the same at {len(others):,} other places: {', '.join(places)}{more}", width, first="  ", rest="    ")


def _problem(problem: Problem, style: Style) -> str:
    place = f"{terminal(str(problem.origin))}: " if problem.origin else ""
    is_warning = problem.severity is Severity.WARNING
    label = f"{style.paint('warning:', 'yellow')} " if is_warning else "" if place else "Error: "
    detail = f", {terminal(problem.detail)}" if problem.detail else ""
    return f"{style.paint(place, 'bold')}{label}{terminal(problem.summary)}{detail}"


def _excerpt(problem: Problem, width: int, style: Style, line_at: LineAt | None) -> list[str]:
    """The line that the problem points at, and a caret below its column, if it has a column."""
    origin = problem.origin
    line = line_at(origin) if origin and line_at else None
    if origin is None or line is None or not line.strip() or origin.column > len(line) + 1:
        return []
    number = str(origin.line)
    shown, at = _window(line, max(origin.column, 1) - 1, max(20, width - len(number) - 5))
    lines = [f"  {style.paint(f'{number} |', 'dim')} {shown}"]
    if origin.column:
        colour = "yellow" if problem.severity is Severity.WARNING else "red"
        gutter = style.paint(f"{' ' * len(number)} |", "dim")
        lines.append(f"  {gutter} {' ' * at}{style.paint('^', 'bold', colour)}")
    return lines


def _window(line: str, at: int, room: int) -> tuple[str, int]:
    """Escape a line and cut it to `room` columns around its character `at`; also gives the column of that character.

    `...` shows that something was left out. What follows the place says more than what precedes it, and gets more room.
    """
    near = max(0, at - room)  # a line may have a million characters: only those near the place are escaped
    around = line[near : at + room + 1]
    shown = [_visible(*pair) for pair in zip(around, pieces(around), strict=True)]
    before, after = shown[: at - near], shown[at - near :]
    width_before = sum(map(columns, before))
    if not near and width_before + sum(map(columns, after)) <= room:
        return "".join([*before, *after]), width_before
    kept_before = before if not near and width_before <= room // 3 else _fit(before[::-1], room // 3 - len(_GAP))[::-1]
    head = "".join(kept_before) if len(kept_before) == at else _GAP + "".join(kept_before)
    left = room - columns(head)
    whole = sum(map(columns, after)) <= left
    tail = "".join(after) if whole else "".join(_fit(after, left - len(_GAP))) + _GAP
    return head + tail, columns(head)


def _visible(char: str, escaped: str) -> str:
    """Escape special spaces, too: YAML takes a no-break space for text."""
    return f"\\u{ord(char):04x}" if char.isspace() and not char.isascii() else escaped


def _fit(parts: list[str], room: int) -> list[str]:
    """As many parts as fit into `room` columns."""
    kept = []
    for part in parts:
        room -= columns(part)
        if room < 0:
            break
        kept.append(part)
    return kept


def _closing(problems: Sequence[Problem], style: Style) -> list[str]:
    warnings = sum(problem.count for problem in problems if problem.severity is Severity.WARNING)
    errors = sum(problem.count for problem in problems) - warnings
    parts = [count(errors, "error")] if errors else []
    parts += [count(warnings, "warning")] if warnings else []
    return [style.paint(", ".join(parts), "bold")] if len(problems) > 1 else []
