"""Draws problems as workflow commands of GitHub Actions, which shows them on the lines of a pull request.

A command for each problem: `::error file=models/a.yaml,line=3,col=5,title=gemspec::models/a.yaml:3:5: what is wrong`.
The message has the place, too, since the log of a job shows only the message. The escapes are those of @actions/core.
Without them text from a manifest could begin a command, such as `::stop-commands::`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gemspec.domain.errors import Severity
from gemspec.render.ci.checkout import Checkout, message
from gemspec.render.layout import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.errors import Problem

_TITLE = "gemspec"
# GitHub shows so many annotations of a level in a step; the rest is only in the log.
_SHOWN = 10


def workflow_commands(problems: Sequence[Problem], checkout: Checkout) -> list[str]:
    """A command for each problem, in order; then, where GitHub does not show all, a notice that says so."""
    lines = [_annotation(problem, checkout) for problem in problems]
    levels = Counter(problem.severity for problem in problems)
    if any(number > _SHOWN for number in levels.values()):
        parts = [count(levels[level], str(level)) for level in Severity if levels[level]]
        text = f"{' and '.join(parts)}. GitHub shows the first {_SHOWN} of each here; the log of the job has all."
        lines.append(_command("notice", {"title": _TITLE}, text))
    return lines


def _annotation(problem: Problem, checkout: Checkout) -> str:
    origin, place = problem.origin, checkout.place(problem)
    path = checkout.path(problem)
    where = {"file": path, "line": origin.line, "col": origin.column} if origin and path else {}
    text = f"{place}: {message(problem)}" if place else message(problem)
    return _command(str(problem.severity), {**where, "title": _TITLE}, text)


def _command(name: str, properties: Mapping[str, object], text: str) -> str:
    """A command without those properties that are empty or 0 (no line, no column)."""
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
