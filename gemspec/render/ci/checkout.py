"""The places and the texts of problems for `github` and `sarif`: code hosts name files by their path in the repository.

Pure: folders come in as text, no file is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from posixpath import normpath
from typing import TYPE_CHECKING

from gemspec.domain.errors import STDIN
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from gemspec.domain.errors import Problem


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository on this machine: `here` is the current folder, `roots` the top folder by each of its names.

    Without roots, and outside of them, files are named as in the text of `validate`.
    """

    here: str = ""
    roots: tuple[str, ...] = ()

    def path(self, problem: Problem) -> str | None:
        """The file of a problem, with `/` between folders; None for standard input, and where there is no file."""
        if problem.origin is None or problem.origin.file == STDIN:
            return None
        file = PurePath(problem.origin.file)
        whole = PurePath(normpath((PurePath(self.here) / file).as_posix()))
        root = next((root for root in self.roots if whole.is_relative_to(root)), None)
        return (whole.relative_to(root) if root else file).as_posix()

    def place(self, problem: Problem) -> str:
        """`path:line:column`, as far as it is known; "" without a place."""
        if problem.origin is None:
            return ""
        return terminal(str(replace(problem.origin, file=self.path(problem) or problem.origin.file)))


def message(problem: Problem) -> str:
    """What is wrong and what to write instead, escaped. A detail of several lines begins on a new line."""
    text = problem.summary
    if problem.detail:
        text += ("\n" if "\n" in problem.detail else ", ") + problem.detail
    return "\n".join(terminal(line) for line in text.split("\n"))
