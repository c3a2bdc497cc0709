"""Problems for machines: the documents of a command that fails with --format json, and of `validate`.

The documents are those of schemas/errors.v1.schema.json and schemas/validation.v1.schema.json. A plan has entries of
the same form for its warnings and errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

from gemspec.domain.errors import Severity
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.errors import Problem

FORMAT_VERSION = "1.0"


class ProblemEntry(TypedDict):
    """A problem; `file` is null where it is not in a file."""

    severity: str
    message: str
    summary: str
    detail: str
    file: str | None
    line: int
    column: int
    pointer: str


class ErrorDocument(TypedDict):
    """The errors of a command that has no result."""

    format_version: str
    gemspec_version: str
    errored: Literal[True]
    errors: list[ProblemEntry]


class ValidationDocument(TypedDict):
    """What `gemspec validate` found."""

    format_version: str
    gemspec_version: str
    valid: bool
    errored: bool
    project: str | None
    manifests: int | None
    errors: list[ProblemEntry]
    warnings: list[ProblemEntry]


def error_document(problems: Sequence[Problem]) -> ErrorDocument:
    """Give the errors in the order of their places."""
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "errored": True,
        "errors": [problem_entry(problem) for problem in problems],
    }


def validation_document(project: str | None, manifests: int | None, problems: Sequence[Problem]) -> ValidationDocument:
    """Give what was found in a project of so many manifests; both are None where the files are wrong."""
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "valid": project is not None,
        "errored": project is None,
        "project": project,
        "manifests": manifests,
        "errors": [problem_entry(problem) for problem in problems if problem.severity is Severity.ERROR],
        "warnings": [problem_entry(problem) for problem in problems if problem.severity is Severity.WARNING],
    }


def problem_entry(problem: Problem) -> ProblemEntry:
    """Give a problem with its place."""
    origin = problem.origin
    return {
        "severity": str(problem.severity),
        "message": f"{problem.summary}, {problem.detail}" if problem.detail else problem.summary,
        "summary": problem.summary,
        "detail": problem.detail,
        "file": origin.file if origin else None,
        "line": origin.line if origin else 0,
        "column": origin.column if origin else 0,
        "pointer": origin.pointer if origin else "",
    }
