"""Where problems stand, as a code host names files: by their path in the repository, not in the current folder.

`github` and `sarif` share it. Pure: folders come in as text, no file is looked at.
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

    Without roots, and outside of them, files are named as `validate` names them elsewhere.
    """

    here: str = ""
    roots: tuple[str, ...] = ()

    def path(self, problem: Problem) -> str | None:
        """The file that a problem stands in, with `/` between folders; None where it stands in no file."""
        if problem.origin is None or problem.origin.file == STDIN:
            return None
        file = PurePath(problem.origin.file)
        whole = PurePath(normpath((PurePath(self.here) / file).as_posix()))
        root = next((root for root in self.roots if whole.is_relative_to(root)), None)
        return (whole.relative_to(root) if root else file).as_posix()

    def place(self, problem: Problem) -> str:
        """`path:line:column`, as far as it is known; empty where there is no place at all."""
        if problem.origin is None:
            return ""
        return terminal(str(replace(problem.origin, file=self.path(problem) or problem.origin.file)))


def message(problem: Problem) -> str:
    """What is wrong and what to write instead, escaped; a detail of several lines begins on a line of its own."""
    text = problem.summary
    if problem.detail:
        text += ("\n" if "\n" in problem.detail else ", ") + problem.detail
    return "\n".join(terminal(line) for line in text.split("\n"))
