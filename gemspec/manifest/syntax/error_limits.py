"""Limits on the problems of a run: enough to fix it, and never so many that finding or showing them takes long.

A broken file can have a hundred thousand problems, and making a problem costs more than reading the line. Used wherever
problems are collected; a caller stops early where that saves time, and says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.errors import Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_PROBLEMS = 1_000  # problems of a run
MAX_IN_DOCUMENT = 100
MAX_COUNTED = 10_000  # in a file, beyond those that are shown
MAX_GUESSED = 10  # names that are compared with all others, which takes long where there are thousands
MAX_DOCUMENTS = 100_000  # of a file
_FIRST = "mend those above first"


def first_problems(problems: Iterable[Problem], most: int = MAX_IN_DOCUMENT) -> list[Problem]:
    """Take the first different problems, and a last problem that says that there are more; the rest are not made."""
    found: dict[Problem, None] = {}
    for problem in problems:
        if len(found) == most:
            return [*found, Problem("there are more problems in this file", _FIRST, _file(problem))]
        found[problem] = None
    return [*found]


def add_problem(problems: list[Problem], problem: Problem, most: int = MAX_IN_DOCUMENT) -> None:
    """Add a problem to a list. Beyond `most` of them its last item only counts the rest, up to MAX_COUNTED."""
    if len(problems) < most:
        problems.append(problem)
    elif len(problems) == most:
        problems.append(more_problems(1, problem.origin))
    elif problems[-1].count <= MAX_COUNTED:
        problems[-1] = more_problems(problems[-1].count + 1, problem.origin)


def capped(problems: Sequence[Problem], most: int = MAX_PROBLEMS) -> list[Problem]:
    """Give the first problems of a run, and how many more there are."""
    more = problems[most:]
    if not more:
        return [*problems]
    return [*problems[:most], replace(more_problems(sum(problem.count for problem in more)), origin=_file(more[0]))]


def more_problems(number: int, origin: Origin | None = None) -> Problem:
    """Say how many more problems there are, in the file of `origin` if it is given."""
    where = " in this file" if origin else ""
    shown = f"{number:,}" if number <= MAX_COUNTED else f"more than {MAX_COUNTED:,}"
    summary = f"and {shown} more problem{'' if number == 1 else 's'}{where}"
    return Problem(summary, _FIRST, Origin(origin.file) if origin else None, count=number)


def too_many_documents(origin: Origin) -> Problem:
    """Say that a file has more documents than are read; `origin` is where reading stopped."""
    summary = f"the file has more than {MAX_DOCUMENTS:,} documents, and what follows was not read"
    return Problem(summary, "split it into several files", origin)


def unchecked(origin: Origin) -> Problem:
    """Say that what follows `origin` was not checked, since there are many problems already."""
    return Problem("what follows was not checked", _FIRST, origin)


def _file(problem: Problem) -> Origin | None:
    return Origin(problem.origin.file) if problem.origin else None
