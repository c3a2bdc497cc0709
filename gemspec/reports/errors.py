"""What a command with --format json prints when it fails: the document of schemas/errors.v1.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec import __version__
from gemspec.reports.plan import problem_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.errors import Problem


def error_document(problems: Sequence[Problem]) -> dict[str, Any]:
    """The errors of a command that has no result, in the order of their places."""
    return {
        "format_version": "1.0",
        "gemspec_version": __version__,
        "errored": True,
        "errors": [problem_entry(problem) for problem in problems],
    }
